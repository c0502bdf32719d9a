/*
 * jwt.c - see jwt.h.
 */
#include "apps/jwt.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <cjose/cjose.h>
#include <jansson.h>

#include "base/own.h"

enum { RSA_BITS_MIN = 2048, SECRET_BITS_MIN = 256 };

static const struct algorithm {
	const char *name;
	cjose_jwk_kty_t kty;
	int curve; /* 0: any */
} algorithms[] = {
	{ "RS256", CJOSE_JWK_KTY_RSA, 0 },
	{ "RS384", CJOSE_JWK_KTY_RSA, 0 },
	{ "RS512", CJOSE_JWK_KTY_RSA, 0 },
	{ "PS256", CJOSE_JWK_KTY_RSA, 0 },
	{ "PS384", CJOSE_JWK_KTY_RSA, 0 },
	{ "PS512", CJOSE_JWK_KTY_RSA, 0 },
	{ "ES256", CJOSE_JWK_KTY_EC, CJOSE_JWK_EC_P_256 },
	{ "ES384", CJOSE_JWK_KTY_EC, CJOSE_JWK_EC_P_384 },
	{ "ES512", CJOSE_JWK_KTY_EC, CJOSE_JWK_EC_P_521 },
	{ "HS256", CJOSE_JWK_KTY_OCT, 0 },
	{ "HS384", CJOSE_JWK_KTY_OCT, 0 },
	{ "HS512", CJOSE_JWK_KTY_OCT, 0 },
};

enum { ALGORITHM_COUNT = sizeof(algorithms) / sizeof(algorithms[0]) };

struct key {
	cjose_jwk_t *jwk;
	const char *id;   /* or NULL; in the document */
	unsigned allowed; /* algorithms that it may be used for */
};

struct jwt_keys {
	atomic_uint count_of_owners;
	json_t *document;
	struct key items[JWT_KEY_COUNT_MAX];
	size_t count;
};

static int
find_algorithm(struct str name)
{
	for (int i = 0; i < ALGORITHM_COUNT; i++)
		if (str_is(name, algorithms[i].name))
			return i;
	return -1;
}

enum err
jwt_algorithms_parse(const char *list, unsigned *out_algorithms)
{
	struct str rest = str_of(list);
	unsigned bits = 0;

	while (rest.len > 0) {
		int i = find_algorithm(str_trim(str_cut(&rest, ',')));

		if (i == -1)
			return ERR_SYNTAX;
		bits |= 1u << i;
	}
	if (bits == 0)
		return ERR_SYNTAX;
	*out_algorithms = bits;
	return ERR_NONE;
}

struct jwt_keys *
jwt_keys_ref(struct jwt_keys *keys)
{
	atomic_fetch_add(&keys->count_of_owners, 1);
	return keys;
}

void
jwt_keys_unref(struct jwt_keys *keys)
{
	if (keys == NULL || atomic_fetch_sub(&keys->count_of_owners, 1) != 1)
		return;
	for (size_t i = 0; i < keys->count; i++)
		(void)cjose_jwk_release(keys->items[i].jwk);
	json_decref(keys->document);
	free(keys);
}

static void
unref_keys(struct jwt_keys **keys)
{
	jwt_keys_unref(*keys);
}

size_t
jwt_keys_count(const struct jwt_keys *keys)
{
	return keys->count;
}

/*
 * RFC 7515, 2: base64url without padding.  cjose ends the program at some
 * other texts, and so never gets to see one.
 */
