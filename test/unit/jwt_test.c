/*
 * jwt_test.c - which tokens are good, and whose they are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjose/cjose.h>
#include <cmocka.h>

#include "apps/jwt.h"
#include "base/buf.h"

enum { NOW_S = 1000000 };

#define GOOD                                                                   \
	"\"iss\":\"https://"                                                   \
	"id\",\"aud\":\"dav\",\"sub\":\"ann\",\"exp\":1000100"

/* One key of each type, which are not made anew for each test. */
static struct keys {
	cjose_jwk_t *rsa, *weak, *p256, *p384, *secret;
} made;

static const struct jwt_rules usual = {
	.issuer = "https://id",
	.audience = "dav",
	.claim = "sub",
	.algorithms = ~0u,
};

static int
make_keys(void **state)
{
	static const uint8_t exponent[] = { 1, 0, 1 };

	(void)state;
	made.rsa = cjose_jwk_create_RSA_random(2048, exponent, 3, NULL);
	made.weak = cjose_jwk_create_RSA_random(1024, exponent, 3, NULL);
	made.p256 = cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, NULL);
	made.p384 = cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_384, NULL);
	made.secret = cjose_jwk_create_oct_random(256, NULL);
	return made.rsa != NULL && made.weak != NULL && made.p256 != NULL &&
	               made.p384 != NULL && made.secret != NULL
	           ? 0
	           : -1;
}

static int
free_keys(void **state)
{
	(void)state;
	(void)cjose_jwk_release(made.rsa);
	(void)cjose_jwk_release(made.weak);
	(void)cjose_jwk_release(made.p256);
	(void)cjose_jwk_release(made.p384);
	(void)cjose_jwk_release(made.secret);
	return 0;
}

/* What is public of it, with more about it; a secret is whole. */
static void
add_key(struct buf *set, cjose_jwk_t *jwk, const char *more)
{
	bool is_secret = cjose_jwk_get_kty(jwk, NULL) == CJOSE_JWK_KTY_OCT;
	char *json = cjose_jwk_to_json(jwk, is_secret, NULL);

	assert_non_null(json);
	buf_printf(set, "%s{%s%s", set->len == 0 ? "{\"keys\":[" : ",", more,
	    json + 1);
	cjose_get_dealloc()(json);
}

static struct jwt_keys *
parse(struct buf *set)
{
	struct jwt_keys *keys = NULL;

	buf_add_text(set, "]}");
	assert_int_equal(jwt_keys_parse(buf_str(set), &keys), ERR_NONE);
	buf_done(set);
	return keys;
}

static struct jwt_keys *
only(cjose_jwk_t *jwk, const char *more)
{
	struct buf set;

	buf_init(&set, 16 * 1024);
	add_key(&set, jwk, more);
	return parse(&set);
}

static void
sign(cjose_jwk_t *jwk, const char *alg, const char *more, const char *claims,
    struct buf *out)
{
	cjose_header_t *head = cjose_header_new(NULL);
	cjose_jws_t *jws;
	const char *text;
	char all[1024];

	(void)snprintf(all, sizeof(all), "{%s}", claims);
	assert_true(cjose_header_set(head, CJOSE_HDR_ALG, alg, NULL));
	if (strcmp(more, "crit") == 0)
		assert_true(
		    cjose_header_set_raw(head, "crit", "[\"b64\"]", NULL));
	else if (more[0] != '\0')
		assert_true(cjose_header_set(head, CJOSE_HDR_KID, more, NULL));
	jws =
	    cjose_jws_sign(jwk, head, (const uint8_t *)all, strlen(all), NULL);
	assert_non_null(jws);
	assert_true(cjose_jws_export(jws, &text, NULL));
	buf_init(out, 16 * 1024);
	buf_add_text(out, text);
	cjose_jws_release(jws);
	cjose_header_release(head);
}

struct asked {
	struct jwt_keys *keys; /* taken */
	cjose_jwk_t *jwk;
	const char *alg;
	const char *kid;
	const char *claims;
	const struct jwt_rules *rules; /* NULL: the usual */
};

static enum err
verify(struct asked asked, const char **out_why, struct jwt_claims *out)
{
	struct buf token;
	enum err err;

	*out_why = "";
	sign(asked.jwk, asked.alg, asked.kid == NULL ? "" : asked.kid,
	    asked.claims == NULL ? GOOD : asked.claims, &token);
	err = jwt_verify(asked.keys, asked.rules == NULL ? &usual : asked.rules,
	    buf_str(&token), NOW_S, out, out_why);
	buf_done(&token);
	jwt_keys_unref(asked.keys);
	return err;
}

