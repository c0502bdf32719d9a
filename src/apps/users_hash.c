/*
 * users_hash.c - see users_hash.h.
 */
#include "apps/users_hash.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/limits.h"
#include "base/own.h"

enum {
	BCRYPT_SIZE = 60,
	BCRYPT_COST_MAX = 16, /* four seconds each */
	SHA_ROUNDS_MAX = 9999999,
	HASH_SIZE_MAX = 256,
};

static const struct kind {
	const char *prefix; /* of new ones; '2': bcrypt has several */
	unsigned long cost; /* of new ones: 20 to 100 ms; 0: as crypt(5) says */
	size_t end_size;    /* of what is behind the last '$' */
} kinds[USERS_HASH_KIND_COUNT] = {
	[USERS_HASH_YESCRYPT] = { "$y$", 0, 43 },
	[USERS_HASH_BCRYPT] = { "$2y$", 10, 53 },
	[USERS_HASH_SHA512] = { "$6$", 100000, 86 },
	[USERS_HASH_SHA256] = { "$5$", 100000, 43 },
};

static bool
find_kind(struct str hash, enum users_hash_kind *out_kind)
{
	static const char *const bcrypts[] = { "$2a$", "$2b$" };

	for (int i = 0; i < 2; i++) {
		if (str_starts(hash, str_of(bcrypts[i]))) {
			*out_kind = USERS_HASH_BCRYPT;
			return true;
		}
	}
	for (int i = 0; i < USERS_HASH_KIND_COUNT; i++) {
		if (str_starts(hash, str_of(kinds[i].prefix))) {
			*out_kind = (enum users_hash_kind)i;
			return true;
		}
	}
	return false;
}

/* The digits of crypt(5)'s own base64. */
static bool
all_digits(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		        (c >= '.' && c <= '9')))
			return false;
	}
	return true;
}

static const char *
foreign_flaw(struct str hash)
{
	if (str_starts(hash, (struct str)STR("$apr1$")) ||
	    str_starts(hash, (struct str)STR("$1$")))
		return "is hashed by MD5, which is broken";
	if (str_starts(hash, (struct str)STR("{")))
		return "is hashed by SHA-1 without a salt, or not at all";
	if (str_starts(hash, (struct str)STR("$")))
		return "has a hash of an unknown kind";
	if (hash.len == 13 && all_digits(hash))
		return "is hashed by DES, which is broken, or is plain text";
	return "is plain text, or hashed in an unknown way";
}

/* What would keep a thread busy for minutes. */
static bool
is_too_costly(struct str hash, enum users_hash_kind kind)
{
	struct str rest = hash;
	struct str part;
	uint64_t cost;

	(void)str_cut(&rest, '$');
	(void)str_cut(&rest, '$');
	part = str_cut(&rest, '$');
	if (kind == USERS_HASH_BCRYPT)
		return str_to_u64(part, BCRYPT_COST_MAX, &cost) != ERR_NONE;
	if (kind == USERS_HASH_YESCRYPT ||
	    !str_starts(part, (struct str)STR("rounds=")))
		return false;
	part = str_from(part, strlen("rounds="));
	return str_to_u64(part, SHA_ROUNDS_MAX, &cost) != ERR_NONE;
}

const char *
users_hash_flaw(struct str hash, enum users_hash_kind *out_kind)
{
	char text[HASH_SIZE_MAX];
	struct str end = hash;
	enum users_hash_kind kind;

	if (!find_kind(hash, &kind))
		return foreign_flaw(hash);
	if (hash.len >= HASH_SIZE_MAX)
		return "has a hash that is too long";
	memcpy(text, hash.data, hash.len);
	text[hash.len] = '\0';
	while (str_has(end, '$'))
		(void)str_cut(&end, '$');
	if (end.len != kinds[kind].end_size || !all_digits(end) ||
	    (kind == USERS_HASH_BCRYPT && hash.len != BCRYPT_SIZE) ||
	    strlen(text) != hash.len ||
	    crypt_checksalt(text) == CRYPT_SALT_INVALID)
		return "has a hash that is cut short or otherwise not whole";
	if (is_too_costly(hash, kind))
		return "has a hash that takes too long to verify";
	*out_kind = kind;
	return NULL;
}

/* What crypt(3) needs; it holds the password for a while. */
struct workspace {
	void *data;
	int size;
	char password[CREDENTIALS_SIZE_MAX + 1];
};

static void
free_workspace(struct workspace **workspace)
{
	struct workspace *w = *workspace;

	if (w == NULL)
		return;
	if (w->data != NULL)
		OPENSSL_cleanse(w->data, (size_t)w->size);
	free(w->data);
	OPENSSL_cleanse(w->password, sizeof(w->password));
	free(w);
}

enum err
users_hash_verify(struct str hash, struct str password)
{
	OWNED(free_workspace)
	struct workspace *w = calloc(1, sizeof(*w));
	char setting[HASH_SIZE_MAX];
	const char *got;

	CHECK(hash.len < HASH_SIZE_MAX);
	CHECK(password.len <= CREDENTIALS_SIZE_MAX);
	if (w == NULL)
		return ERR_MEMORY;
	memcpy(setting, hash.data, hash.len);
	setting[hash.len] = '\0';
	memcpy(w->password, password.data, password.len);
	got = crypt_ra(w->password, setting, &w->data, &w->size);
	if (got == NULL || strlen(got) != hash.len ||
	    CRYPTO_memcmp(got, setting, hash.len) != 0)
		return ERR_DENIED;
	return ERR_NONE;
}

enum err
users_hash_make(
    enum users_hash_kind kind, struct str password, struct buf *out_hash)
{
	OWNED(free_workspace)
	struct workspace *w = calloc(1, sizeof(*w));
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	const char *got;

	CHECK(password.len <= CREDENTIALS_SIZE_MAX);
	if (w == NULL)
		return ERR_MEMORY;
	if (crypt_gensalt_rn(kinds[kind].prefix, kinds[kind].cost, NULL, 0,
	        setting, (int)sizeof(setting)) == NULL)
		return ERR_SYSTEM;
	memcpy(w->password, password.data, password.len);
	got = crypt_ra(w->password, setting, &w->data, &w->size);
	if (got == NULL || got[0] == '*')
		return ERR_SYSTEM;
	buf_add_text(out_hash, got);
	return out_hash->err;
}
