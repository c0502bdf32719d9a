/*
 * tls_test.c - which certificate a client is shown, and how they change.
 */
#include "tls_rig.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "net/tls_self.h"

enum { T0 = 1000000, TURN_COUNT_MAX = 20 };

static const char *const alpn[] = { "http/1.1", NULL };

/* Two certificates: a.test, which is for all others too, and *.b.test. */
struct rig {
	struct tls_rig files;
	struct tls_options options;
	struct tls *tls;
	struct buf why;
};

static void
make(struct rig *rig, const char *name, const char *alternatives)
{
	const struct tls_rig_wish wish = { .name = name,
		.common_name = alternatives + 4,
		.alternatives = alternatives };

	tls_rig_make(&rig->files, &wish);
}

static void
rig_init(struct rig *rig)
{
	*rig = (struct rig){ .options = { .pair_count = 2, .alpn = alpn } };
	tls_rig_init(&rig->files);
	make(rig, "a", "DNS:a.test");
	make(rig, "b", "DNS:*.b.test");
	rig->options.pairs[0] = tls_rig_pair(&rig->files, "a");
	rig->options.pairs[1] = tls_rig_pair(&rig->files, "b");
	buf_init(&rig->why, 4096);
	assert_int_equal(
	    tls_new(&rig->options, T0, &rig->why, &rig->tls), ERR_NONE);
}

static void
rig_done(struct rig *rig)
{
	tls_free(rig->tls);
	buf_done(&rig->why);
	tls_rig_done(&rig->files);
}

/* Both sides in memory.  False: the handshake fails. */
static bool
shake(SSL *server, SSL *client)
{
	BIO *to_server;
	BIO *to_client;

	assert_int_equal(BIO_new_bio_pair(&to_server, 0, &to_client, 0), 1);
	SSL_set_bio(server, to_server, to_server);
	SSL_set_bio(client, to_client, to_client);
	SSL_set_accept_state(server);
	SSL_set_connect_state(client);
	for (int i = 0; i < TURN_COUNT_MAX; i++) {
		int result = SSL_do_handshake(client);

		if (result != 1 &&
		    SSL_get_error(client, result) != SSL_ERROR_WANT_READ)
			return false;
		result = SSL_do_handshake(server);
		if (result != 1 &&
		    SSL_get_error(server, result) != SSL_ERROR_WANT_READ)
			return false;
		if (SSL_is_init_finished(client) &&
		    SSL_is_init_finished(server))
			return true;
	}
	return false;
}

struct visit {
	const char *name;             /* asked for; NULL: none */
	const unsigned char *offered; /* protocols, as on the wire */
	unsigned offered_size;
	int version_max; /* 0: any */
	const char *ciphers;
};

/* The subject's common name of what was shown; "": refused. */
static void
visit(struct tls_pinned *pinned, const struct visit *how, char out[64])
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *client = SSL_new(context);
	SSL *server = tls_session(pinned);

	assert_non_null(client);
	assert_non_null(server);
	SSL_set_security_level(client, 0);
	if (how->name != NULL)
		(void)SSL_set_tlsext_host_name(
		    client, (char *)(uintptr_t)how->name);
	if (how->version_max != 0)
		(void)SSL_set_max_proto_version(client, how->version_max);
	if (how->ciphers != NULL)
		assert_int_equal(SSL_set_cipher_list(client, how->ciphers), 1);
	assert_int_equal(
	    SSL_set_alpn_protos(client, how->offered, how->offered_size), 0);
	out[0] = '\0';
	if (shake(server, client))
		(void)X509_NAME_get_text_by_NID(
		    X509_get_subject_name(SSL_get0_peer_certificate(client)),
		    NID_commonName, out, 64);
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_free(context);
}

static void
expect_shown(struct rig *rig, const char *name, const char *shown)
{
	const struct visit how = { .name = name };
	struct tls_pinned *pinned = tls_pin(rig->tls);
	char got[64];

	visit(pinned, &how, got);
	assert_string_equal(got, shown);
	tls_unpin(pinned);
}

