/*
 * tls_self_test.c - the certificate for a first try.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <openssl/x509v3.h>

#include "net/tls_self.h"

static const char *const names[] = { "localhost", "127.0.0.1", "::1" };

static void
is_good_for_its_names_and_no_other(void **state)
{
	struct tls_self self;

	(void)state;
	assert_int_equal(tls_self_init(&self, names, 3), ERR_NONE);
	assert_int_equal(
	    X509_check_host(self.certificate, "localhost", 0, 0, NULL), 1);
	assert_int_equal(
	    X509_check_ip_asc(self.certificate, "127.0.0.1", 0), 1);
	assert_int_equal(X509_check_ip_asc(self.certificate, "::1", 0), 1);
	assert_int_equal(
	    X509_check_ip_asc(self.certificate, "127.0.0.2", 0), 0);
	assert_int_equal(
	    X509_check_host(self.certificate, "example.org", 0, 0, NULL), 0);
	assert_int_equal(X509_check_ca(self.certificate), 0);
	assert_int_equal(X509_verify(self.certificate, self.key), 1);
	tls_self_done(&self);
}

static void
lasts_ninety_days(void **state)
{
	struct tls_self self;
	time_t day_s = 24 * 3600;
	time_t last = time(NULL) + (time_t)TLS_SELF_DAYS * day_s;
	time_t before = last - 60;
	time_t after = last + 60;

	(void)state;
	assert_int_equal(tls_self_init(&self, names, 3), ERR_NONE);
	assert_true(
	    X509_cmp_current_time(X509_get0_notBefore(self.certificate)) < 0);
	assert_true(
	    X509_cmp_time(X509_get0_notAfter(self.certificate), &before) > 0);
	assert_true(
	    X509_cmp_time(X509_get0_notAfter(self.certificate), &after) < 0);
	tls_self_done(&self);
}

static void
is_another_one_each_time(void **state)
{
	struct tls_self first;
	struct tls_self second;

	(void)state;
	assert_int_equal(tls_self_init(&first, names, 3), ERR_NONE);
	assert_int_equal(tls_self_init(&second, names, 3), ERR_NONE);
	assert_string_not_equal(first.fingerprint, second.fingerprint);
	assert_string_not_equal(first.pin, second.pin);
	assert_int_equal(strlen(first.fingerprint), 32 * 3 - 1);
	assert_memory_equal(first.pin, "sha256//", 8);
	assert_int_equal(strlen(first.pin), 8 + 44);
	tls_self_done(&first);
	tls_self_done(&second);
}

static void
will_not_be_made_for_what_is_no_name(void **state)
{
	static const char *const wrong[] = { "" };
	struct tls_self self;

	(void)state;
	assert_int_equal(tls_self_init(&self, wrong, 1), ERR_MEMORY);
	assert_null(self.certificate);
	expect_assert_failure((void)tls_self_init(&self, names, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_good_for_its_names_and_no_other),
		cmocka_unit_test(lasts_ninety_days),
		cmocka_unit_test(is_another_one_each_time),
		cmocka_unit_test(will_not_be_made_for_what_is_no_name),
	};

	return cmocka_run_group_tests_name("tls_self", tests, NULL, NULL);
}