static void
knows_each_kind_of_signature(void **state)
{
	const struct {
		cjose_jwk_t *jwk;
		const char *alg;
	} rows[] = {
		{ made.rsa, "RS256" },
		{ made.rsa, "RS384" },
		{ made.rsa, "RS512" },
		{ made.rsa, "PS256" },
		{ made.rsa, "PS384" },
		{ made.rsa, "PS512" },
		{ made.p256, "ES256" },
		{ made.p384, "ES384" },
		{ made.secret, "HS256" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct jwt_claims claims;
		const char *why;

		assert_int_equal(
		    verify((struct asked){ .keys = only(rows[i].jwk, ""),
		               .jwk = rows[i].jwk,
		               .alg = rows[i].alg },
		        &why, &claims),
		    ERR_NONE);
		assert_true(
		    str_is(str_make(claims.name, claims.name_size), "ann"));
		assert_int_equal(claims.until_wall_s, 1000100 + JWT_LEEWAY_S);
	}
}

static void
a_token_must_say_what_it_should(void **state)
{
#define ID "\"iss\":\"https://id\","
#define AUD "\"aud\":\"dav\","
#define SUB "\"sub\":\"ann\","
	static const struct {
		const char *claims;
		const char *why; /* NULL: it is good */
	} rows[] = {
		{ GOOD, NULL },
		{ ID SUB "\"exp\":1000100,\"aud\":[\"x\",\"dav\"]", NULL },
		{ ID SUB "\"exp\":1000100,\"aud\":[\"x\",1,{}]", "audience" },
		{ ID SUB "\"exp\":1000100,\"aud\":\"davs\"", "audience" },
		{ ID SUB "\"exp\":1000100", "audience" },
		{ AUD SUB "\"exp\":1000100", "issuer" },
		{ AUD SUB "\"exp\":1000100,\"iss\":\"https://i\"", "issuer" },
		{ AUD SUB "\"exp\":1000100,\"iss\":[\"https://id\"]",
		    "issuer" },
		{ ID AUD "\"exp\":1000100", "name a user" },
		{ ID AUD "\"exp\":1000100,\"sub\":\"\"", "name a user" },
		{ ID AUD "\"exp\":1000100,\"sub\":7", "name a user" },
		{ ID AUD "\"exp\":1000100,\"sub\":\"a\\nb\"", "control" },
		{ ID AUD SUB "\"exp\":999941", NULL }, /* the leeway */
		{ ID AUD SUB "\"exp\":999940", "expired" },
		{ ID AUD SUB "\"exp\":1000000.5", NULL },
		{ ID AUD SUB "\"exp\":\"1000100\"", "when it expires" },
		{ ID AUD SUB "\"exp\":1e300", "when it expires" },
		{ ID AUD "\"sub\":\"ann\"", "when it expires" },
		{ GOOD ",\"nbf\":1000060", NULL },
		{ GOOD ",\"nbf\":1000061", "not good yet" },
		{ GOOD ",\"nbf\":\"x\"", "nbf" },
		{ GOOD ",\"sub\":\"eve\"", "JSON" }, /* twice */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct jwt_claims claims;
		const char *why;
		enum err err =
		    verify((struct asked){ .keys = only(made.p256, ""),
		               .jwk = made.p256,
		               .alg = "ES256",
		               .claims = rows[i].claims },
		        &why, &claims);

		assert_int_equal(
		    err, rows[i].why == NULL ? ERR_NONE : ERR_DENIED);
		if (rows[i].why != NULL)
			assert_non_null(strstr(why, rows[i].why));
	}
}

static void
a_name_has_a_limit(void **state)
{
	char claims[512];

	(void)state;
	for (int more = 0; more < 2; more++) {
		struct jwt_claims got;
		const char *why;

		(void)snprintf(claims, sizeof(claims),
		    "\"iss\":\"https://id\",\"aud\":\"dav\",\"exp\":1000100,"
		    "\"sub\":\"%0*d\"",
		    PRINCIPAL_SIZE_MAX + more, 0);
		assert_int_equal(
		    verify((struct asked){ .keys = only(made.p256, ""),
		               .jwk = made.p256,
		               .alg = "ES256",
		               .claims = claims },
		        &why, &got),
		    more == 0 ? ERR_NONE : ERR_DENIED);
	}
}

static void
another_claim_can_name_the_user(void **state)
{
	struct jwt_rules rules = usual;
	struct jwt_claims claims;
	const char *why;

	(void)state;
	rules.claim = "email";
	assert_int_equal(verify((struct asked){ .keys = only(made.p256, ""),
	                            .jwk = made.p256,
	                            .alg = "ES256",
	                            .claims = GOOD ",\"email\":\"ann@x\"",
	                            .rules = &rules },
	                     &why, &claims),
	    ERR_NONE);
	assert_true(str_is(str_make(claims.name, claims.name_size), "ann@x"));
}

static void
an_algorithm_must_be_allowed(void **state)
{
	static const struct {
		const char *list;
		enum err want;
	} rows[] = {
		{ "ES256", ERR_NONE },
		{ "RS256, ES256", ERR_NONE },
		{ "RS256", ERR_DENIED },
		{ "ES384,HS256", ERR_DENIED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct jwt_rules rules = usual;
		struct jwt_claims claims;
		const char *why;

		assert_int_equal(
		    jwt_algorithms_parse(rows[i].list, &rules.algorithms),
		    ERR_NONE);
		assert_int_equal(
		    verify((struct asked){ .keys = only(made.p256, ""),
		               .jwk = made.p256,
		               .alg = "ES256",
		               .rules = &rules },
		        &why, &claims),
		    rows[i].want);
	}
}

static void
a_list_of_algorithms_has_known_ones(void **state)
{
	static const char *const rows[] = { "", "none", "RS256,none", "rs256",
		"RS256,,", "EdDSA", "RS2567" };
	unsigned algorithms;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
		    jwt_algorithms_parse(rows[i], &algorithms), ERR_SYNTAX);
}

static void
a_key_is_for_what_its_owner_says(void **state)
{
	static const struct {
		const char *more;
		enum err want;
	} rows[] = {
		{ "\"use\":\"sig\",", ERR_NONE },
		{ "\"alg\":\"RS256\",", ERR_NONE },
		{ "\"alg\":\"RS512\",", ERR_DENIED },
		{ "\"key_ops\":[\"verify\"],", ERR_NONE },
		{ "\"kid\":\"one\",", ERR_NONE },
		{ "\"kid\":\"two\",", ERR_ABSENT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct jwt_claims claims;
		const char *why;

		assert_int_equal(
		    verify((struct asked){ .keys = only(made.rsa, rows[i].more),
		               .jwk = made.rsa,
		               .alg = "RS256",
		               .kid = "one" },
		        &why, &claims),
		    rows[i].want);
	}
}

static void
some_keys_are_left_out(void **state)
{
	const struct {
		cjose_jwk_t *jwk;
		const char *more;
	} rows[] = {
		{ made.weak, "" },
		{ made.rsa, "\"use\":\"enc\"," },
		{ made.rsa, "\"alg\":\"RSA-OAEP\"," },
		{ made.rsa, "\"key_ops\":[\"encrypt\"]," },
		{ made.p256, "\"alg\":\"ES384\"," },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct jwt_keys *keys = NULL;
		struct buf set;

		buf_init(&set, 16 * 1024);
		add_key(&set, rows[i].jwk, rows[i].more);
		buf_add_text(&set, "]}");
		assert_int_equal(
		    jwt_keys_parse(buf_str(&set), &keys), ERR_ABSENT);
		buf_clear(&set);
		add_key(&set, rows[i].jwk, rows[i].more);
		add_key(&set, made.p384, "");
		keys = parse(&set);
		assert_int_equal(jwt_keys_count(keys), 1);
		jwt_keys_unref(keys);
	}
}

/* The oldest trick: the public key as the secret of an HMAC. */
static void
a_key_is_used_for_its_own_type_only(void **state)
{
	struct jwt_claims claims;
	const char *why;

	(void)state;
	assert_int_equal(verify((struct asked){ .keys = only(made.rsa, ""),
	                            .jwk = made.secret,
	                            .alg = "HS256" },
	                     &why, &claims),
	    ERR_DENIED);
	assert_string_equal(why, "its signature is wrong");
}

static void
an_unknown_extension_is_refused(void **state)
{
	struct jwt_claims claims;
	const char *why;

	(void)state;
	assert_int_equal(verify((struct asked){ .keys = only(made.p256, ""),
	                            .jwk = made.p256,
	                            .alg = "ES256",
	                            .kid = "crit" },
	                     &why, &claims),
	    ERR_DENIED);
	assert_non_null(strstr(why, "extensions"));
}

static void
each_octet_counts(void **state)
{
	struct jwt_keys *keys = only(made.p256, "");
	struct jwt_claims claims;
	const char *why;
	struct buf token;

	(void)state;
	sign(made.p256, "ES256", "", GOOD, &token);
	for (size_t i = 0; i < token.len - 1; i++) {
		char was = token.data[i];

		token.data[i] = was == 'A' ? 'B' : 'A';
		assert_int_equal(jwt_verify(keys, &usual, buf_str(&token),
		                     NOW_S, &claims, &why),
		    ERR_DENIED);
		token.data[i] = was;
	}
	for (size_t i = 0; i < token.len - 1; i++)
		assert_int_equal(
		    jwt_verify(keys, &usual, str_make(token.data, i), NOW_S,
		        &claims, &why),
		    ERR_DENIED);
	assert_int_equal(
	    jwt_verify(keys, &usual, buf_str(&token), NOW_S, &claims, &why),
	    ERR_NONE);
	buf_done(&token);
	jwt_keys_unref(keys);
}

static void
what_is_not_signed_is_refused(void **state)
{
	static const char *const rows[] = { "", "a", "..", "aa.bb.cc",
		"eyIn0=.OMqJiib2,Ui0=.OMqJiib2,UifQ.", "e30=.e30.e30",
		"e30.e3=0.e30", "e30.e30.e30.e30", "e30.e30.e", "e30.e30",
		/* {"alg":"none"} and what it should say */
		"eyJhbGciOiJub25lIn0."
		"eyJpc3MiOiJodHRwczovL2lkIiwiYXVkIjoiZGF2Iiwic3ViIjoiYW5uIi"
		"wiZXhwIjoxMDAwMTAwfQ." };
	struct jwt_keys *keys = only(made.p256, "");
	struct jwt_claims claims;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(jwt_verify(keys, &usual, str_of(rows[i]),
		                     NOW_S, &claims, &why),
		    ERR_DENIED);
	jwt_keys_unref(keys);
}

static void
a_set_of_keys_is_json_of_some_form(void **state)
{
	static const struct {
		const char *json;
		enum err want;
	} rows[] = {
		{ "", ERR_SYNTAX },
		{ "[]", ERR_SYNTAX },
		{ "{}", ERR_SYNTAX },
		{ "{\"keys\":{}}", ERR_SYNTAX },
		{ "{\"keys\":[1]}", ERR_SYNTAX },
		{ "{\"keys\":[]}", ERR_ABSENT },
		{ "{\"keys\":[{}]}", ERR_ABSENT },
		{ "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}]}",
		    ERR_ABSENT },
		{ "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQ\"}]}", ERR_ABSENT },
		{ "{\"keys\":[{\"kty\":\"oct\",\"k\":\"e=30\"}]}", ERR_ABSENT },
		{ "{\"keys\":[{\"kty\":\"oct\",\"k\":7}]}", ERR_ABSENT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct jwt_keys *keys = NULL;

		assert_int_equal(
		    jwt_keys_parse(str_of(rows[i].json), &keys), rows[i].want);
	}
}

static void
a_set_of_keys_has_a_limit(void **state)
{
	struct buf set;

	(void)state;
	buf_init(&set, JWT_KEYS_SIZE_MAX + 1);
	for (int i = 0; i < JWT_KEY_COUNT_MAX; i++)
		add_key(&set, made.p256, "");
	for (int more = 0; more < 2; more++) {
		struct jwt_keys *keys = NULL;
		size_t size = set.len;

		buf_add_text(&set, "]}");
		assert_int_equal(jwt_keys_parse(buf_str(&set), &keys),
		    more == 0 ? ERR_NONE : ERR_LIMIT);
		jwt_keys_unref(keys);
		set.len = size;
		add_key(&set, made.p256, "");
	}
	buf_clear(&set);
	add_key(&set, made.p256, "");
	buf_add_text(&set, "]}");
	while (set.len < JWT_KEYS_SIZE_MAX)
		buf_add_char(&set, ' ');
	for (int more = 0; more < 2; more++) {
		struct jwt_keys *keys = NULL;

		assert_int_equal(jwt_keys_parse(buf_str(&set), &keys),
		    more == 0 ? ERR_NONE : ERR_LIMIT);
		jwt_keys_unref(keys);
		buf_add_char(&set, ' ');
	}
	buf_done(&set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_each_kind_of_signature),
		cmocka_unit_test(a_token_must_say_what_it_should),
		cmocka_unit_test(a_name_has_a_limit),
		cmocka_unit_test(another_claim_can_name_the_user),
		cmocka_unit_test(an_algorithm_must_be_allowed),
		cmocka_unit_test(a_list_of_algorithms_has_known_ones),
		cmocka_unit_test(a_key_is_for_what_its_owner_says),
		cmocka_unit_test(some_keys_are_left_out),
		cmocka_unit_test(a_key_is_used_for_its_own_type_only),
		cmocka_unit_test(an_unknown_extension_is_refused),
		cmocka_unit_test(each_octet_counts),
		cmocka_unit_test(what_is_not_signed_is_refused),
		cmocka_unit_test(a_set_of_keys_is_json_of_some_form),
		cmocka_unit_test(a_set_of_keys_has_a_limit),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
