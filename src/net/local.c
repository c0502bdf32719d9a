/*
 * local.c - see local.h.
 */
#include "net/local.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"

enum {
	BACKLOG = 16,
	SOCKET_MODE = 0600,
	PIECE_SIZE = 64 * 1024,
	PAUSE_MS = 100,   /* when there is nothing left to accept with */
	PATIENCE_S = 15,  /* of a client: others may be before it */
	FDS_COUNT = 16,   /* that one message can bring */
	NO_DEADLINE = -1, /* in the place of a time */
};

struct local {
	struct local_options options;
	int listen_fd;
	int wake_fd; /* readable: stop */
	pthread_t thread;
};

struct local_peer {
	const struct local *local;
	int fd;
	uid_t uid;
	int64_t deadline_ms;
	bool is_lost;
};

static int64_t
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * The kernel finds the directory by its descriptor: so the address is short,
 * and means that very directory, whatever its path is by now.
 */
static struct sockaddr_un
address_of(int dir_fd, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int size = snprintf(address.sun_path, sizeof(address.sun_path),
	    "/proc/self/fd/%d/%s", dir_fd, name);

	CHECK(size > 0);
	CHECK((size_t)size < sizeof(address.sun_path));
	return address;
}

/* Waits for events on fd; false: the time is over, or we are to stop. */
static bool
wait_for(const struct local *local, int fd, short events, int64_t deadline_ms)
{
	struct pollfd fds[] = {
		{ .fd = local->wake_fd, .events = POLLIN },
		{ .fd = fd, .events = events },
	};

	for (;;) {
		int64_t left_ms = NO_DEADLINE;

		if (deadline_ms != NO_DEADLINE) {
			left_ms = deadline_ms - now_ms();
			if (left_ms <= 0)
				return false;
		}
		if (poll(fds, 2, (int)left_ms) == -1 && errno != EINTR)
			return false;
		if (fds[0].revents != 0)
			return false;
		if (fds[1].revents != 0)
			return true;
	}
}

/* False: no line came.  One that is too long is given as far as it came. */
static bool
receive_line(
    const struct local_peer *peer, char *line, size_t size_max, size_t *out_len)
{
	size_t len = 0;

	while (len < size_max) {
		ssize_t size = recv(peer->fd, line + len, size_max - len, 0);
		struct str piece = { line + len, 0 };

		if (size == 0)
			return false;
		if (size == -1) {
			if (errno != EAGAIN && errno != EINTR)
				return false;
			if (!wait_for(peer->local, peer->fd, POLLIN,
			        peer->deadline_ms))
				return false;
			continue;
		}
		piece.len = (size_t)size;
		len += piece.len;
		if (str_has(piece, '\n')) {
			*out_len = len - piece.len + str_find(piece, '\n');
			return true;
		}
	}
	*out_len = len;
	return true;
}

bool
local_send(struct local_peer *peer, struct str lines)
{
	while (lines.len > 0 && !peer->is_lost) {
		ssize_t size =
		    send(peer->fd, lines.data, lines.len, MSG_NOSIGNAL);

		if (size >= 0)
			lines = str_from(lines, (size_t)size);
		else if ((errno != EAGAIN && errno != EINTR) ||
		         !wait_for(
		             peer->local, peer->fd, POLLOUT, peer->deadline_ms))
			peer->is_lost = true;
	}
	return !peer->is_lost;
}

/* It rides on one message with the whole line. */
static ssize_t
send_with(int socket_fd, struct str line, int fd)
{
	union {
		char octets[CMSG_SPACE(sizeof(int))];
		struct cmsghdr aligned;
	} room = { .octets = { 0 } };
	char *data = (char *)(uintptr_t)line.data; /* it is only read */
	struct iovec piece = { data, line.len };
	struct msghdr message = { .msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = room.octets,
		.msg_controllen = sizeof(room.octets) };
	struct cmsghdr *rider = CMSG_FIRSTHDR(&message);

	rider->cmsg_level = SOL_SOCKET;
	rider->cmsg_type = SCM_RIGHTS;
	rider->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(rider), &fd, sizeof(fd));
	return sendmsg(socket_fd, &message, MSG_NOSIGNAL);
}

