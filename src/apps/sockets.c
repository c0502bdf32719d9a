/*
 * sockets.c - see sockets.h.
 */
#include "apps/sockets.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

void
sockets_init(struct sockets *sockets)
{
	*sockets = (struct sockets){ .count = 0 };
	(void)pthread_mutex_init(&sockets->mutex, NULL);
}

enum err
sockets_add(struct sockets *sockets, int fd, size_t place)
{
	size_t size = (sockets->count + 1) * sizeof(*sockets->items);
	struct sockets_item *items = realloc(sockets->items, size);

	CHECK(fd >= 0);
	if (items == NULL) {
		(void)close(fd);
		return ERR_MEMORY;
	}
	sockets->items = items;
	items[sockets->count++] = (struct sockets_item){ fd, place };
	return ERR_NONE;
}

static size_t
count_of(const struct sockets *sockets, size_t place)
{
	size_t count = 0;

	for (size_t i = 0; i < sockets->count; i++)
		if (sockets->items[i].place == place)
			count++;
	return count;
}

size_t
sockets_turns(const struct sockets *sockets, size_t place, size_t loop_count)
{
	size_t count = count_of(sockets, place);

	return count > loop_count ? count : loop_count;
}

enum err
sockets_copy(
    const struct sockets *sockets, size_t place, size_t turn, int *out_fd)
{
	size_t count = count_of(sockets, place);
	size_t left;
	size_t i = 0;
	int fd;

	CHECK(count > 0);
	for (left = turn % count; left > 0 || sockets->items[i].place != place;
	     i++)
		if (sockets->items[i].place == place)
			left--;
	fd = fcntl(sockets->items[i].fd, F_DUPFD_CLOEXEC, 0);
	if (fd == -1)
		return ERR_SYSTEM;
	*out_fd = fd;
	return ERR_NONE;
}

enum err
sockets_at(struct sockets *sockets, size_t index, int *out_fd)
{
	enum err err = ERR_ABSENT;
	int fd = -1;

	(void)pthread_mutex_lock(&sockets->mutex);
	if (index < sockets->count && sockets->items[index].fd != -1) {
		fd = fcntl(sockets->items[index].fd, F_DUPFD_CLOEXEC, 0);
		err = fd == -1 ? ERR_SYSTEM : ERR_NONE;
	}
	(void)pthread_mutex_unlock(&sockets->mutex);
	if (err == ERR_NONE)
		*out_fd = fd;
	return err;
}

void
sockets_close(struct sockets *sockets)
{
	(void)pthread_mutex_lock(&sockets->mutex);
	for (size_t i = 0; i < sockets->count; i++) {
		if (sockets->items[i].fd != -1)
			(void)close(sockets->items[i].fd);
		sockets->items[i].fd = -1;
	}
	(void)pthread_mutex_unlock(&sockets->mutex);
}

void
sockets_done(struct sockets *sockets)
{
	sockets_close(sockets);
	free(sockets->items);
	sockets->items = NULL;
	sockets->count = 0;
	(void)pthread_mutex_destroy(&sockets->mutex);
}
