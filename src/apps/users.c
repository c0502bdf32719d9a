/*
 * users.c - see users.h.
 */
#include "apps/users.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apps/users_hash.h"
#include "base/limits.h"
#include "base/own.h"

enum {
	READ_SIZE = 64 * 1024,
	LINES_TOLD_MAX = 20, /* after the first one that is wrong */
	UNSAID_SIZE_MAX = 1024,
};

struct user {
	struct str name;
	struct str hash;
	size_t line;
};

struct users {
	atomic_uint count_of_owners;
	struct buf text; /* all names and hashes are parts of it */
	struct user *items;
	size_t count;
	size_t capacity;
	struct str usual; /* the hash that unknown users are measured by */
};

static void
free_users(struct users *users)
{
	buf_done(&users->text);
	free(users->items);
	free(users);
}

static void
unref(struct users **users)
{
	users_unref(*users);
}

struct users *
users_ref(struct users *users)
{
	atomic_fetch_add(&users->count_of_owners, 1);
	return users;
}

void
users_unref(struct users *users)
{
	if (users != NULL && atomic_fetch_sub(&users->count_of_owners, 1) == 1)
		free_users(users);
}

size_t
users_count(const struct users *users)
{
	return users->count;
}

struct str
users_one(const struct users *users)
{
	return users->count == 0 ? str_of("") : users->items[0].name;
}

/* One octet of UTF-8 more: how many must follow; -1: none may begin so. */
static int
follows(unsigned char octet)
{
	if (octet < 0x80)
		return 0;
	if (octet >= 0xc2 && octet <= 0xdf)
		return 1;
	if (octet >= 0xe0 && octet <= 0xef)
		return 2;
	return octet >= 0xf0 && octet <= 0xf4 ? 3 : -1;
}

static bool
is_utf_8(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		int left = follows((unsigned char)text.data[i]);

		if (left == -1 || (size_t)left >= text.len - i)
			return false;
		for (; left > 0; left--)
			if (((unsigned char)text.data[++i] & 0xc0) != 0x80)
				return false;
	}
	return true;
}

const char *
users_name_flaw(struct str name)
{
	if (name.len == 0)
		return "is empty";
	if (name.data[0] == '#')
		return "begins with #, as a comment does";
	if (name.len > PRINCIPAL_SIZE_MAX)
		return "is longer than 255 octets";
	for (size_t i = 0; i < name.len; i++) {
		unsigned char octet = (unsigned char)name.data[i];

		if (octet < 0x20 || octet == 0x7f || octet == ':')
			return "has a control character or a colon";
	}
	return is_utf_8(name) ? NULL : "is not in UTF-8";
}

static enum err
add(struct users *users, const struct user *user)
{
	if (users->count == USERS_COUNT_MAX)
		return ERR_LIMIT;
	if (users->count == users->capacity) {
		size_t capacity = users->capacity * 2 + 16;
		struct user *items =
		    realloc(users->items, capacity * sizeof(*users->items));

		if (items == NULL)
			return ERR_MEMORY;
		users->items = items;
		users->capacity = capacity;
	}
	users->items[users->count++] = *user;
	return ERR_NONE;
}

/* A copy of name, in which the message is one line. */
static void
complain(struct buf *why, const char *file, const struct user *user,
    const char *what)
{
	buf_printf(why, "%s:%zu: ", file, user->line);
	for (size_t i = 0; i < user->name.len; i++) {
		unsigned char octet = (unsigned char)user->name.data[i];

		if (octet < 0x20 || octet == 0x7f)
			buf_printf(why, "\\x%02x", octet);
		else
			buf_add_char(why, user->name.data[i]);
	}
	buf_add_text(why, what);
}

static enum err
parse_line(struct users *users, const char *file, struct user *user,
    struct buf *why, size_t counts[USERS_HASH_KIND_COUNT])
{
	struct str rest = user->hash;
	enum users_hash_kind kind = USERS_HASH_YESCRYPT;
	const char *flaw;

	user->name = str_cut(&rest, ':');
	if (user->name.len == user->hash.len) {
		/* It could be a password: it is not shown. */
		buf_printf(why, "%s:%zu: there is no colon: write NAME:HASH",
		    file, user->line);
		return ERR_SYNTAX;
	}
	user->hash = str_cut(&rest, ':'); /* others keep more behind it */
	flaw = users_name_flaw(user->name);
	if (flaw != NULL) {
		buf_printf(why, "%s:%zu: the name %s", file, user->line, flaw);
		return ERR_SYNTAX;
	}
	flaw = users_hash_flaw(user->hash, &kind);
	if (flaw != NULL) {
		complain(why, file, user, ": the password ");
		buf_printf(why,
		    "%s: set it again with \"tarry passwd %s NAME\"", flaw,
		    file);
		return ERR_SYNTAX;
	}
	counts[kind]++;
	return add(users, user);
}

static int
compare(const void *a, const void *b)
{
	const struct user *one = a;
	const struct user *other = b;

	return str_compare(one->name, other->name);
}

/* The first hash of the kind that most have. */
static void
choose_usual(struct users *users, const size_t *counts)
{
	int most = 0;

	for (int i = 1; i < USERS_HASH_KIND_COUNT; i++)
		if (counts[i] > counts[most])
			most = i;
	for (size_t i = 0; i < users->count; i++) {
		enum users_hash_kind kind;

		if (users_hash_flaw(users->items[i].hash, &kind) == NULL &&
		    (int)kind == most) {
			users->usual = users->items[i].hash;
			return;
		}
	}
}

