/*
 * access.c - see access.h.
 */
#include "dav/access.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/limits.h"
#include "http/octet.h"
#include "http/uri.h"

enum { MEMORY_MAX = 8 * 1024 * 1024 }; /* of all rules, as texts */

struct access {
	atomic_uint ref_count;
	struct arena arena;
	struct access_rule *rules;
	size_t count;
};

struct access_slot {
	pthread_mutex_t mutex;
	struct access *access;
};

struct access *
access_new(void)
{
	struct access *access = calloc(1, sizeof(*access));

	if (access == NULL)
		return NULL;
	access->rules = calloc(ACCESS_RULE_COUNT_MAX, sizeof(*access->rules));
	if (access->rules == NULL) {
		free(access);
		return NULL;
	}
	atomic_init(&access->ref_count, 1);
	arena_init(&access->arena, MEMORY_MAX);
	return access;
}

struct access *
access_ref(struct access *access)
{
	if (access != NULL)
		CHECK(atomic_fetch_add(&access->ref_count, 1) > 0);
	return access;
}

void
access_unref(struct access *access)
{
	if (access == NULL)
		return;
	if (atomic_fetch_sub(&access->ref_count, 1) > 1)
		return;
	arena_done(&access->arena);
	free(access->rules);
	free(access);
}

static bool
is_space(char octet)
{
	return octet == ' ' || octet == '\t';
}

/* The next word, behind any space. */
static struct str
cut_word(struct str *rest)
{
	struct str text = str_trim(*rest);
	size_t len = 0;

	while (len < text.len && !is_space(text.data[len]))
		len++;
	*rest = str_from(text, len);
	return str_make(text.data, len);
}

static enum err
refuse(struct buf *why, const char *text)
{
	buf_add_text(why, text);
	return ERR_SYNTAX;
}

/* A name as it is written: percent-encoded, where need be. */
static enum err
read_name(struct arena *arena, struct str text, struct str *out_name)
{
	char *name = arena_alloc(arena, text.len + 1);
	size_t size = 0;

	if (name == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < text.len; i++) {
		int high;
		int low;

		if (text.data[i] != '%') {
			name[size++] = text.data[i];
			continue;
		}
		if (text.len - i < 3)
			return ERR_SYNTAX;
		high = octet_hex(text.data[i + 1]);
		low = octet_hex(text.data[i + 2]);
		if (high < 0 || low < 0 || high + low == 0)
			return ERR_SYNTAX;
		name[size++] = (char)(high * 16 + low);
		i += 2;
	}
	*out_name = str_make(name, size);
	return ERR_NONE;
}

static enum err
read_who(struct access *access, struct str text, struct access_rule *rule,
    struct buf *why)
{
	enum err err;

	rule->is_sign =
	    str_is(text, "*") || str_is(text, "@") || str_is(text, "-");
	err = read_name(&access->arena, text, &rule->who);
	if (err == ERR_SYNTAX)
		return refuse(why, "the name has a \"%\" that two hexadecimal"
		                   " digits do not follow: write \"%25\"");
	if (err == ERR_NONE && rule->who.len > PRINCIPAL_SIZE_MAX)
		return refuse(why, "the name is too long");
	return err;
}

static enum err
read_path(struct access *access, struct str text, struct access_rule *rule,
    struct buf *why)
{
	bool has_final_slash;
	struct str path;
	enum err err;

	if (text.data[0] != '/')
		return refuse(why, "the path does not begin with a slash");
	err = uri_path_normalise(&access->arena, text, &path, &has_final_slash);
	if (err == ERR_NAME)
		return refuse(why, "no resource can have this path: it has a"
		                   " \"..\", or an encoded slash or NUL");
	if (err == ERR_SYNTAX)
		return refuse(why, "the path is not as in a URL: encode \"%\""
		                   " as \"%25\", \"?\" as \"%3F\", \"#\" as"
		                   " \"%23\", a space as \"%20\"");
	if (err == ERR_LIMIT && text.len > PATH_SIZE_MAX)
		return refuse(why, "the path is too long");
	if (err != ERR_NONE)
		return ERR_MEMORY;
	rule->path = path;
	return ERR_NONE;
}

static const struct {
	const char *word;
	unsigned rights;
} words[] = {
	{ "none", ACCESS_NONE },
	{ "all", ACCESS_ALL },
	{ "read", ACCESS_READ | ACCESS_LOOK },
	{ "write", ACCESS_WRITE },
	{ "delete", ACCESS_DELETE },
	{ "list", ACCESS_LIST | ACCESS_LOOK },
};

