/*
 * jwt_fuzz.c - any text as a token, behind a "." as the head of one, and
 * behind a "{" as a set of keys.
 */
#include <stddef.h>
#include <stdint.h>

#include "apps/jwt.h"
#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The key of RFC 7515, A.3, and a secret. */
static const struct str known =
    STR("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
        "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
        "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},"
        "{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_"
        "T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"}]}");

/* A token with this head, and with a signature that cannot be right. */
static void
add_token(struct buf *token, struct str head)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
	                             "opqrstuvwxyz0123456789-_";
	uint32_t bits = 0;
	int count = 0;

	for (size_t i = 0; i < head.len; i++) {
		bits = bits << 8 | (unsigned char)head.data[i];
		for (count += 8; count >= 6; count -= 6)
			buf_add_char(token, digits[bits >> (count - 6) & 63]);
	}
	if (count > 0)
		buf_add_char(token, digits[bits << (6 - count) & 63]);
	buf_add_text(token, ".e30.DtEhU3ljbEg8L38VWAfUAqOyKAM6");
}

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
	struct buf token;
	enum err err;

	if (size > 0 && data[0] == '{') {
		err = jwt_keys_parse(text, &keys);
		CHECK((err == ERR_NONE) == (keys != NULL));
		jwt_keys_unref(keys);
		return 0;
	}
	err = jwt_keys_parse(known, &keys);
	CHECK(err == ERR_NONE);
	buf_init(&token, 64 * 1024);
	if (size > 0 && data[0] == '.')
		add_token(&token, str_from(text, 1));
	else
		buf_add_str(&token, text);
	err = jwt_verify(keys, &rules, buf_str(&token), 0, &claims, &why);
	buf_done(&token);
	CHECK(err == ERR_NONE || why != NULL);
	CHECK(err != ERR_NONE || claims.name_size > 0);
	jwt_keys_unref(keys);
	return 0;
}
