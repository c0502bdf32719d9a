/*
 * users_hash_test.c - which hashes are taken, and what they say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "apps/users_hash.h"
#include "base/limits.h"

/* By htpasswd, mkpasswd and openssl; the password is "open sesame". */
#define BCRYPT "$2y$05$uzcqSk4FeQ66bAW7XQ98oO2BcDnMPRw2EF65IlSsfyLhUxUjVg5KC"

static void
what_it_makes_it_verifies(void **state)
{
	static const char *const prefixes[] = { "$y$", "$2y$10$",
		"$6$rounds=100000$", "$5$rounds=100000$" };

	(void)state;
	for (int i = 0; i < USERS_HASH_KIND_COUNT; i++) {
		struct str password = STR("open s\xc3\xa9same");
		enum users_hash_kind kind = USERS_HASH_YESCRYPT;
		struct buf one;
		struct buf other;

		buf_init(&one, 512);
		buf_init(&other, 512);
		assert_int_equal(
		    users_hash_make((enum users_hash_kind)i, password, &one),
		    ERR_NONE);
		assert_int_equal(
		    users_hash_make((enum users_hash_kind)i, password, &other),
		    ERR_NONE);
		assert_true(str_starts(buf_str(&one), str_of(prefixes[i])));
		assert_false(str_equal(buf_str(&one), buf_str(&other)));
		assert_null(users_hash_flaw(buf_str(&one), &kind));
		assert_int_equal(kind, i);
		assert_int_equal(
		    users_hash_verify(buf_str(&one), password), ERR_NONE);
		password.len--;
		assert_int_equal(
		    users_hash_verify(buf_str(&one), password), ERR_DENIED);
		assert_int_equal(
		    users_hash_verify(buf_str(&one), str_of("")), ERR_DENIED);
		buf_done(&one);
		buf_done(&other);
	}
}

static void
refuses_weak_and_broken_ones_in_words(void **state)
{
	static const struct {
		const char *hash;
		const char *says;
	} rows[] = {
		{ "secret", "plain text" },
		{ "", "plain text" },
		{ "$apr1$AmaC0vfb$mbSW1cGUrpQgxVE0mcORk1", "MD5" },
		{ "$1$abcdefgh$irWbblnpmw.5z7wgBnprh0", "MD5" },
		{ "rqXexS6ZhobKA", "DES" },
		{ "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "SHA-1" },
		{ "{PLAIN}secret", "not at all" },
		{ "$argon2id$v=19$m=65536$x$y", "unknown kind" },
		{ "$2x$05$uzcqSk4FeQ66bAW7XQ98oO2BcDnMPRw2EF65IlSsfyLhUxU"
		  "jVg5KC",
		    "unknown kind" },
		{ "$2y$05$uzcqSk4FeQ66bAW7XQ98oO2BcDnMPRw2EF65IlSsfyLhUxU"
		  "jVg5K",
		    "not whole" },
		{ "$2y$05$uzcqSk4FeQ66bAW7XQ98oO2BcDnMPRw2EF65IlSsfyLhUxU"
		  "jVg5K!",
		    "not whole" },
		{ "$y$", "not whole" },
		{ "$y$j9T$aXaMcXf3A2Lf2WmLKs7170$yeejDy4P6oWvwMWA4D1zlZjfR",
		    "not whole" },
		{ "$6$abc$", "not whole" },
		{ "$2y$17$uzcqSk4FeQ66bAW7XQ98oO2BcDnMPRw2EF65IlSsfyLhUxU"
		  "jVg5KC",
		    "too long" },
		{ "$5$rounds=10000000$Ksr6Zkwl.FqDymn.$5iYEm8KsIsyx4AViID9"
		  "RWfdP974KRmDu8ymE3V5bio/",
		    "too long" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum users_hash_kind kind;
		const char *flaw = users_hash_flaw(str_of(rows[i].hash), &kind);

		assert_non_null(flaw);
		assert_non_null(strstr(flaw, rows[i].says));
	}
}

static void
takes_bcrypt_by_all_its_good_names(void **state)
{
	static const char names[] = "aby";
	char hash[] = BCRYPT;

	(void)state;
	for (size_t i = 0; i < strlen(names); i++) {
		enum users_hash_kind kind = USERS_HASH_YESCRYPT;

		hash[2] = names[i];
		assert_null(users_hash_flaw(str_of(hash), &kind));
		assert_int_equal(kind, USERS_HASH_BCRYPT);
	}
}

static void
the_longest_hash_is_no_longer_than_the_limit(void **state)
{
	enum users_hash_kind kind;
	char hash[300] = "$5$";

	(void)state;
	memset(hash + 3, 'a', sizeof(hash) - 4);
	hash[256 - 44] = '$';
	assert_non_null(
	    strstr(users_hash_flaw(str_make(hash, 256), &kind), "too long"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_makes_it_verifies),
		cmocka_unit_test(refuses_weak_and_broken_ones_in_words),
		cmocka_unit_test(takes_bcrypt_by_all_its_good_names),
		cmocka_unit_test(the_longest_hash_is_no_longer_than_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
