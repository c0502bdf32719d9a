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

static void
changes_to_other_files_or_not_at_all(void **state)
{
	static const struct tls_rig_wish wishes[] = {
		{ .name = "a", .common_name = "a.test" },
		{ .name = "b", .common_name = "b.test" },
	};
	struct server_tls_options a = { .certificates = { .count = 1 },
		.keys = { .count = 1 } };
	struct server_tls_options b = a;
	struct server_tls_options wrong = a;
	struct tls_rig files;
	struct server_tls tls;
	struct tls_pinned *pins[3];

	(void)state;
	tls_rig_init(&files);
	for (size_t i = 0; i < 2; i++)
		tls_rig_make(&files, &wishes[i]);
	a.certificates.items[0] = tls_rig_pair(&files, "a").certificate;
	a.keys.items[0] = tls_rig_pair(&files, "a").key;
	b.certificates.items[0] = tls_rig_pair(&files, "b").certificate;
	b.keys.items[0] = tls_rig_pair(&files, "b").key;
	wrong.certificates.items[0] = b.certificates.items[0];
	wrong.keys.items[0] = a.keys.items[0];
	server_tls_init(&tls, &a);
	assert_int_equal(server_tls_open(&tls, 0), ERR_NONE);
	pins[0] = tls_pin(tls.tls);
	assert_int_equal(server_tls_change(&tls, &wrong, 0), ERR_CONFLICT);
	pins[1] = tls_pin(tls.tls);
	assert_ptr_equal(pins[0], pins[1]);
	assert_ptr_equal(tls.options, &a);
	assert_ptr_equal(tls.use.pairs[0].certificate, a.certificates.items[0]);
	assert_int_equal(server_tls_change(&tls, &b, 0), ERR_NONE);
	pins[2] = tls_pin(tls.tls);
	assert_ptr_not_equal(pins[0], pins[2]);
	assert_ptr_equal(tls.use.pairs[0].certificate, b.certificates.items[0]);
	for (size_t i = 0; i < 3; i++)
		tls_unpin(pins[i]);
	server_tls_close(&tls);
	tls_rig_done(&files);
}

static void
neither_begins_nor_ends_while_it_serves(void **state)
{
	static const struct server_tls_options none = { .client_ca = NULL };
	static const struct server_tls_options self = {
		.is_self_signed = true,
	};
	static const struct server_tls_options pair = {
		.certificates = { { "a" }, 1 },
		.keys = { { "a" }, 1 },
	};
	const struct server_tls_options *const rows[] = { &none, &self, &pair };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct server_tls tls;

		server_tls_init(&tls, rows[i]);
		for (size_t j = 0; j < 3; j++)
			assert_int_equal(
			    server_tls_can_change(&tls, rows[j]), i == j);
		server_tls_close(&tls);
	}
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
		cmocka_unit_test(changes_to_other_files_or_not_at_all),
		cmocka_unit_test(neither_begins_nor_ends_while_it_serves),
	};

	return cmocka_run_group_tests_name("server_tls", tests, NULL, NULL);
}
