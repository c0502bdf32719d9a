/*
 * resume_record.c - see resume_record.h.
 */
#include "client/resume_record.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "client/digest.h"
#include "client/folder.h"

static void
remove_old(const char *folder)
{
	DIR *dir = opendir(folder);
	time_t now = time(NULL);
	const struct dirent *entry;
	struct stat found;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.' &&
		    fstatat(dirfd(dir), entry->d_name, &found,
		        AT_SYMLINK_NOFOLLOW) == 0 &&
		    now - found.st_mtim.tv_sec > RESUME_RECORD_AGE_S)
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	}
	(void)closedir(dir);
}

static void
name_of(const char *url, const char *version, char out[2 * DIGEST_SIZE + 1])
{
	struct digest digest;
	uint8_t octets[DIGEST_SIZE];

	digest_init(&digest);
	digest_add(&digest, url, strlen(url) + 1);
	digest_add(&digest, version, strlen(version));
	digest_end(&digest, octets);
	digest_done(&digest);
	for (size_t i = 0; i < DIGEST_SIZE; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", octets[i]);
}

static char *
read_text(int fd)
{
	char text[RESUME_RECORD_SIZE_MAX];
	ssize_t size = pread(fd, text, sizeof(text) - 1, 0);

	return size > 0 ? strndup(text, (size_t)size) : NULL;
}

char *
resume_record_open(struct resume_record *record, const char *dir,
    const char *url, const char *version)
{
	char name[2 * DIGEST_SIZE + 1];
	char *folder;

	*record = (struct resume_record){ .fd = -1 };
	if (dir == NULL || version == NULL ||
	    asprintf(&folder, "%s/uploads", dir) == -1)
		return NULL;
	folder_make(folder);
	remove_old(folder);
	name_of(url, version, name);
	if (asprintf(&record->path, "%s/%s", folder, name) == -1)
		record->path = NULL;
	free(folder);
	if (record->path == NULL)
		return NULL;
	record->fd =
	    open(record->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (record->fd != -1 && flock(record->fd, LOCK_EX | LOCK_NB) == -1) {
		(void)close(record->fd); /* another has it */
		record->fd = -1;
	}
	return record->fd == -1 ? NULL : read_text(record->fd);
}

void
resume_record_write(struct resume_record *record, const char *location)
{
	size_t size = strlen(location);

	if (record->fd == -1)
		return;
	if (size >= RESUME_RECORD_SIZE_MAX || ftruncate(record->fd, 0) == -1 ||
	    pwrite(record->fd, location, size, 0) != (ssize_t)size)
		(void)ftruncate(record->fd, 0); /* then it begins anew */
}

void
resume_record_close(struct resume_record *record, bool is_over)
{
	if (record->fd != -1) {
		if (is_over)
			(void)unlink(record->path); /* or it gets old */
		(void)close(record->fd);
	}
	free(record->path);
	*record = (struct resume_record){ .fd = -1 };
}
