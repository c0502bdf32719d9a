/*
 * service_test.c - what a manager of services is told, and what it gives.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "apps/service.h"

enum { MESSAGE_SIZE = 256, FIRST_FD = 3 };

/* A manager, behind an abstract socket of this process. */
static int
listen_to(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char name[64];
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int len = snprintf(
	    name, sizeof(name), "@tarry-service-test-%ld", (long)getpid());

	assert_int_not_equal(fd, -1);
	memcpy(address.sun_path + 1, name + 1, (size_t)len - 1);
	assert_int_equal(
	    bind(fd, (const struct sockaddr *)&address,
	        (socklen_t)(offsetof(struct sockaddr_un, sun_path)) +
	            (socklen_t)len),
	    0);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	return fd;
}

static const char *
hear(int fd, char out[MESSAGE_SIZE])
{
	ssize_t size = recv(fd, out, MESSAGE_SIZE - 1, MSG_DONTWAIT);

	assert_true(size > 0);
	out[size] = '\0';
	return out;
}

static void
tells_what_it_does(void **state)
{
	char message[MESSAGE_SIZE];
	int fd = listen_to();

	(void)state;
	service_ready("Serving /srv on 100% of it.");
	assert_string_equal(
	    hear(fd, message), "READY=1\nSTATUS=Serving /srv on 100% of it.");
	service_reloading();
	assert_memory_equal(
	    hear(fd, message), "RELOADING=1\nMONOTONIC_USEC=", 27);
	service_alive();
	assert_string_equal(hear(fd, message), "WATCHDOG=1");
	service_stopping("Waiting.");
	assert_string_equal(hear(fd, message), "STOPPING=1\nSTATUS=Waiting.");
	(void)close(fd);
	(void)unsetenv("NOTIFY_SOCKET");
	service_ready("to nobody"); /* nothing happens */
}

static void
knows_how_often_it_must_be_heard(void **state)
{
	static const struct {
		const char *us;
		int64_t ms;
	} rows[] = { { NULL, 0 }, { "30000000", 30000 }, { "1", 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].us != NULL)
			assert_int_equal(
			    setenv("WATCHDOG_USEC", rows[i].us, 1), 0);
		assert_int_equal(service_watchdog_ms(), rows[i].ms);
	}
	(void)unsetenv("WATCHDOG_USEC");
}

/* count sockets, from FIRST_FD on, with these names. */
static void
give(int count, const char *names)
{
	char text[32];

	for (int i = 0; i < count; i++)
		assert_int_equal(
		    dup2(STDERR_FILENO, FIRST_FD + i), FIRST_FD + i);
	(void)snprintf(text, sizeof(text), "%ld", (long)getpid());
	assert_int_equal(setenv("LISTEN_PID", text, 1), 0);
	(void)snprintf(text, sizeof(text), "%d", count);
	assert_int_equal(setenv("LISTEN_FDS", text, 1), 0);
	if (names != NULL)
		assert_int_equal(setenv("LISTEN_FDNAMES", names, 1), 0);
}

static void
take_back(int count)
{
	for (int i = 0; i < count; i++)
		(void)close(FIRST_FD + i);
}

static void
takes_sockets_with_what_their_names_say(void **state)
{
	struct service_sockets sockets;

	(void)state;
	give(3, "https:tarry.socket:http");
	assert_int_equal(service_take_sockets(&sockets), ERR_NONE);
	assert_int_equal(sockets.count, 3);
	assert_int_equal(sockets.items[0].speech, SERVICE_HTTPS);
	assert_int_equal(sockets.items[1].speech, SERVICE_AS_CONFIGURED);
	assert_int_equal(sockets.items[2].speech, SERVICE_HTTP);
	for (int i = 0; i < 3; i++)
		assert_int_equal(sockets.items[i].fd, FIRST_FD + i);
	assert_int_not_equal(fcntl(FIRST_FD, F_GETFD) & FD_CLOEXEC, 0);
	assert_int_equal(service_take_sockets(&sockets), ERR_NONE);
	assert_int_equal(sockets.count, 0); /* once */
	take_back(3);
}

static void
takes_no_more_than_there_is_room_for(void **state)
{
	struct service_sockets sockets;

	(void)state;
	give(SERVICE_SOCKET_COUNT_MAX, NULL);
	assert_int_equal(service_take_sockets(&sockets), ERR_NONE);
	assert_int_equal(sockets.count, SERVICE_SOCKET_COUNT_MAX);
	give(SERVICE_SOCKET_COUNT_MAX + 1, NULL);
	assert_int_equal(service_take_sockets(&sockets), ERR_LIMIT);
	take_back(SERVICE_SOCKET_COUNT_MAX + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_it_does),
		cmocka_unit_test(knows_how_often_it_must_be_heard),
		cmocka_unit_test(takes_sockets_with_what_their_names_say),
		cmocka_unit_test(takes_no_more_than_there_is_room_for),
	};

	return cmocka_run_group_tests_name("service", tests, NULL, NULL);
}
