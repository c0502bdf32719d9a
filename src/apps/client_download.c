/*
 * client_download.c - see client_download.h.
 */
#include "apps/client_download.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/client.h"
#include "base/own.h"

enum { ETAG_SIZE = 1024 };

struct arriving {
	struct client *client;
	char *part;
	char *part_etag;
	int fd;
	int64_t modified_s;
	int failure; /* an errno; 0: none */
};

static bool
write_all(struct arriving *arriving, int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, data, size);

		if (written == -1) {
			arriving->failure = errno;
			return false;
		}
		data += written;
		size -= (size_t)written;
	}
	return true;
}

/* Without it what came so far cannot be continued, and that is all. */
static void
write_etag(struct arriving *arriving, const char *etag)
{
	int fd;

	(void)unlink(arriving->part_etag);
	if (etag == NULL || etag[0] != '"')
		return;
	fd = open(
	    arriving->part_etag, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return;
	if (!write_all(arriving, fd, etag, strlen(etag)))
		(void)unlink(arriving->part_etag);
	(void)close(fd);
	arriving->failure = 0;
}

/* Empty: there is none. */
static void
read_etag(const struct arriving *arriving, char out[ETAG_SIZE])
{
	int fd = open(arriving->part_etag, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t size = fd == -1 ? 0 : read(fd, out, ETAG_SIZE - 1);

	out[size > 0 ? size : 0] = '\0';
	if (fd != -1)
		(void)close(fd);
}

static bool
begin(void *context, const struct tarry_file *file)
{
	struct arriving *arriving = context;

	if (arriving->modified_s == 0)
		arriving->modified_s = file->modified_s;
	if (file->offset == 0) {
		write_etag(arriving, file->etag);
		if (ftruncate(arriving->fd, 0) == -1)
			arriving->failure = errno;
	}
	if (lseek(arriving->fd, file->offset, SEEK_SET) == -1)
		arriving->failure = errno;
	if (file->offset > 0)
		atomic_fetch_add(&arriving->client->show.bytes_done,
		    (unsigned long long)file->offset);
	return arriving->failure == 0;
}

static bool
take(void *context, const void *data, size_t size)
{
	struct arriving *arriving = context;

	atomic_fetch_add(&arriving->client->show.bytes_done, size);
	return write_all(arriving, arriving->fd, data, size);
}

static enum tarry_outcome
fetch(struct arriving *arriving, struct tarry *tarry, const char *url)
{
	const struct tarry_sink sink = { begin, take, arriving };
	char etag[ETAG_SIZE];
	struct stat found;
	uint64_t offset = 0;
	enum tarry_outcome outcome;

	read_etag(arriving, etag);
	if (fstat(arriving->fd, &found) == 0 && etag[0] != '\0')
		offset = (uint64_t)found.st_size;
	outcome = tarry_get(tarry, url, offset, etag, &sink);
	/* All of it is there already; or what is there is nonsense. */
	if (outcome == TARRY_REFUSED && tarry_status(tarry) == 416)
		outcome = tarry_get(tarry, url, 0, NULL, &sink);
	return outcome;
}

/* Its time, its permanence, and then its name. */
static bool
settle(struct arriving *arriving, const char *path)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
		{ .tv_sec = (time_t)arriving->modified_s } };

	if (arriving->modified_s != 0)
		(void)futimens(arriving->fd, times); /* as well without */
	if (fsync(arriving->fd) == -1 || rename(arriving->part, path) == -1) {
		arriving->failure = errno;
		return false;
	}
	(void)unlink(arriving->part_etag);
	return true;
}

static int
open_part(struct arriving *arriving)
{
	int fd = open(
	    arriving->part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);

	if (fd == -1) {
		arriving->failure = errno;
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		arriving->failure = errno == EWOULDBLOCK ? EBUSY : errno;
		(void)close(fd);
		return -1;
	}
	return fd;
}

enum tarry_outcome
download_run(struct client *client, struct tarry *tarry,
    const struct download *download, const char **out_message)
{
	OWNED(client_freep) char *part = NULL;
	OWNED(client_freep) char *part_etag = NULL;
	struct arriving arriving = { .client = client,
		.modified_s = download->modified_s };
	enum tarry_outcome outcome;

	*out_message = NULL;
	if (asprintf(&part, "%s.part", download->path) == -1 ||
	    asprintf(&part_etag, "%s.part.etag", download->path) == -1) {
		part_etag = NULL;
		*out_message = "out of memory";
		return TARRY_FAILED;
	}
	arriving.part = part;
	arriving.part_etag = part_etag;
	arriving.fd = open_part(&arriving);
	if (arriving.fd == -1) {
		*out_message = strerror(arriving.failure);
		return TARRY_FAILED;
	}
	outcome = fetch(&arriving, tarry, download->url);
	if (outcome == TARRY_DONE && !settle(&arriving, download->path))
		outcome = TARRY_FAILED;
	else if (outcome != TARRY_DONE &&
	         lseek(arriving.fd, 0, SEEK_END) == 0) {
		(void)unlink(part); /* nothing to continue */
		(void)unlink(part_etag);
	}
	(void)close(arriving.fd);
	if (outcome != TARRY_DONE && arriving.failure != 0)
		*out_message = strerror(arriving.failure);
	return outcome;
}
