/*
 * sockets.h - the sockets at which a server listens.
 *
 *	init -> add, add ... -> (they serve) -> close
 *
 * Each belongs to a place: an address, by its index.  The loops accept from
 * copies of them, so that they can be handed on to a server that comes after
 * us; those who wait at one meanwhile are not turned away.
 */
#ifndef SOCKETS_H
#define SOCKETS_H

#include <pthread.h>
#include <stddef.h>

#include "base/check.h"
#include "base/err.h"

struct sockets {
	pthread_mutex_t mutex;
	struct sockets_item {
		int fd; /* -1: it was closed */
		size_t place;
	} * items;
	size_t count;
};

void sockets_init(struct sockets *sockets);

/* Takes it over, also when it fails.  ERR_MEMORY. */
enum err sockets_add(struct sockets *sockets, int fd, size_t place) MUST_CHECK;

/*
 * How often loops must listen at that place so that each of them does, and at
 * each of its sockets one: the greater of the two numbers.
 */
size_t sockets_turns(
    const struct sockets *sockets, size_t place, size_t loop_count);

/* A copy of the socket of that turn.  ERR_SYSTEM: see errno. */
enum err sockets_copy(const struct sockets *sockets, size_t place, size_t turn,
    int *out_fd) MUST_CHECK;

/*
 * A copy of one of them; in any thread.  ERR_ABSENT: there are no more, or
 * they were closed; ERR_SYSTEM: see errno.
 */
enum err sockets_at(
    struct sockets *sockets, size_t index, int *out_fd) MUST_CHECK;

/* In any thread, and more than once. */
void sockets_close(struct sockets *sockets);
void sockets_done(struct sockets *sockets);

#endif
