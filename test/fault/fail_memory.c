/*
 * fail_memory.c - loaded before a program: the file FAIL_MEMORY_FILE holds an
 * int, n; the n-th request for memory from now on fails, once, in whatever
 * thread.  0: none does.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static atomic_int *countdown;

__attribute__((constructor)) static void
open_countdown(void)
{
	int fd = open(getenv("FAIL_MEMORY_FILE"), O_RDWR | O_CLOEXEC);
	void *shared = mmap(NULL, sizeof(*countdown), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);

	(void)close(fd);
	if (shared != MAP_FAILED)
		countdown = shared;
}

static int
is_failing(void)
{
	int left = countdown == NULL ? 0 : atomic_load(countdown);

	while (left > 0)
		if (atomic_compare_exchange_weak(countdown, &left, left - 1))
			break;
	if (left == 1)
		errno = ENOMEM;
	return left == 1;
}

void *
malloc(size_t size)
{
	return is_failing() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return is_failing() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *old, size_t size)
{
	return is_failing() ? NULL : __libc_realloc(old, size);
}
