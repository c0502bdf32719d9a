/*
 * listener_test.c - addresses, and who comes to them.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/listener.h"
#include "net/loop.h"

enum { CONN_COUNT = 3, FD_COUNT_MAX = 8, PATIENCE_S = 20 };

static void
reads_and_names_addresses(void **state)
{
	static const struct {
		const char *text;
		const char *name; /* NULL: ERR_SYNTAX */
	} rows[] = {
		{ "127.0.0.1:8102", "127.0.0.1:8102" },
		{ "localhost:80", "127.0.0.1:80" },
		{ "*:80", "0.0.0.0:80" },
		{ ":80", "0.0.0.0:80" },
		{ "0.0.0.0:0", "0.0.0.0:0" },
		{ "[::1]:8102", "[::1]:8102" },
		{ "[2001:DB8:0:0::1]:65535", "[2001:db8::1]:65535" },
		{ "127.0.0.1:65536", NULL },
		{ "127.0.0.1:", NULL },
		{ "127.0.0.1", NULL },
		{ "8102", NULL },
		{ "", NULL },
		{ ":", NULL },
		{ "::1:80", NULL },
		{ "[]:80", NULL },
		{ "[::1:80", NULL },
		{ "[:80", NULL },
		{ "[127.0.0.1]:80", NULL },
		{ "1.2.3:80", NULL },
		{ "256.0.0.1:80", NULL },
		{ "example.org:80", NULL },
		{ "127.0.0.1:+80", NULL },
		{ "127.0.0.1 :80", NULL },
		{ "[11111111111111111111111111111111111111111111111111111111"
		  "1111111111111111111]:80",
		    NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct address address;
		char name[64];
		enum err err = listener_parse(rows[i].text, &address);

		assert_int_equal(
		    err, rows[i].name == NULL ? ERR_SYNTAX : ERR_NONE);
		if (err != ERR_NONE)
			continue;
		listener_name(&address, name);
		assert_string_equal(name, rows[i].name);
	}
}

/* A loop with a listener on 127.0.0.1, and those who came. */
struct rig {
	struct loop *loop;
	struct listener *listener;
	struct address address;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t has_come;
	int fds[FD_COUNT_MAX];
	size_t count; /* that came */
	struct loop_post release;
};

static void
on_accepted(void *context, int fd)
{
	struct rig *rig = context;

	assert_int_equal(pthread_mutex_lock(&rig->mutex), 0);
	rig->fds[rig->count++] = fd;
	assert_int_equal(pthread_cond_signal(&rig->has_come), 0);
	assert_int_equal(pthread_mutex_unlock(&rig->mutex), 0);
}

static void *
run(void *argument)
{
	loop_run(argument);
	return NULL;
}

static void
rig_start(struct rig *rig)
{
	struct listener_options options = { .accepted = on_accepted,
		.context = rig,
		.conn_count_max = CONN_COUNT };
	int fd;

	*rig = (struct rig){ .loop = loop_new() };
	options.loop = rig->loop;
	assert_int_equal(pthread_mutex_init(&rig->mutex, NULL), 0);
	assert_int_equal(pthread_cond_init(&rig->has_come, NULL), 0);
	assert_int_equal(
	    listener_parse("127.0.0.1:0", &rig->address), ERR_NONE);
	assert_int_equal(listener_probe(&rig->address), ERR_NONE);
	assert_int_equal(listener_bind(&rig->address, &fd), ERR_NONE);
	assert_int_equal(listener_new(&options, fd, &rig->listener), ERR_NONE);
	assert_int_equal(pthread_create(&rig->thread, NULL, run, rig->loop), 0);
}

static void
wait_for(struct rig *rig, size_t count)
{
	struct timespec end;

	assert_int_equal(clock_gettime(CLOCK_REALTIME, &end), 0);
	end.tv_sec += PATIENCE_S;
	assert_int_equal(pthread_mutex_lock(&rig->mutex), 0);
	while (rig->count < count)
		assert_int_equal(
		    pthread_cond_timedwait(&rig->has_come, &rig->mutex, &end),
		    0);
	assert_int_equal(rig->count, count);
	assert_int_equal(pthread_mutex_unlock(&rig->mutex), 0);
}

static int
come(const struct rig *rig)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_not_equal(fd, -1);
	assert_int_equal(
	    connect(fd, (const struct sockaddr *)&rig->address.storage,
	        rig->address.size),
	    0);
	return fd;
}

static void
on_release(struct loop_post *post)
{
	struct rig *rig = (struct rig *)(void *)((char *)post -
	                                         offsetof(struct rig, release));

	listener_released(rig->listener);
}

static void
rig_release(struct rig *rig)
{
	rig->release = (struct loop_post){ .run = on_release };
	loop_post(rig->loop, &rig->release);
}

static void
on_release_all(struct loop_post *post)
{
	struct rig *rig = (struct rig *)(void *)((char *)post -
	                                         offsetof(struct rig, release));

	loop_stop(rig->loop);
}

