/*
 * stream_plain.c - see stream_plain.h.
 */
#include "net/stream_plain.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "net/conn.h"

enum {
	COPY_SIZE = 16 * 1024,      /* below it one writev beats sendfile */
	SENDFILE_SIZE = 1024 * 1024 /* then it is another connection's turn */
};

static enum stream_status
plain_open(struct stream *stream)
{
	(void)stream;
	return STREAM_DONE;
}

static enum stream_status
plain_read(struct stream *stream, char *out, size_t size_max, size_t *out_size)
{
	ssize_t size = recv(stream->fd, out, size_max, 0);

	if (size == -1 && (errno == EAGAIN || errno == EINTR))
		return STREAM_WANTS_INPUT;
	if (size == -1)
		return STREAM_BROKEN;
	if (size == 0)
		return STREAM_ENDED;
	*out_size = (size_t)size;
	return STREAM_DONE;
}

static ssize_t
send_copied(int fd, const struct conn_output *output)
{
	char content[COPY_SIZE];
	ssize_t size = pread(output->fd, content, (size_t)output->file_size,
	    (off_t)output->file_offset);
	struct iovec parts[2];
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

	if (size <= 0) {
		errno = EIO; /* shorter than it was: the response is broken */
		return -1;
	}
	parts[0] = (struct iovec){ (void *)(uintptr_t)output->head.data,
		output->head.len };
	parts[1] = (struct iovec){ content, (size_t)size };
	return sendmsg(fd, &message, MSG_NOSIGNAL);
}

static ssize_t
send_file(int fd, const struct conn_output *output)
{
	off_t offset = (off_t)output->file_offset;
	size_t size = output->file_size < SENDFILE_SIZE
	                  ? (size_t)output->file_size
	                  : SENDFILE_SIZE;
	ssize_t sent = sendfile(fd, output->fd, &offset, size);

	if (sent == 0) {
		errno = EIO;
		return -1;
	}
	return sent;
}

static ssize_t
send_some(int fd, const struct conn_output *output)
{
	struct iovec parts[2] = {
		{ (void *)(uintptr_t)output->head.data, output->head.len },
		{ (void *)(uintptr_t)output->body.data, output->body.len },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	bool has_file = output->fd != -1 && output->file_size > 0;
	int flags = MSG_NOSIGNAL | (has_file ? MSG_MORE : 0);

	if (has_file && output->body.len == 0 && output->file_size <= COPY_SIZE)
		return send_copied(fd, output);
	if (has_file && output->head.len == 0 && output->body.len == 0)
		return send_file(fd, output);
	return sendmsg(fd, &message, flags);
}

enum stream_status
stream_plain_write(
    struct stream *stream, const struct conn_output *output, size_t *out_size)
{
	ssize_t sent;

	do
		sent = send_some(stream->fd, output);
	while (sent == -1 && errno == EINTR);
	if (sent == -1)
		return errno == EAGAIN ? STREAM_WANTS_OUTPUT : STREAM_BROKEN;
	*out_size = (size_t)sent;
	return STREAM_DONE;
}

static enum stream_status
plain_close(struct stream *stream)
{
	(void)stream; /* the end of the socket is word enough */
	return STREAM_DONE;
}

static void
plain_free(struct stream *stream)
{
	(void)close(stream->fd);
	free(stream);
}

static const struct stream_ops plain_ops = {
	.open = plain_open,
	.read = plain_read,
	.write = stream_plain_write,
	.close = plain_close,
	.free = plain_free,
};

struct stream *
stream_plain_new(int fd)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (stream == NULL) {
		(void)close(fd);
		return NULL;
	}
	*stream = (struct stream){ .ops = &plain_ops, .fd = fd };
	return stream;
}
