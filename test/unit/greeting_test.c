/*
 * greeting_test.c - which version a connection speaks, by what was agreed upon
 * or by how it begins.
 */
#include <string.h>

#include "http/greeting.h"
#include "session_rig.h"

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define SETTINGS "\0\0\0\4\0\0\0\0\0"
#define GET "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"

static void *
make_either(struct session_config *config, struct conn *conn,
    const struct conn_peer *peer, int64_t now_ms)
{
	return greeting_new(config, conn, peer, GREETING_EITHER, now_ms);
}

static void *
make_h1(struct session_config *config, struct conn *conn,
    const struct conn_peer *peer, int64_t now_ms)
{
	return greeting_new(config, conn, peer, GREETING_HTTP_1_1, now_ms);
}

static void
init(struct rig *rig, const char *alpn,
    void *(*make)(struct session_config *, struct conn *,
        const struct conn_peer *, int64_t))
{
	rig_prepare(rig);
	rig->protocol = &greeting_protocol;
	rig->make = make;
	rig->peer.is_tls = alpn != NULL;
	rig->peer.alpn = str_of(alpn);
	rig_connect(rig);
}

/* A SETTINGS frame, which is what an HTTP/2 server begins with. */
static bool
speaks_h2(const struct rig *rig)
{
	return rig->output.len > 9 && rig->output.data[3] == 4;
}

static void
tells_the_versions_apart_by_the_preface_however_it_is_cut(void **state)
{
	static const char octets[] = PREFACE SETTINGS;

	(void)state;
	for (size_t at = 0; at < strlen(PREFACE); at++) {
		struct rig rig;

		init(&rig, NULL, make_either);
		rig_send_octets(&rig, octets, at);
		assert_int_equal(rig.output.len, 0);
		rig_send_octets(&rig, octets + at, sizeof(octets) - 1 - at);
		assert_true(speaks_h2(&rig));
		rig_done(&rig);
	}
}

static void
takes_any_other_beginning_for_http_1(void **state)
{
	(void)state;
	for (size_t at = 0; at < strlen(GET); at++) {
		struct rig rig;

		init(&rig, NULL, make_either);
		rig_send_octets(&rig, GET, at);
		rig_send(&rig, &GET[at]);
		rig_expect(&rig, RIG_OK);
		rig_done(&rig);
	}
}

static void
answers_what_only_looks_like_the_preface(void **state)
{
	struct rig rig;

	(void)state;
	init(&rig, NULL, make_either);
	rig_send(&rig, "PRI * HTTP/2.0\r\nX: y\r\n\r\n");
	rig_expect_status(&rig, "505");
	rig_done(&rig);
}

static void
lets_no_preface_in_where_it_is_not_wanted(void **state)
{
	static const char *const agreements[] = { NULL, "", "http/1.1" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct rig rig;

		/* By TLS it is agreed upon, or not spoken. */
		init(&rig, agreements[i], i == 0 ? make_h1 : make_either);
		rig_send(&rig, PREFACE);
		rig_expect_status(&rig, "505");
		assert_true(rig.is_over);
		rig_done(&rig);
	}
}

static void
speaks_what_was_agreed_upon(void **state)
{
	struct rig rig;

	(void)state;
	init(&rig, "h2", make_h1);
	rig_send_octets(&rig, PREFACE SETTINGS, sizeof(PREFACE SETTINGS) - 1);
	assert_true(speaks_h2(&rig));
	rig_done(&rig);
	init(&rig, "http/1.1", make_h1);
	rig_send(&rig, GET);
	rig_expect(&rig, RIG_OK);
	rig_done(&rig);
}

static void
loses_patience_with_whoever_says_nothing_or_half(void **state)
{
	struct rig rig;

	(void)state;
	init(&rig, NULL, make_either);
	rig_at(&rig, RIG_T0 + RIG_IDLE_MS - 1);
	assert_false(rig.is_over);
	rig_at(&rig, RIG_T0 + RIG_IDLE_MS);
	assert_true(rig.is_over);
	rig_done(&rig);

	init(&rig, NULL, make_either);
	rig_at(&rig, RIG_T0 + 5);
	rig_send(&rig, "PRI");
	rig_at(&rig, RIG_T0 + 5 + RIG_HEAD_MS - 1);
	assert_false(rig.is_over);
	rig_at(&rig, RIG_T0 + 5 + RIG_HEAD_MS);
	assert_true(rig.is_over);
	rig_done(&rig);
}

static void
ends_with_the_peer_and_with_the_server(void **state)
{
	struct rig rig;

	(void)state;
	init(&rig, NULL, make_either);
	rig_send(&rig, "PRI");
	rig_end_input(&rig);
	assert_true(rig.is_over);
	rig_done(&rig);
	init(&rig, NULL, make_either);
	rig_stop(&rig);
	assert_true(rig.is_over);
	rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    tells_the_versions_apart_by_the_preface_however_it_is_cut),
		cmocka_unit_test(takes_any_other_beginning_for_http_1),
		cmocka_unit_test(answers_what_only_looks_like_the_preface),
		cmocka_unit_test(lets_no_preface_in_where_it_is_not_wanted),
		cmocka_unit_test(speaks_what_was_agreed_upon),
		cmocka_unit_test(
		    loses_patience_with_whoever_says_nothing_or_half),
		cmocka_unit_test(ends_with_the_peer_and_with_the_server),
	};

	return cmocka_run_group_tests_name("greeting", tests, NULL, NULL);
}
