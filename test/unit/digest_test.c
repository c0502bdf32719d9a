/*
 * digest_test.c - SHA-256, and who gives it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/digest.h"
#include "client/intake.h"

/* FIPS 180-4 examples, and a million times "a". */
static void
digests_are_right_however_they_are_cut(void **state)
{
	static const struct {
		const char *text;
		size_t count;
		const char *digest;
	} rows[] = {
		{ "", 1,
		    "e3b0c44298fc1c149afbf4c8996fb924"
		    "27ae41e4649b934ca495991b7852b855" },
		{ "abc", 1,
		    "ba7816bf8f01cfea414140de5dae2223"
		    "b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmno"
		  "mnopnopq",
		    1,
		    "248d6a61d20638b8e5c026930c3e6039"
		    "a33ce45964ff2167f6ecedd419db06c1" },
		{ "aaaaaaaaaa", 100000,
		    "cdc76e5c9914fb9281a1c7e284d73e67"
		    "f1809a48a497200e046d39ccc7112cd0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t found[DIGEST_SIZE];
		char text[2 * DIGEST_SIZE + 1];
		struct digest digest;

		digest_init(&digest);
		for (size_t j = 0; j < rows[i].count; j++)
			digest_add(&digest, rows[i].text, strlen(rows[i].text));
		digest_end(&digest, found);
		for (size_t j = 0; j < DIGEST_SIZE; j++)
			(void)snprintf(text + 2 * j, 3, "%02x", found[j]);
		assert_string_equal(text, rows[i].digest);
		digest_done(&digest);
	}
}

static bool
fits(const char *field, const char *content)
{
	struct intake intake;
	struct digest digest;
	bool does_fit;

	intake_init(&intake, 0, 0);
	(void)intake_line(&intake, str_of("HTTP/1.1 200 OK\r\n"), 0);
	(void)intake_line(&intake, str_of(field), 0);
	digest_begin(&digest, true, &intake);
	digest_add(&digest, content, strlen(content));
	does_fit = digest_fits(&digest);
	intake_done(&intake);
	return does_fit;
}

static void
content_is_compared_with_what_the_server_says(void **state)
{
	static const char *const fields[] = {
		"Repr-Digest: sha-256="
		":ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:\r\n",
		"Repr-Digest: md5=:eA==:, sha-256="
		":ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:\r\n",
		"Digest: SHA-256="
		"ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\r\n",
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_true(fits(fields[i], "abc"));
		assert_false(fits(fields[i], "abd"));
	}
	/* What cannot be read says nothing. */
	assert_true(fits("Repr-Digest: sha-256=:x:\r\n", "abd"));
	assert_true(fits("Repr-Digest: sha-512=:x:\r\n", "abd"));
	assert_true(fits("X: y\r\n", "abd"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_are_right_however_they_are_cut),
		cmocka_unit_test(content_is_compared_with_what_the_server_says),
	};

	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