static void
shows_the_certificate_that_is_asked_for(void **state)
{
	static const struct {
		const char *name;
		const char *shown;
	} rows[] = {
		{ "a.test", "a.test" },
		{ "x.b.test", "*.b.test" },
		{ "X.B.TEST", "*.b.test" },
		{ "b.test", "a.test" },
		{ "x.y.b.test", "a.test" },
		{ "c.test", "a.test" },
		{ NULL, "a.test" },
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_shown(&rig, rows[i].name, rows[i].shown);
	rig_done(&rig);
}

static void
speaks_with_whom_it_can_understand(void **state)
{
	static const struct {
		const char *offered;
		int version_max;
		const char *ciphers;
		bool is_understood;
	} rows[] = {
		{ "", 0, NULL, true },
		{ "\x08http/1.1", 0, NULL, true },
		{ "\x02h2\x08http/1.1", 0, NULL, true },
		{ "\x02h2", 0, NULL, false },
		{ "", TLS1_2_VERSION, NULL, true },
		{ "", TLS1_1_VERSION, NULL, false },
		{ "", TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", true },
		{ "", TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256", false },
		{ "", TLS1_2_VERSION, "AES128-GCM-SHA256", false },
	};
	struct tls_pinned *pinned;
	struct rig rig;

	(void)state;
	rig_init(&rig);
	pinned = tls_pin(rig.tls);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct visit how = {
			.offered = (const unsigned char *)rows[i].offered,
			.offered_size = (unsigned)strlen(rows[i].offered),
			.version_max = rows[i].version_max,
			.ciphers = rows[i].ciphers,
		};
		char got[64];

		visit(pinned, &how, got);
		assert_string_equal(got, rows[i].is_understood ? "a.test" : "");
	}
	tls_unpin(pinned);
	rig_done(&rig);
}

static void
changes_for_those_who_come_and_not_for_those_who_are_there(void **state)
{
	const struct visit how = { .name = NULL };
	struct tls_pinned *pinned;
	struct rig rig;
	char got[64];

	(void)state;
	rig_init(&rig);
	pinned = tls_pin(rig.tls);
	make(&rig, "a", "DNS:new.test");
	expect_shown(&rig, NULL, "a.test");
	assert_int_equal(tls_reload(rig.tls, T0, &rig.why), ERR_NONE);
	expect_shown(&rig, NULL, "new.test");
	visit(pinned, &how, got);
	assert_string_equal(got, "a.test");
	tls_unpin(pinned);
	rig_done(&rig);
}

static void
keeps_what_it_has_when_a_file_is_broken(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	make(&rig, "a", "DNS:new.test");
	tls_rig_write(&rig.files, "b.key", "broken\n");
	assert_int_equal(tls_reload(rig.tls, T0, &rig.why), ERR_SYNTAX);
	buf_add_char(&rig.why, '\0');
	assert_non_null(strstr(rig.why.data, "/b.key: holds no private key"));
	expect_shown(&rig, NULL, "a.test");
	expect_shown(&rig, "x.b.test", "*.b.test");
	rig_done(&rig);
}

static void
is_stale_once_when_files_have_changed_and_are_still(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	assert_false(tls_is_stale(rig.tls, T0));
	tls_rig_write(&rig.files, "b.key", "one\n");
	assert_false(tls_is_stale(rig.tls, T0)); /* perhaps there is more */
	tls_rig_write(&rig.files, "b.key", "one, two\n");
	assert_false(tls_is_stale(rig.tls, T0));
	assert_true(tls_is_stale(rig.tls, T0));
	assert_int_equal(tls_reload(rig.tls, T0, &rig.why), ERR_SYNTAX);
	assert_false(tls_is_stale(rig.tls, T0)); /* that was said already */
	assert_int_equal(remove(tls_rig_path(&rig.files, "a.crt")), 0);
	assert_false(tls_is_stale(rig.tls, T0));
	assert_true(tls_is_stale(rig.tls, T0));
	rig_done(&rig);
}

static void
is_stale_when_the_keys_of_tickets_are_old(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	assert_false(tls_is_stale(rig.tls, T0 + TLS_RENEW_MS - 1));
	assert_true(tls_is_stale(rig.tls, T0 + TLS_RENEW_MS));
	assert_int_equal(
	    tls_reload(rig.tls, T0 + TLS_RENEW_MS, &rig.why), ERR_NONE);
	assert_false(tls_is_stale(rig.tls, T0 + 2 * TLS_RENEW_MS - 1));
	assert_true(tls_is_stale(rig.tls, T0 + 2 * TLS_RENEW_MS));
	rig_done(&rig);
}

static void *
come_and_go(void *argument)
{
	struct tls *tls = argument;

	for (int i = 0; i < 300; i++) {
		struct tls_pinned *pinned = tls_pin(tls);
		SSL *ssl = tls_session(pinned);

		assert_non_null(ssl);
		SSL_free(ssl);
		tls_unpin(pinned);
	}
	return NULL;
}

static void
changes_while_others_come_and_go(void **state)
{
	pthread_t threads[2];
	struct rig rig;

	(void)state;
	rig_init(&rig);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, come_and_go, rig.tls), 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(tls_reload(rig.tls, T0, &rig.why), ERR_NONE);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	rig_done(&rig);
}

static void
needs_a_certificate(void **state)
{
	struct tls_options options = { .alpn = alpn };
	struct tls *tls;
	struct buf why;

	(void)state;
	buf_init(&why, 100);
	expect_assert_failure((void)tls_new(&options, T0, &why, &tls));
	options.pair_count = CERTIFICATE_COUNT_MAX + 1;
	expect_assert_failure((void)tls_new(&options, T0, &why, &tls));
}

/* Also of an RSA key, which takes more room. */
static void
tells_the_key_of_the_first_certificate(void **state)
{
	const struct tls_rig_wish wish = {
		.name = "a", .common_name = "a.test", .rsa_bits = 4096
	};
	char pin[TLS_SELF_TEXT_SIZE];
	char want[TLS_SELF_TEXT_SIZE];
	struct rig rig;
	X509 *first;

	(void)state;
	rig_init(&rig);
	tls_rig_make(&rig.files, &wish);
	assert_int_equal(tls_reload(rig.tls, T0, &rig.why), ERR_NONE);
	first = tls_rig_certificate(&rig.files, "a");
	assert_int_equal(tls_self_pin(first, want), ERR_NONE);
	X509_free(first);
	assert_int_equal(tls_public_key(rig.tls, pin), ERR_NONE);
	assert_string_equal(pin, want);
	assert_int_equal(strlen(pin), 8 + 44);
	rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_the_certificate_that_is_asked_for),
		cmocka_unit_test(speaks_with_whom_it_can_understand),
		cmocka_unit_test(
		    changes_for_those_who_come_and_not_for_those_who_are_there),
		cmocka_unit_test(keeps_what_it_has_when_a_file_is_broken),
		cmocka_unit_test(
		    is_stale_once_when_files_have_changed_and_are_still),
		cmocka_unit_test(is_stale_when_the_keys_of_tickets_are_old),
		cmocka_unit_test(changes_while_others_come_and_go),
		cmocka_unit_test(needs_a_certificate),
		cmocka_unit_test(tells_the_key_of_the_first_certificate),
	};

	return cmocka_run_group_tests_name("tls", tests, NULL, NULL);
}
