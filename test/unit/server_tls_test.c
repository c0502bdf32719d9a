/*
 * server_tls_test.c - which addresses speak TLS, and which options agree.
 */
#include "tls_rig.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/x509v3.h>

#include "apps/server_tls.h"
#include "base/str.h"

static void
listens_as_the_address_or_the_certificate_says(void **state)
{
	static const struct {
		const char *text;
		bool has_certificate;
		enum err err;
		bool is_tls;
	} rows[] = {
		{ "127.0.0.1:80", false, ERR_NONE, false },
		{ "127.0.0.1:80", true, ERR_NONE, true },
		{ "http://127.0.0.1:80", true, ERR_NONE, false },
		{ "https://127.0.0.1:80", true, ERR_NONE, true },
		{ "https://[::1]:80", false, ERR_NONE, true },
		{ "https://*:80", false, ERR_NONE, true },
		{ "https://127.0.0.1", true, ERR_SYNTAX, false },
		{ "https://127.0.0.1:80/", true, ERR_SYNTAX, false },
		{ "ftp://127.0.0.1:80", true, ERR_SYNTAX, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct server_tls_options options = {
			.is_self_signed = rows[i].has_certificate
		};
		struct server_tls tls;
		struct address address;
		bool is_tls = false;

		server_tls_init(&tls, &options);
		assert_int_equal(
		    server_tls_listen(&tls, rows[i].text, &address, &is_tls),
		    rows[i].err);
		assert_int_equal(is_tls, rows[i].is_tls);
		server_tls_close(&tls);
	}
}

static void
refuses_options_that_do_not_agree(void **state)
{
	static const struct {
		const char *listen;
		struct server_tls_options options;
	} rows[] = {
		{ "https://127.0.0.1:80", { .client_ca = NULL } },
		{ "127.0.0.1:80", { .certificates = { { "a" }, 1 } } },
		{ "127.0.0.1:80", { .keys = { { "a" }, 1 } } },
		{ "127.0.0.1:80", { .certificates = { { "a", "b" }, 2 },
		                      .keys = { { "a" }, 1 } } },
		{ "127.0.0.1:80", { .certificates = { { "a" }, 1 },
		                      .keys = { { "a" }, 1 },
		                      .is_self_signed = true } },
		{ "127.0.0.1:80", { .client_ca = "a" } },
		{ "127.0.0.1:80", { .is_self_signed = true,
		                      .client_auth = TLS_CLIENT_REQUIRED } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct server_tls tls;
		struct address address;
		bool is_tls;

		server_tls_init(&tls, &rows[i].options);
		assert_int_equal(
		    server_tls_listen(&tls, rows[i].listen, &address, &is_tls),
		    ERR_NONE);
		assert_int_equal(server_tls_open(&tls, 0), ERR_CONFLICT);
		server_tls_close(&tls);
	}
}

static void
needs_nothing_without_tls(void **state)
{
	const struct server_tls_options options = { .client_ca = NULL };
	struct server_tls tls;

	(void)state;
	server_tls_init(&tls, &options);
	assert_int_equal(server_tls_open(&tls, 0), ERR_NONE);
	assert_null(tls.tls);
	server_tls_refresh(&tls, SERVER_TLS_NOW, 0);
	server_tls_close(&tls);
}

static void
makes_a_certificate_for_where_it_listens(void **state)
{
	static const char *const listens[] = { "192.0.2.7:1", "[2001:db8::7]:1",
		"*:1", "127.0.0.1:1" };
	const struct server_tls_options options = { .is_self_signed = true };
	struct server_tls tls;
	char host[64];

	(void)state;
	server_tls_init(&tls, &options);
	for (size_t i = 0; i < 4; i++) {
		struct address address;
		bool is_tls;

		assert_int_equal(
		    server_tls_listen(&tls, listens[i], &address, &is_tls),
		    ERR_NONE);
	}
	assert_int_equal(server_tls_open(&tls, 0), ERR_NONE);
	assert_non_null(tls.tls);
	assert_int_equal(
	    X509_check_ip_asc(tls.self.certificate, "192.0.2.7", 0), 1);
	assert_int_equal(
	    X509_check_ip_asc(tls.self.certificate, "2001:db8::7", 0), 1);
	assert_int_equal(X509_check_ip_asc(tls.self.certificate, "::1", 0), 1);
	assert_int_equal(
	    X509_check_ip_asc(tls.self.certificate, "0.0.0.0", 0), 0);
	assert_int_equal(gethostname(host, sizeof(host)), 0);
	assert_int_equal(
	    X509_check_host(tls.self.certificate, host, 0, 0, NULL), 1);
	server_tls_close(&tls);
}

static void
reads_files_again_when_they_have_changed(void **state)
{
	static const struct tls_rig_wish first = { .name = "a",
		.common_name = "a.test" };
	struct server_tls_options options = { .certificates = { .count = 1 },
		.keys = { .count = 1 } };
	struct tls_rig files;
	struct server_tls tls;
	struct tls_pinned *before;
	struct tls_pinned *after;

	(void)state;
	tls_rig_init(&files);
	tls_rig_make(&files, &first);
	options.certificates.items[0] = tls_rig_pair(&files, "a").certificate;
	options.keys.items[0] = tls_rig_pair(&files, "a").key;
	server_tls_init(&tls, &options);
	assert_int_equal(server_tls_open(&tls, 0), ERR_NONE);
	before = tls_pin(tls.tls);
	server_tls_refresh(&tls, SERVER_TLS_IF_STALE, 0);
	after = tls_pin(tls.tls);
	assert_ptr_equal(before, after);
	tls_unpin(after);
	tls_rig_make(&files, &first);
	server_tls_refresh(&tls, SERVER_TLS_IF_STALE, 0);
	server_tls_refresh(&tls, SERVER_TLS_IF_STALE, 0);
	after = tls_pin(tls.tls);
	assert_ptr_not_equal(before, after);
	tls_unpin(before);
	tls_unpin(after);
	server_tls_close(&tls);
	tls_rig_done(&files);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    listens_as_the_address_or_the_certificate_says),
		cmocka_unit_test(refuses_options_that_do_not_agree),
		cmocka_unit_test(needs_nothing_without_tls),
		cmocka_unit_test(makes_a_certificate_for_where_it_listens),
		cmocka_unit_test(reads_files_again_when_they_have_changed),
	};

	return cmocka_run_group_tests_name("server_tls", tests, NULL, NULL);
}
