/*
 * sockets_test.c - which loop accepts from which socket, and copies of them.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "apps/sockets.h"

enum { COUNT_MAX = 8 };

/* Each is another file, so that one knows them again. */
static ino_t
add(struct sockets *sockets, size_t place)
{
	struct stat stat;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	(void)close(fds[1]);
	assert_int_equal(fstat(fds[0], &stat), 0);
	assert_int_equal(sockets_add(sockets, fds[0], place), ERR_NONE);
	return stat.st_ino;
}

static ino_t
copy(const struct sockets *sockets, size_t place, size_t turn)
{
	struct stat stat;
	int fd;

	assert_int_equal(sockets_copy(sockets, place, turn, &fd), ERR_NONE);
	assert_int_equal(fstat(fd, &stat), 0);
	(void)close(fd);
	return stat.st_ino;
}

static void
every_socket_and_every_loop_has_its_turn(void **state)
{
	static const struct {
		size_t sockets;
		size_t loops;
		size_t turns;
	} rows[] = {
		{ 1, 1, 1 },
		{ 1, 4, 4 }, /* all of them share it */
		{ 4, 4, 4 },
		{ 4, 1, 4 }, /* one has them all */
		{ 3, 2, 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sockets sockets;
		ino_t files[COUNT_MAX];

		sockets_init(&sockets);
		(void)add(&sockets, 0);
		for (size_t j = 0; j < rows[i].sockets; j++) {
			files[j] = add(&sockets, 1);
			(void)add(&sockets, 2);
		}
		assert_int_equal(
		    sockets_turns(&sockets, 1, rows[i].loops), rows[i].turns);
		for (size_t j = 0; j < rows[i].turns; j++)
			assert_int_equal(
			    copy(&sockets, 1, j), files[j % rows[i].sockets]);
		sockets_done(&sockets);
	}
}

static void
gives_copies_until_it_is_closed(void **state)
{
	struct sockets sockets;
	struct stat stat;
	ino_t files[2];
	int fd;

	(void)state;
	sockets_init(&sockets);
	for (size_t i = 0; i < 2; i++)
		files[i] = add(&sockets, i);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(sockets_at(&sockets, i, &fd), ERR_NONE);
		assert_int_equal(fstat(fd, &stat), 0);
		assert_int_equal(stat.st_ino, files[i]);
		assert_int_not_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
		(void)close(fd);
	}
	assert_int_equal(sockets_at(&sockets, 2, &fd), ERR_ABSENT);
	fd = sockets.items[0].fd;
	sockets_close(&sockets);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(sockets_at(&sockets, 0, &fd), ERR_ABSENT);
	sockets_close(&sockets);
	sockets_done(&sockets);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_socket_and_every_loop_has_its_turn),
		cmocka_unit_test(gives_copies_until_it_is_closed),
	};

	return cmocka_run_group_tests_name("sockets", tests, NULL, NULL);
}