/* With so many of its connections still open when it stops. */
static void
rig_stop(struct rig *rig, size_t open_count)
{
	rig->release = (struct loop_post){ .run = on_release_all };
	loop_post(rig->loop, &rig->release);
	assert_int_equal(pthread_join(rig->thread, NULL), 0);
	for (size_t i = 0; i < open_count; i++)
		listener_released(rig->listener); /* the last one frees it */
	for (size_t i = 0; i < rig->count; i++)
		assert_int_equal(close(rig->fds[i]), 0);
	loop_free(rig->loop);
	assert_int_equal(pthread_cond_destroy(&rig->has_come), 0);
	assert_int_equal(pthread_mutex_destroy(&rig->mutex), 0);
}

static void
pauses_at_the_limit_and_resumes_when_one_has_gone(void **state)
{
	struct rig rig;
	int fds[CONN_COUNT + 1];

	(void)state;
	rig_start(&rig);
	for (int i = 0; i <= CONN_COUNT; i++)
		fds[i] = come(&rig);
	wait_for(&rig, CONN_COUNT); /* and not one more */
	rig_release(&rig);
	wait_for(&rig, CONN_COUNT + 1);
	for (int i = 0; i <= CONN_COUNT; i++)
		assert_int_equal(close(fds[i]), 0);
	rig_stop(&rig, CONN_COUNT);
}

static void
stops_when_nobody_came(void **state)
{
	struct rig rig;

	(void)state;
	rig_start(&rig);
	rig_stop(&rig, 0);
}

static void
says_when_somebody_listens_there(void **state)
{
	struct rig rig;

	(void)state;
	rig_start(&rig);
	assert_int_equal(listener_probe(&rig.address), ERR_BUSY);
	rig_stop(&rig, 0);
	assert_int_equal(listener_probe(&rig.address), ERR_NONE);
}

static void
shares_its_address_with_others_of_ours(void **state)
{
	struct listener_options options = { .accepted = on_accepted,
		.conn_count_max = 1 };
	struct listener *listener;
	struct rig rig;
	int fd;

	(void)state;
	rig_start(&rig);
	options.loop = loop_new();
	assert_int_equal(listener_bind(&rig.address, &fd), ERR_NONE);
	assert_int_equal(listener_new(&options, fd, &listener), ERR_NONE);
	loop_stop(options.loop);
	loop_run(options.loop);
	loop_free(options.loop);
	rig_stop(&rig, 0);
}

static void
says_when_an_address_is_not_ours(void **state)
{
	struct address address;

	(void)state;
	assert_int_equal(listener_parse("192.0.2.1:0", &address), ERR_NONE);
	assert_int_equal(listener_probe(&address), ERR_ABSENT);
}

static void
adopts_a_socket_that_listens(void **state)
{
	struct address wanted;
	struct address found;
	char names[2][64];
	int fd;

	(void)state;
	assert_int_equal(listener_parse("[::1]:0", &wanted), ERR_NONE);
	fd = socket(AF_INET6, SOCK_STREAM, 0);
	assert_int_not_equal(fd, -1);
	assert_int_equal(
	    bind(fd, (const struct sockaddr *)&wanted.storage, wanted.size), 0);
	assert_int_equal(listener_adopt(fd, &found), ERR_CONFLICT);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(listener_adopt(fd, &found), ERR_NONE);
	listener_name(&wanted, names[0]);
	listener_name(&found, names[1]);
	assert_memory_equal(names[0], names[1], strlen("[::1]:"));
	assert_string_not_equal(names[0], names[1]); /* it has a port */
	assert_int_not_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	assert_int_not_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	(void)close(fd);
}

static void
adopts_nothing_else(void **state)
{
	struct address address;
	int fds[3];

	(void)state;
	fds[0] = open("/dev/null", O_RDONLY);
	fds[1] = socket(AF_INET, SOCK_DGRAM, 0);
	fds[2] = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(
	    bind(fds[2], &(const struct sockaddr){ .sa_family = AF_UNIX },
	        sizeof(sa_family_t)),
	    0);
	assert_int_equal(listen(fds[2], 1), 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(
		    listener_adopt(fds[i], &address), ERR_CONFLICT);
		(void)close(fds[i]);
	}
	assert_int_equal(listener_adopt(-1, &address), ERR_CONFLICT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_names_addresses),
		cmocka_unit_test(
		    pauses_at_the_limit_and_resumes_when_one_has_gone),
		cmocka_unit_test(stops_when_nobody_came),
		cmocka_unit_test(says_when_somebody_listens_there),
		cmocka_unit_test(shares_its_address_with_others_of_ours),
		cmocka_unit_test(says_when_an_address_is_not_ours),
		cmocka_unit_test(adopts_a_socket_that_listens),
		cmocka_unit_test(adopts_nothing_else),
	};

	return cmocka_run_group_tests_name("listener", tests, NULL, NULL);
}
