/*
 * admin_place.c - see admin_place.h.
 */
#include "apps/admin_place.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "store/fs_name.h"

enum { DIRECTORY = O_PATH | O_DIRECTORY | O_CLOEXEC };

enum err
admin_place_open(const struct admin_place *place, int *out_fd)
{
	int root_fd;
	int fd;
	int saved;

	if (place->state != NULL) {
		fd = open(place->state, DIRECTORY);
	} else {
		root_fd = open(place->directory, DIRECTORY);
		if (root_fd == -1)
			return ERR_SYSTEM;
		fd = openat(root_fd, FS_NAME_STATE, DIRECTORY | O_NOFOLLOW);
		saved = errno;
		(void)close(root_fd);
		errno = saved;
	}
	if (fd == -1)
		return ERR_SYSTEM;
	*out_fd = fd;
	return ERR_NONE;
}