static enum err
sort(struct users *users, const char *file, struct buf *why)
{
	if (users->count == 0)
		return ERR_NONE;
	qsort(users->items, users->count, sizeof(*users->items), compare);
	for (size_t i = 1; i < users->count; i++) {
		const struct user *one = &users->items[i - 1];
		const struct user *other = &users->items[i];

		if (!str_equal(one->name, other->name))
			continue;
		complain(why, file, one->line > other->line ? one : other,
		    ": this user is there twice");
		return ERR_SYNTAX;
	}
	return ERR_NONE;
}

/* After why has told of the first wrong line. */
static void
tell_of_others(struct buf *why, const size_t *lines, size_t count)
{
	size_t told_count = count < LINES_TOLD_MAX ? count : LINES_TOLD_MAX;

	for (size_t i = 0; i < told_count; i++)
		buf_printf(
		    why, i == 0 ? "; wrong too: line %zu" : ", %zu", lines[i]);
	if (count > told_count)
		buf_printf(why, " and %zu more", count - told_count);
}

/* All lines, also after one that is wrong. */
static enum err
parse_lines(struct users *users, const char *file, struct buf *why,
    size_t counts[USERS_HASH_KIND_COUNT])
{
	struct str rest = buf_str(&users->text);
	size_t lines[LINES_TOLD_MAX];
	size_t wrong_count = 0;
	enum err err = ERR_NONE;
	struct buf unsaid;

	buf_init(&unsaid, UNSAID_SIZE_MAX);
	for (size_t line = 1;
	     rest.len > 0 && (err == ERR_NONE || err == ERR_SYNTAX); line++) {
		struct user user = { .line = line };
		enum err one;

		user.hash = str_cut(&rest, '\n');
		if (str_ends(user.hash, (struct str)STR("\r")))
			user.hash.len--;
		if (user.hash.len == 0 || user.hash.data[0] == '#')
			continue;
		buf_clear(&unsaid);
		one = parse_line(users, file, &user,
		    err == ERR_NONE ? why : &unsaid, counts);
		if (one == ERR_SYNTAX && err == ERR_SYNTAX &&
		    wrong_count++ < LINES_TOLD_MAX)
			lines[wrong_count - 1] = line;
		if (one != ERR_NONE)
			err = one;
	}
	buf_done(&unsaid);
	tell_of_others(why, lines, wrong_count);
	return err;
}

/* users->text is there. */
static enum err
parse_all(struct users *users, const char *file, struct buf *why)
{
	size_t counts[USERS_HASH_KIND_COUNT] = { 0 };
	enum err err = parse_lines(users, file, why, counts);

	if (err == ERR_NONE)
		err = sort(users, file, why);
	if (err == ERR_NONE)
		choose_usual(users, counts);
	return err;
}

static struct users *
users_new(void)
{
	struct users *users = calloc(1, sizeof(*users));

	if (users == NULL)
		return NULL;
	atomic_init(&users->count_of_owners, 1);
	buf_init(&users->text, USERS_SIZE_MAX);
	return users;
}

enum err
users_parse(struct str text, const char *name, struct buf *out_why,
    struct users **out_users)
{
	OWNED(unref) struct users *users = users_new();
	enum err err;

	if (users == NULL)
		return ERR_MEMORY;
	buf_add_str(&users->text, text);
	if (users->text.err != ERR_NONE)
		return users->text.err;
	err = parse_all(users, name, out_why);
	if (err != ERR_NONE)
		return err;
	*out_users = GIVE(users);
	return ERR_NONE;
}

static enum err
read_file(const char *path, struct buf *text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = 1;

	if (fd == -1)
		return ERR_SYSTEM;
	while (size > 0 && text->err == ERR_NONE) {
		char *room = buf_room(text, READ_SIZE);

		if (room == NULL)
			break;
		size = read(fd, room, READ_SIZE);
		if (size > 0)
			buf_grew(text, (size_t)size);
	}
	(void)close(fd); /* it was only read */
	if (text->err != ERR_NONE)
		return text->err;
	return size == 0 ? ERR_NONE : ERR_SYSTEM;
}

enum err
users_read(const char *path, struct buf *out_why, struct users **out_users)
{
	OWNED(unref) struct users *users = users_new();
	enum err err;

	if (users == NULL) {
		buf_printf(out_why, "%s: %s", path, err_text(ERR_MEMORY));
		return ERR_MEMORY;
	}
	err = read_file(path, &users->text);
	if (err == ERR_NONE)
		err = parse_all(users, path, out_why);
	if (err != ERR_NONE && out_why->len == 0)
		buf_printf(out_why, "%s: %s", path,
		    err == ERR_SYSTEM ? strerror(errno) : err_text(err));
	if (err != ERR_NONE)
		return err;
	*out_users = GIVE(users);
	return ERR_NONE;
}

enum err
users_verify(const struct users *users, struct str name, struct str password)
{
	const struct user wanted = { .name = name };
	const struct user *user = NULL;
	enum err err;

	if (users->count == 0)
		return ERR_DENIED;
	user = bsearch(&wanted, users->items, users->count,
	    sizeof(*users->items), compare);
	err = users_hash_verify(
	    user == NULL ? users->usual : user->hash, password);
	/* Even who guesses the password of the user in its place. */
	return user == NULL && err == ERR_NONE ? ERR_DENIED : err;
}
