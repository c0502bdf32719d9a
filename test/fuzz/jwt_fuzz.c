/*
 * jwt_fuzz.c - any text as a token, or, behind a "{", as a set of keys.
 */
#include <stddef.h>
#include <stdint.h>

#include "apps/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The key of RFC 7515, A.3, and a secret. */
static const struct str known =
    STR("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
        "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
        "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},"
        "{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_"
        "T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"}]}");

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct jwt_rules rules = {
		.issuer = "joe",
		.audience = "dav",
		.claim = "sub",
		.algorithms = ~0u,
	};
	struct str text = str_make((const char *)data, size);
	struct jwt_keys *keys = NULL;
	struct jwt_claims claims;
	const char *why = NULL;
	enum err err;

	if (size > 0 && data[0] == '{') {
		err = jwt_keys_parse(text, &keys);
		CHECK((err == ERR_NONE) == (keys != NULL));
		jwt_keys_unref(keys);
		return 0;
	}
	err = jwt_keys_parse(known, &keys);
	CHECK(err == ERR_NONE);
	err = jwt_verify(keys, &rules, text, 0, &claims, &why);
	CHECK(err == ERR_NONE || why != NULL);
	CHECK(err != ERR_NONE || claims.name_size > 0);
	jwt_keys_unref(keys);
	return 0;
}