bool
local_send_fd(struct local_peer *peer, struct str line, int fd)
{
	ssize_t size = -1;

	while (size == -1 && !peer->is_lost) {
		size = send_with(peer->fd, line, fd);
		if (size == -1 && ((errno != EAGAIN && errno != EINTR) ||
		                      !wait_for(peer->local, peer->fd, POLLOUT,
		                          peer->deadline_ms)))
			peer->is_lost = true;
	}
	return !peer->is_lost && local_send(peer, str_from(line, (size_t)size));
}

uid_t
local_uid(const struct local_peer *peer)
{
	return peer->uid;
}

static void
serve(const struct local *local, int fd)
{
	struct local_peer peer = {
		.local = local,
		.fd = fd,
		.deadline_ms = now_ms() + local->options.exchange_ms_max,
	};
	struct ucred credentials;
	socklen_t size = sizeof(credentials);
	char line[LOCAL_REQUEST_SIZE_MAX];
	size_t len;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == -1)
		return;
	peer.uid = credentials.uid;
	if (receive_line(&peer, line, sizeof(line), &len))
		local->options.ask(
		    local->options.context, &peer, str_make(line, len));
}

static void *
work(void *context)
{
	const struct local *local = context;

	while (wait_for(local, local->listen_fd, POLLIN, NO_DEADLINE)) {
		int fd = accept4(
		    local->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd != -1) {
			serve(local, fd);
			(void)close(fd);
		} else if (errno != EAGAIN) {
			(void)wait_for(local, -1, 0, now_ms() + PAUSE_MS);
		}
	}
	return NULL;
}

static enum err
open_socket(struct local *local)
{
	const struct local_options *options = &local->options;
	struct sockaddr_un address = address_of(options->dir_fd, options->name);

	local->listen_fd =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (local->listen_fd == -1)
		return ERR_SYSTEM;
	/* Before it has a name, so that nobody finds it with another mode. */
	if (fchmod(local->listen_fd, SOCKET_MODE) == -1)
		return ERR_SYSTEM;
	if (unlinkat(options->dir_fd, options->name, 0) == -1 &&
	    errno != ENOENT)
		return ERR_SYSTEM;
	if (bind(local->listen_fd, (const struct sockaddr *)&address,
	        sizeof(address)) == -1)
		return ERR_SYSTEM;
	return listen(local->listen_fd, BACKLOG) == -1 ? ERR_SYSTEM : ERR_NONE;
}

/* errno stays as it was. */
static void
close_all(struct local *local)
{
	const int fds[] = { local->listen_fd, local->wake_fd,
		local->options.dir_fd };
	int saved = errno;

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] != -1)
			(void)close(fds[i]);
	free(local);
	errno = saved;
}

static enum err
start(struct local *local)
{
	enum err err;

	local->wake_fd = eventfd(0, EFD_CLOEXEC);
	if (local->wake_fd == -1)
		return ERR_SYSTEM;
	err = open_socket(local);
	if (err != ERR_NONE)
		return err;
	errno = pthread_create(&local->thread, NULL, work, local);
	if (errno == 0)
		return ERR_NONE;
	(void)unlinkat(local->options.dir_fd, local->options.name, 0);
	return ERR_SYSTEM;
}

enum err
local_listen(const struct local_options *options, struct local **out_local)
{
	struct local *local = malloc(sizeof(*local));
	enum err err;

	if (local == NULL) {
		(void)close(options->dir_fd);
		return ERR_MEMORY;
	}
	*local = (struct local){
		.options = *options, .listen_fd = -1, .wake_fd = -1
	};
	err = start(local);
	if (err != ERR_NONE) {
		close_all(local);
		return err;
	}
	*out_local = local;
	return ERR_NONE;
}

