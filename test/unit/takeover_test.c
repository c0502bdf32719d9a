/*
 * takeover_test.c - one server asks another for its sockets; here the other is
 * a script of what it answers.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "apps/admin_place.h"
#include "apps/takeover.h"
#include "net/local.h"

enum { EXCHANGE_MS_MAX = 60 * 1000, TEXT_SIZE = 64 };

#define OK "{\"code\":\"ok\"}\n"

static const char pattern[] = "/tmp/takeover-test-XXXXXX"; /* tidy: allow */
static char directory[sizeof(pattern)];
static const struct admin_place place = { .directory = "", .state = directory };

/* The server that is there. */
static struct {
	struct local *local;
	const char *answer;
	int fds[3];
	size_t fd_count;
	char request[TEXT_SIZE];
} old;

static void
answer(void *context, struct local_peer *peer, struct str request)
{
	(void)context;
	assert_true(request.len < TEXT_SIZE);
	memcpy(old.request, request.data, request.len);
	old.request[request.len] = '\0';
	for (size_t i = 0; i < old.fd_count; i++)
		(void)local_send_fd(peer, str_of("{}\n"), old.fds[i]);
	(void)local_send(peer, str_of(old.answer));
}

static void
start_old(const char *text)
{
	const struct local_options options = {
		.dir_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC),
		.name = ADMIN_PLACE_SOCKET,
		.exchange_ms_max = EXCHANGE_MS_MAX,
		.ask = answer,
	};

	old.answer = text;
	assert_int_equal(local_listen(&options, &old.local), ERR_NONE);
}

/* A socket of the old server: on a free port, which is told. */
static uint16_t
add_socket(int backlog)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&in, size), 0);
	if (backlog > 0)
		assert_int_equal(listen(fd, backlog), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &size), 0);
	old.fds[old.fd_count++] = fd;
	return ntohs(in.sin_port);
}

static struct address
address_of(const char *text)
{
	struct address address;

	assert_int_equal(listener_parse(text, &address), ERR_NONE);
	return address;
}

static int
setup(void **state)
{
	(void)state;
	memset(&old, 0, sizeof(old));
	memcpy(directory, pattern, sizeof(pattern));
	return mkdtemp(directory) == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	local_stop(old.local);
	for (size_t i = 0; i < old.fd_count; i++)
		(void)close(old.fds[i]);
	return rmdir(directory);
}

static void
takes_each_socket_that_listens_once(void **state)
{
	struct takeover takeover;
	struct address address;
	char name[TEXT_SIZE];
	uint16_t ports[2];
	int fd;

	(void)state;
	ports[0] = add_socket(1);
	(void)add_socket(0); /* does not listen: not taken */
	ports[1] = add_socket(1);
	start_old(OK);
	assert_int_equal(takeover_find(&place, &takeover), ERR_NONE);
	assert_string_equal(old.request, "{\"command\":\"sockets\"}");
	assert_int_equal(takeover.count, 2);

	address = address_of("127.0.0.2:0");
	assert_int_equal(takeover_take(&takeover, &address), -1);
	(void)snprintf(name, sizeof(name), "127.0.0.1:%u", ports[1]);
	address = address_of(name);
	fd = takeover_take(&takeover, &address);
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(takeover_take(&takeover, &address), -1);
	address = address_of("127.0.0.1:0"); /* any port: which, it tells */
	fd = takeover_take(&takeover, &address);
	assert_true(fd >= 0);
	(void)close(fd);
	listener_name(&address, name);
	assert_int_equal(strtoul(strrchr(name, ':') + 1, NULL, 10), ports[0]);
	takeover_done(&takeover);
	assert_int_equal(takeover.count, 0);
}

static void
finds_nothing_where_nobody_is(void **state)
{
	struct takeover takeover;

	(void)state;
	assert_int_equal(takeover_find(&place, &takeover), ERR_ABSENT);
	/* Who is gone needs not be told to go. */
	assert_int_equal(takeover_retire(&place), ERR_NONE);
}

static void
takes_nothing_when_the_old_server_refuses(void **state)
{
	static const char *const answers[] = {
		"{\"code\":\"denied\",\"message\":\"another user's\"}\n",
		"no json\n", "",
		OK "{\"code\":\"failed\"}\n", /* the last line counts */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct takeover takeover;

		start_old(answers[i]);
		assert_int_equal(takeover_find(&place, &takeover), ERR_DENIED);
		assert_int_equal(takeover_retire(&place), ERR_DENIED);
		local_stop(old.local);
		old.local = NULL;
	}
}

static void
tells_the_old_server_to_go(void **state)
{
	(void)state;
	start_old(OK);
	assert_int_equal(takeover_retire(&place), ERR_NONE);
	assert_string_equal(old.request, "{\"command\":\"retire\"}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(takes_each_socket_that_listens_once),
		T(finds_nothing_where_nobody_is),
		T(takes_nothing_when_the_old_server_refuses),
		T(tells_the_old_server_to_go),
	};

	return cmocka_run_group_tests_name("takeover", tests, NULL, NULL);
}
