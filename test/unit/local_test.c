/*
 * local_test.c - the promises of net/local.c, on sockets in a fresh directory.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "net/local.h"

enum { LONG_MS = 60 * 1000, SHORT_MS = 30, ANSWER_SIZE_MAX = 4 * 1024 * 1024 };

static const char pattern[] = "/tmp/local-test-XXXXXX"; /* tidy: allow */
static char directory[sizeof(pattern)];
static int dir_fd;
static struct local *local;
static struct buf answer;

/* Says what was asked, by whom, and as often as the first digit wants. */
static void
echo(void *context, struct local_peer *peer, struct str request)
{
	int times = request.len > 0 ? request.data[0] - '0' : 1;
	struct buf line;

	(void)context;
	buf_init(&line, 2 * LOCAL_REQUEST_SIZE_MAX);
	buf_printf(&line, "%u %zu ", local_uid(peer), request.len);
	buf_add_str(&line, request);
	buf_add_char(&line, '\n');
	for (int i = 0; i < times; i++)
		(void)local_send(peer, buf_str(&line));
	for (int i = 0; str_starts(request, (struct str)STR("0 fds")) && i < 3;
	     i++)
		(void)local_send_fd(peer, str_of("fd\n"), dir_fd);
	buf_done(&line);
}

static void
listen_for(int64_t exchange_ms_max)
{
	const struct local_options options = {
		.dir_fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0),
		.name = "socket",
		.exchange_ms_max = exchange_ms_max,
		.ask = echo,
	};

	assert_int_equal(local_listen(&options, &local), ERR_NONE);
}

static int
setup(void **state)
{
	(void)state;
	memcpy(directory, pattern, sizeof(pattern));
	local = NULL;
	buf_init(&answer, ANSWER_SIZE_MAX);
	if (mkdtemp(directory) == NULL)
		return -1;
	dir_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return dir_fd == -1;
}

static int
teardown(void **state)
{
	(void)state;
	local_stop(local);
	buf_done(&answer);
	(void)unlinkat(dir_fd, "socket", 0);
	(void)close(dir_fd);
	return rmdir(directory);
}

static enum err
ask(const char *request)
{
	buf_clear(&answer);
	return local_ask(dir_fd, "socket", str_of(request), &answer);
}

static void
answers_one_client_after_another(void **state)
{
	char want[64];

	(void)state;
	listen_for(LONG_MS);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(ask("1 hello\n"), ERR_NONE);
		(void)snprintf(
		    want, sizeof(want), "%u 7 1 hello\n", (unsigned)geteuid());
		assert_true(str_is(buf_str(&answer), want));
	}
}

static void
passes_descriptors_on(void **state)
{
	enum { ROOM = 2 };
	struct stat there;
	struct stat here;
	int items[ROOM];
	struct local_fds fds = { .items = items, .count_max = ROOM };

	(void)state;
	listen_for(LONG_MS);
	assert_int_equal(
	    local_ask_fds(dir_fd, "socket", str_of("0 fds\n"), &answer, &fds),
	    ERR_NONE);
	assert_true(str_is(buf_str(&answer), "fd\nfd\nfd\n"));
	assert_int_equal(fds.count, ROOM); /* the third was closed */
	assert_int_equal(fstat(dir_fd, &here), 0);
	for (size_t i = 0; i < fds.count; i++) {
		assert_int_equal(fstat(items[i], &there), 0);
		assert_int_equal(there.st_ino, here.st_ino);
		assert_int_not_equal(fcntl(items[i], F_GETFD) & FD_CLOEXEC, 0);
		(void)close(items[i]);
	}
	assert_int_equal(ask("0 fds\n"), ERR_NONE); /* and none is wanted */
}

static void
is_for_its_owner_alone(void **state)
{
	struct stat stat;

	(void)state;
	listen_for(LONG_MS);
	assert_int_equal(
	    fstatat(dir_fd, "socket", &stat, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISSOCK(stat.st_mode));
	assert_int_equal(stat.st_mode & 07777, 0600);
}

static void
takes_the_place_of_a_stale_socket(void **state)
{
	(void)state;
	assert_int_equal(mknodat(dir_fd, "socket", S_IFSOCK | 0666, 0), 0);
	assert_int_equal(ask("1\n"), ERR_CLOSED);
	listen_for(LONG_MS);
	assert_int_equal(ask("1\n"), ERR_NONE);
}

static void
is_gone_after_the_stop(void **state)
{
	(void)state;
	listen_for(LONG_MS);
	local_stop(local);
	local = NULL;
	assert_int_equal(ask("1\n"), ERR_ABSENT);
}

static void
says_why_it_cannot_listen(void **state)
{
	const struct local_options options = {
		.dir_fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0),
		.name = "socket",
		.ask = echo,
	};

	(void)state;
	assert_int_equal(mkdirat(dir_fd, "socket", 0700), 0);
	assert_int_equal(local_listen(&options, &local), ERR_SYSTEM);
	assert_int_equal(errno, EISDIR);
	assert_int_equal(unlinkat(dir_fd, "socket", AT_REMOVEDIR), 0);
}