static enum err
read_rights(struct str text, struct access_rule *rule, struct buf *why)
{
	struct str rest = text;

	/* "none" and "all" say everything. */
	while (rest.len > 0) {
		struct str word = str_cut(&rest, ',');
		size_t i = 0;

		while (i < sizeof(words) / sizeof(words[0]) &&
		       !str_is(word, words[i].word))
			i++;
		if (i == sizeof(words) / sizeof(words[0]) ||
		    (i < 2 && !str_equal(word, text)))
			return refuse(why,
			    "the rights are none, all, or some of"
			    " read,write,delete,list");
		rule->rights |= words[i].rights;
	}
	if (str_ends(text, (struct str)STR(",")))
		return refuse(why, "a comma stands at the end of the rights");
	return ERR_NONE;
}

enum err
access_add(struct access *access, struct str text, struct buf *why)
{
	struct access_rule rule = { .rights = ACCESS_NONE };
	struct str rest = text;
	struct str who = cut_word(&rest);
	struct str path = cut_word(&rest);
	struct str rights = cut_word(&rest);
	enum err err;

	if (rights.len == 0 || str_trim(rest).len > 0)
		return refuse(why,
		    "a rule is WHO PATH RIGHTS, such as \"ann /plans"
		    " read,list\"; a space in a name or a path is \"%20\"");
	if (access->count == ACCESS_RULE_COUNT_MAX)
		return ERR_LIMIT;
	err = read_who(access, who, &rule, why);
	if (err == ERR_NONE)
		err = read_path(access, path, &rule, why);
	if (err == ERR_NONE)
		err = read_rights(rights, &rule, why);
	if (err == ERR_NONE)
		access->rules[access->count++] = rule;
	return err;
}

static bool
is_about(const struct access_rule *rule, struct str principal)
{
	if (!rule->is_sign)
		return principal.len > 0 && str_equal(rule->who, principal);
	switch (rule->who.data[0]) {
	case '*':
		return true;
	case '@':
		return principal.len > 0;
	default:
		return principal.len == 0;
	}
}

/* path is at or below top. */
static bool
holds(struct str top, struct str path)
{
	return str_equal(top, path) || uri_path_is_within(path, top);
}

unsigned
access_rights(
    const struct access *access, struct str principal, struct str path)
{
	CHECK(path.len > 0);
	CHECK(path.data[0] == '/');
	for (size_t i = access == NULL ? 0 : access->count; i > 0; i--) {
		const struct access_rule *rule = &access->rules[i - 1];

		if (is_about(rule, principal) && holds(rule->path, path))
			return rule->rights;
	}
	return ACCESS_ALL;
}

void
access_below(const struct access *access, struct str principal, struct str path,
    bool (*see)(void *context, struct str below), void *context)
{
	for (size_t i = 0; access != NULL && i < access->count; i++) {
		const struct access_rule *rule = &access->rules[i];

		if (is_about(rule, principal) &&
		    uri_path_is_within(rule->path, path) &&
		    !see(context, rule->path))
			return;
	}
}

static bool
note(void *context, struct str below)
{
	bool *is_found = context;

	(void)below;
	*is_found = true;
	return false;
}

bool
access_is_uniform_below(
    const struct access *access, struct str principal, struct str path)
{
	bool is_found = false;

	access_below(access, principal, path, note, &is_found);
	return !is_found;
}

const struct access_rule *
access_rule_at(const struct access *access, size_t index)
{
	if (access == NULL || index >= access->count)
		return NULL;
	return &access->rules[index];
}

/* Whether whoever b is about is one whom a is about, too. */
static bool
is_wider(const struct access_rule *a, const struct access_rule *b)
{
	if (a->is_sign &&
	    (a->who.data[0] == '*' || (a->who.data[0] == '@' && !b->is_sign)))
		return true;
	return a->is_sign == b->is_sign && str_equal(a->who, b->who);
}

bool
access_is_overruled(const struct access *access, size_t index)
{
	const struct access_rule *rule = access_rule_at(access, index);

	CHECK(rule != NULL);
	for (size_t i = index + 1; i < access->count; i++) {
		const struct access_rule *later = &access->rules[i];

		if (is_wider(later, rule) && holds(later->path, rule->path))
			return true;
	}
	return false;
}

struct access_slot *
access_slot_new(void)
{
	struct access_slot *slot = calloc(1, sizeof(*slot));

	if (slot == NULL)
		return NULL;
	CHECK(pthread_mutex_init(&slot->mutex, NULL) == 0);
	return slot;
}

void
access_slot_free(struct access_slot *slot)
{
	if (slot == NULL)
		return;
	access_unref(slot->access);
	(void)pthread_mutex_destroy(&slot->mutex); /* nobody has it */
	free(slot);
}

void
access_slot_put(struct access_slot *slot, struct access *access)
{
	struct access *old;

	(void)pthread_mutex_lock(&slot->mutex);
	old = slot->access;
	slot->access = access;
	(void)pthread_mutex_unlock(&slot->mutex);
	access_unref(old);
}

struct access *
access_slot_take(struct access_slot *slot)
{
	struct access *access;

	if (slot == NULL)
		return NULL;
	(void)pthread_mutex_lock(&slot->mutex);
	access = access_ref(slot->access);
	(void)pthread_mutex_unlock(&slot->mutex);
	return access;
}