static bool
is_base64url(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		        (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return text.len > 0 && text.len % 4 != 1;
}

/* The texts of a key that are numbers, or its secret. */
static bool
has_good_numbers(const json_t *object)
{
	static const char *const names[] = { "n", "e", "d", "p", "q", "dp",
		"dq", "qi", "x", "y", "k" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const json_t *value = json_object_get(object, names[i]);

		if (value == NULL)
			continue;
		if (!is_base64url(str_make(
		        json_string_value(value), json_string_length(value))))
			return false;
	}
	return true;
}

/* The algorithms of its type, none if it is too weak. */
static unsigned
algorithms_of(const cjose_jwk_t *jwk)
{
	cjose_jwk_kty_t kty = cjose_jwk_get_kty(jwk, NULL);
	size_t bits = cjose_jwk_get_keysize(jwk, NULL);
	unsigned allowed = 0;
	int curve = 0;

	if ((kty == CJOSE_JWK_KTY_RSA && bits < RSA_BITS_MIN) ||
	    (kty == CJOSE_JWK_KTY_OCT && bits < SECRET_BITS_MIN))
		return 0;
	if (kty == CJOSE_JWK_KTY_EC)
		curve = (int)cjose_jwk_EC_get_curve(jwk, NULL);
	for (int i = 0; i < ALGORITHM_COUNT; i++)
		if (algorithms[i].kty == kty && algorithms[i].curve == curve)
			allowed |= 1u << i;
	return allowed;
}

/* RFC 7517, 4.2 to 4.4: what its owner means it for. */
static unsigned
algorithms_meant(const json_t *object)
{
	const char *use = json_string_value(json_object_get(object, "use"));
	const char *alg = json_string_value(json_object_get(object, "alg"));
	const json_t *operations = json_object_get(object, "key_ops");
	bool is_meant = operations == NULL;
	const json_t *item;
	size_t i;
	int at;

	json_array_foreach(operations, i, item) is_meant |=
	    json_is_string(item) &&
	    strcmp(json_string_value(item), "verify") == 0;
	if (!is_meant || (use != NULL && strcmp(use, "sig") != 0))
		return 0;
	if (alg == NULL)
		return ~0u;
	at = find_algorithm(str_of(alg));
	return at == -1 ? 0 : 1u << at;
}

static enum err
add_key(struct jwt_keys *keys, json_t *object)
{
	unsigned allowed = algorithms_meant(object);
	struct key *key = &keys->items[keys->count];
	cjose_jwk_t *jwk;

	if (!json_is_object(object))
		return ERR_SYNTAX;
	if (allowed == 0 || !has_good_numbers(object))
		return ERR_NONE;
	jwk = cjose_jwk_import_json(object, NULL);
	if (jwk == NULL)
		return ERR_NONE; /* a type that we do not know */
	allowed &= algorithms_of(jwk);
	if (allowed == 0 || keys->count == JWT_KEY_COUNT_MAX) {
		(void)cjose_jwk_release(jwk);
		return allowed == 0 ? ERR_NONE : ERR_LIMIT;
	}
	key->jwk = jwk;
	key->id = json_string_value(json_object_get(object, "kid"));
	key->allowed = allowed;
	keys->count++;
	return ERR_NONE;
}

enum err
jwt_keys_parse(struct str json, struct jwt_keys **out_keys)
{
	OWNED(unref_keys) struct jwt_keys *keys = calloc(1, sizeof(*keys));
	json_t *list;
	json_t *object;
	size_t i;

	if (keys == NULL)
		return ERR_MEMORY;
	atomic_init(&keys->count_of_owners, 1);
	if (json.len > JWT_KEYS_SIZE_MAX)
		return ERR_LIMIT;
	keys->document = json_loadb(json.data, json.len, 0, NULL);
	list = json_object_get(keys->document, "keys");
	if (!json_is_array(list))
		return ERR_SYNTAX;
	json_array_foreach(list, i, object)
	{
		enum err err = add_key(keys, object);

		if (err != ERR_NONE)
			return err;
	}
	if (keys->count == 0)
		return ERR_ABSENT;
	*out_keys = GIVE(keys);
	return ERR_NONE;
}

static void
release_jws(cjose_jws_t **jws)
{
	if (*jws != NULL)
		cjose_jws_release(*jws);
}

static void
decref(json_t **value)
{
	json_decref(*value);
}

static enum err
deny(const char **out_why, const char *why)
{
	*out_why = why;
	return ERR_DENIED;
}

/* Each key that the head may mean is tried: most often there is one. */
static enum err
verify_signature(const struct jwt_keys *keys, unsigned allowed,
    cjose_jws_t *jws, const char **out_why)
{
	const json_t *head = cjose_jws_get_protected(jws);
	const char *alg = json_string_value(json_object_get(head, "alg"));
	const char *id = json_string_value(json_object_get(head, "kid"));
	int at = find_algorithm(str_of(alg));
	bool is_there = false;

	if (at == -1 || (allowed & 1u << at) == 0)
		return deny(out_why, "its algorithm is not allowed");
	if (json_object_get(head, "crit") != NULL) /* RFC 7515, 4.1.11 */
		return deny(out_why, "it has extensions that are not known");
	for (size_t i = 0; i < keys->count; i++) {
		const struct key *key = &keys->items[i];

		if (id != NULL && key->id != NULL && strcmp(id, key->id) != 0)
			continue;
		is_there = true;
		if ((key->allowed & 1u << at) != 0 &&
		    cjose_jws_verify(jws, key->jwk, NULL))
			return ERR_NONE;
	}
	if (!is_there) {
		*out_why = "its key is not known";
		return ERR_ABSENT;
	}
	return deny(out_why, "its signature is wrong");
}

/* RFC 7519, 4.1.3: one text, or several. */
static bool
is_for(const json_t *audience, const char *who)
{
	const json_t *item;
	size_t i;

	if (json_is_string(audience))
		return strcmp(json_string_value(audience), who) == 0;
	json_array_foreach(audience, i,
	    item) if (json_is_string(item) &&
	              strcmp(json_string_value(item), who) == 0) return true;
	return false;
}

/* A number of seconds that can be reckoned with. */
static bool
get_time(const json_t *claims, const char *name, int64_t *out_wall_s)
{
	double value = json_number_value(json_object_get(claims, name));

	if (!json_is_number(json_object_get(claims, name)) ||
	    !(value > -1e15 && value < 1e15))
		return false;
	*out_wall_s = (int64_t)value;
	return true;
}

static enum err
verify_time(const json_t *claims, int64_t wall_s, int64_t *out_until_wall_s,
    const char **out_why)
{
	int64_t until_s;
	int64_t from_s = wall_s;

	if (!get_time(claims, "exp", &until_s))
		return deny(out_why, "it does not say when it expires");
	if (wall_s >= until_s + JWT_LEEWAY_S)
		return deny(out_why, "it has expired");
	if (json_object_get(claims, "nbf") != NULL &&
	    !get_time(claims, "nbf", &from_s))
		return deny(out_why, "its nbf is no time");
	if (wall_s < from_s - JWT_LEEWAY_S)
		return deny(out_why, "it is not good yet");
	*out_until_wall_s = until_s + JWT_LEEWAY_S;
	return ERR_NONE;
}

static enum err
take_name(const json_t *value, struct jwt_claims *out, const char **out_why)
{
	const char *name = json_string_value(value);
	size_t size = json_string_length(value);

	if (size == 0 || size > PRINCIPAL_SIZE_MAX)
		return deny(out_why, "it does not name a user");
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
			return deny(
			    out_why, "the user's name has a control character");
	memcpy(out->name, name, size);
	out->name_size = size;
	return ERR_NONE;
}

static enum err
verify_claims(const json_t *claims, const struct jwt_rules *rules,
    int64_t wall_s, struct jwt_claims *out, const char **out_why)
{
	const char *issuer = json_string_value(json_object_get(claims, "iss"));
	enum err err;

	if (issuer == NULL || strcmp(issuer, rules->issuer) != 0)
		return deny(out_why, "another issuer made it");
	if (!is_for(json_object_get(claims, "aud"), rules->audience))
		return deny(out_why, "it is for another audience");
	err = verify_time(claims, wall_s, &out->until_wall_s, out_why);
	if (err != ERR_NONE)
		return err;
	return take_name(json_object_get(claims, rules->claim), out, out_why);
}

/* RFC 7515, 3.1: three parts. */
static bool
is_compact(struct str token)
{
	struct str rest = token;
	bool is_good = true;

	for (int i = 0; i < 2; i++) {
		struct str part = str_cut(&rest, '.');

		is_good = is_good && is_base64url(part);
	}
	return is_good && is_base64url(rest);
}

enum err
jwt_verify(struct jwt_keys *keys, const struct jwt_rules *rules,
    struct str token, int64_t wall_s, struct jwt_claims *out_claims,
    const char **out_why)
{
	OWNED(release_jws) cjose_jws_t *jws = NULL;
	OWNED(decref) json_t *claims = NULL;
	uint8_t *text = NULL;
	size_t size = 0;
	enum err err;

	if (is_compact(token))
		jws = cjose_jws_import(token.data, token.len, NULL);
	if (jws == NULL)
		return deny(out_why, "it is no signed token");
	err = verify_signature(keys, rules->algorithms, jws, out_why);
	if (err != ERR_NONE)
		return err;
	if (!cjose_jws_get_plaintext(jws, &text, &size, NULL))
		return deny(out_why, "it is empty");
	claims =
	    json_loadb((const char *)text, size, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(claims))
		return deny(out_why, "its claims are no JSON object");
	return verify_claims(claims, rules, wall_s, out_claims, out_why);
}