static void
takes_a_line_up_to_its_limit(void **state)
{
	static const struct {
		size_t size;
		size_t want;
	} rows[] = {
		{ LOCAL_REQUEST_SIZE_MAX - 1, LOCAL_REQUEST_SIZE_MAX - 1 },
		{ LOCAL_REQUEST_SIZE_MAX, LOCAL_REQUEST_SIZE_MAX },
		{ LOCAL_REQUEST_SIZE_MAX + 1, LOCAL_REQUEST_SIZE_MAX },
	};
	char *line = malloc(LOCAL_REQUEST_SIZE_MAX + 2);
	char want[64];

	(void)state;
	assert_non_null(line);
	listen_for(LONG_MS);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(line, '1', rows[i].size);
		line[rows[i].size] = '\n';
		buf_clear(&answer);
		assert_int_equal(local_ask(dir_fd, "socket",
		                     str_make(line, rows[i].size + 1), &answer),
		    ERR_NONE);
		(void)snprintf(want, sizeof(want), "%u %zu 1",
		    (unsigned)geteuid(), rows[i].want);
		assert_true(str_starts(buf_str(&answer), str_of(want)));
	}
	free(line);
}

static int
connect_by_hand(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(
	    address.sun_path, sizeof(address.sun_path), "%s/socket", directory);
	assert_int_equal(
	    connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void
cuts_off_whoever_takes_too_long(void **state)
{
	char octet;
	int fd;

	(void)state;
	listen_for(SHORT_MS);
	fd = connect_by_hand();
	assert_int_equal(send(fd, "1 no end", 8, MSG_NOSIGNAL), 8);
	assert_int_equal(recv(fd, &octet, 1, 0), 0);
	(void)close(fd);
	assert_int_equal(ask("1\n"), ERR_NONE);
}

static void
does_not_wait_for_who_does_not_read(void **state)
{
	char *line = malloc(LOCAL_REQUEST_SIZE_MAX);
	int fd;

	(void)state;
	assert_non_null(line);
	listen_for(SHORT_MS);
	fd = connect_by_hand();
	/* 'z' - '0' times 16 KiB are more than a socket holds. */
	memset(line, 'z', LOCAL_REQUEST_SIZE_MAX);
	line[LOCAL_REQUEST_SIZE_MAX - 1] = '\n';
	assert_int_equal(send(fd, line, LOCAL_REQUEST_SIZE_MAX, MSG_NOSIGNAL),
	    LOCAL_REQUEST_SIZE_MAX);
	assert_int_equal(ask("1\n"), ERR_NONE);
	(void)close(fd);
	free(line);
}

static void
stops_in_the_middle_of_an_exchange(void **state)
{
	int fd;

	(void)state;
	listen_for(LONG_MS);
	fd = connect_by_hand();
	assert_int_equal(send(fd, "1 no end", 8, MSG_NOSIGNAL), 8);
	local_stop(local);
	local = NULL;
	(void)close(fd);
}

static void
gives_a_long_answer_whole_up_to_the_limit_of_the_buf(void **state)
{
	char *line = malloc(LOCAL_REQUEST_SIZE_MAX);

	(void)state;
	assert_non_null(line);
	listen_for(LONG_MS);
	memset(line, 'z', LOCAL_REQUEST_SIZE_MAX);
	line[LOCAL_REQUEST_SIZE_MAX - 1] = '\n';
	assert_int_equal(local_ask(dir_fd, "socket",
	                     str_make(line, LOCAL_REQUEST_SIZE_MAX), &answer),
	    ERR_NONE);
	assert_true(answer.len > ('z' - '0') * (size_t)LOCAL_REQUEST_SIZE_MAX);
	buf_done(&answer);
	buf_init(&answer, 1024 * 1024);
	assert_int_equal(local_ask(dir_fd, "socket",
	                     str_make(line, LOCAL_REQUEST_SIZE_MAX), &answer),
	    ERR_LIMIT);
	free(line);
}

/* A path far beyond what an address of a socket has room for. */
static void
works_in_a_directory_of_any_path(void **state)
{
	char name[201];
	int outer_fd = dir_fd;

	(void)state;
	memset(name, 'd', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(mkdirat(outer_fd, name, 0700), 0);
	dir_fd = openat(outer_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	listen_for(LONG_MS);
	assert_int_equal(ask("1\n"), ERR_NONE);
	local_stop(local);
	local = NULL;
	(void)close(dir_fd);
	dir_fd = outer_fd;
	assert_int_equal(unlinkat(dir_fd, name, AT_REMOVEDIR), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_one_client_after_another),
		TEST(passes_descriptors_on),
		TEST(is_for_its_owner_alone),
		TEST(takes_the_place_of_a_stale_socket),
		TEST(is_gone_after_the_stop),
		TEST(says_why_it_cannot_listen),
		TEST(takes_a_line_up_to_its_limit),
		TEST(cuts_off_whoever_takes_too_long),
		TEST(does_not_wait_for_who_does_not_read),
		TEST(stops_in_the_middle_of_an_exchange),
		TEST(gives_a_long_answer_whole_up_to_the_limit_of_the_buf),
		TEST(works_in_a_directory_of_any_path),
	};

	return cmocka_run_group_tests_name("local", tests, NULL, NULL);
}