void
local_stop(struct local *local)
{
	if (local == NULL)
		return;
	CHECK(eventfd_write(local->wake_fd, 1) == 0);
	CHECK(pthread_join(local->thread, NULL) == 0);
	/* It may have gone with its directory. */
	(void)unlinkat(local->options.dir_fd, local->options.name, 0);
	close_all(local);
}

static enum err
connect_to(int fd, int dir_fd, const char *name)
{
	struct sockaddr_un address = address_of(dir_fd, name);
	const struct timeval patience = { .tv_sec = PATIENCE_S };

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	        sizeof(patience)) == -1 ||
	    setsockopt(
	        fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == -1)
		return ERR_SYSTEM;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) ==
	    0)
		return ERR_NONE;
	switch (errno) {
	case ENOENT:
		return ERR_ABSENT;
	case ECONNREFUSED: /* also: it is no socket */
		return ERR_CLOSED;
	case EACCES:
	case EPERM:
		return ERR_DENIED;
	case EAGAIN:
		return ERR_BUSY;
	default:
		return ERR_SYSTEM;
	}
}

static enum err
send_all(int fd, struct str octets)
{
	while (octets.len > 0) {
		ssize_t size = send(fd, octets.data, octets.len, MSG_NOSIGNAL);

		if (size == -1)
			return errno == EAGAIN ? ERR_BUSY : ERR_SYSTEM;
		octets = str_from(octets, (size_t)size);
	}
	return ERR_NONE;
}

/* What rides on a message. */
static void
keep_fds(struct msghdr *message, struct local_fds *fds)
{
	for (struct cmsghdr *rider = CMSG_FIRSTHDR(message); rider != NULL;
	     rider = CMSG_NXTHDR(message, rider)) {
		const unsigned char *data = CMSG_DATA(rider);
		size_t size = rider->cmsg_len - CMSG_LEN(0);
		int fd;

		if (rider->cmsg_level != SOL_SOCKET ||
		    rider->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; at + sizeof(fd) <= size; at += sizeof(fd)) {
			memcpy(&fd, data + at, sizeof(fd));
			if (fds->count < fds->count_max)
				fds->items[fds->count++] = fd;
			else
				(void)close(fd);
		}
	}
}

/* As recv(); without fds what rides is dropped by the kernel. */
static ssize_t
receive(int fd, char *room, size_t size, struct local_fds *fds)
{
	union {
		char octets[CMSG_SPACE(FDS_COUNT * sizeof(int))];
		struct cmsghdr aligned;
	} riders;
	struct iovec piece = { room, size };
	struct msghdr message = { .msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = riders.octets,
		.msg_controllen = sizeof(riders.octets) };
	ssize_t received;

	if (fds == NULL)
		return recv(fd, room, size, 0);
	received = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	if (received != -1)
		keep_fds(&message, fds);
	return received;
}

static enum err
receive_all(int fd, struct buf *out, struct local_fds *fds)
{
	for (;;) {
		char *room = buf_room(out, PIECE_SIZE);
		ssize_t size;

		if (room == NULL)
			return out->err;
		size = receive(fd, room, PIECE_SIZE, fds);
		/* It was cut off: what came before is all there is. */
		if (size == 0 || (size == -1 && errno == ECONNRESET))
			return ERR_NONE;
		if (size == -1)
			return errno == EAGAIN ? ERR_BUSY : ERR_SYSTEM;
		buf_grew(out, (size_t)size);
	}
}

enum err
local_ask_fds(int dir_fd, const char *name, struct str request, struct buf *out,
    struct local_fds *out_fds)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	enum err err;
	int saved;

	if (fd == -1)
		return ERR_SYSTEM;
	err = connect_to(fd, dir_fd, name);
	if (err == ERR_NONE)
		err = send_all(fd, request);
	if (err == ERR_NONE)
		err = receive_all(fd, out, out_fds);
	saved = errno;
	(void)close(fd);
	errno = saved;
	return err;
}

enum err
local_ask(int dir_fd, const char *name, struct str request, struct buf *out)
{
	return local_ask_fds(dir_fd, name, request, out, NULL);
}
