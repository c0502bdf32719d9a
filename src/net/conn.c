/*
 * conn.c - see conn.h.
 */
#include "net/conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <uv.h>

#include "net/loop.h"

enum {
	CONN_MAGIC = 0x434f4e4e,
	READ_SIZE = 64 * 1024,
	COPY_SIZE = 16 * 1024,   /* below it one writev beats sendfile */
	TURN_SIZE = 1024 * 1024, /* then it is another connection's turn */
	LINGER_MS = 2000,
	LINGER_SIZE = 4 * 1024 * 1024,
};

struct conn {
	unsigned magic;
	int fd;
	uv_poll_t poll;
	uv_timer_t timer;
	struct loop *loop;
	const struct protocol *protocol;
	void *context;
	void (*closed)(void *context);
	void *closed_context;
	struct loop_closer closer;
	int64_t armed_ms;  /* when the timer fires; CONN_NEVER: it is off */
	int64_t linger_ms; /* the time when lingering ends */
	uint64_t linger_size;
	int events;       /* what is polled for */
	unsigned handles; /* of libuv, still open */
	bool is_driving;
	bool is_lingering;
	bool is_closing;
	bool has_ended;  /* the peer sends no more */
	bool is_blocked; /* the socket takes no more for now */
	struct conn_peer peer;
};

static void
on_handle_closed(uv_handle_t *handle)
{
	struct conn *conn = handle->data;

	CHECK(conn->magic == CONN_MAGIC);
	CHECK(conn->handles > 0);
	if (--conn->handles > 0)
		return;
	if (conn->closed != NULL)
		conn->closed(conn->closed_context);
	conn->magic = 0;
	free(conn);
}

static void
close_now(struct conn *conn)
{
	if (conn->is_closing)
		return;
	conn->is_closing = true;
	loop_remove_closer(conn->loop, &conn->closer);
	if (conn->context != NULL)
		conn->protocol->free(conn->context);
	conn->context = NULL;
	uv_close((uv_handle_t *)&conn->poll, on_handle_closed);
	uv_close((uv_handle_t *)&conn->timer, on_handle_closed);
	(void)close(conn->fd); /* libuv has forgotten it in uv_close */
}

/*
 * Closing at once, with octets of the peer unread, makes the kernel reset the
 * connection, and the peer may lose our last response (RFC 9112, 9.6).
 */
static void
linger(struct conn *conn)
{
	if (conn->has_ended || shutdown(conn->fd, SHUT_WR) == -1) {
		close_now(conn);
		return;
	}
	conn->is_lingering = true;
	conn->is_blocked = false; /* nothing more is written */
	conn->linger_ms = loop_now_ms(conn->loop) + LINGER_MS;
}

static ssize_t
send_copied(const struct conn *conn, const struct conn_output *out)
{
	char content[COPY_SIZE];
	ssize_t size = pread(
	    out->fd, content, (size_t)out->file_size, (off_t)out->file_offset);
	struct iovec parts[2];
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

	if (size <= 0) {
		errno = EIO; /* shorter than it was: the response is broken */
		return -1;
	}
	parts[0] =
	    (struct iovec){ (void *)(uintptr_t)out->head.data, out->head.len };
	parts[1] = (struct iovec){ content, (size_t)size };
	return sendmsg(conn->fd, &message, MSG_NOSIGNAL);
}

static ssize_t
send_file(const struct conn *conn, const struct conn_output *out)
{
	off_t offset = (off_t)out->file_offset;
	size_t size =
	    out->file_size < TURN_SIZE ? (size_t)out->file_size : TURN_SIZE;
	ssize_t sent = sendfile(conn->fd, out->fd, &offset, size);

	if (sent == 0) {
		errno = EIO;
		return -1;
	}
	return sent;
}

static ssize_t
send_some(const struct conn *conn, const struct conn_output *out)
{
	struct iovec parts[2] = {
		{ (void *)(uintptr_t)out->head.data, out->head.len },
		{ (void *)(uintptr_t)out->body.data, out->body.len },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	bool has_file = out->fd != -1 && out->file_size > 0;
	int flags = MSG_NOSIGNAL | (has_file ? MSG_MORE : 0);

	if (has_file && out->body.len == 0 && out->file_size <= COPY_SIZE)
		return send_copied(conn, out);
	if (has_file && out->head.len == 0 && out->body.len == 0)
		return send_file(conn, out);
	return sendmsg(conn->fd, &message, flags);
}

/* False: the connection has failed and is closing. */
static bool
write_output(struct conn *conn)
{
	struct conn_output out;
	size_t turn_size = 0;

	conn->is_blocked = false;
	while (turn_size < TURN_SIZE) {
		ssize_t sent;

		out = (struct conn_output){ .fd = -1 };
		if (!conn->protocol->output(conn->context, &out))
			return true;
		sent = send_some(conn, &out);
		if (sent == -1 && errno == EINTR)
			continue;
		if (sent == -1 && errno == EAGAIN)
			break;
		if (sent == -1) {
			close_now(conn);
			return false;
		}
		turn_size += (size_t)sent;
		conn->protocol->sent(
		    conn->context, (size_t)sent, loop_now_ms(conn->loop));
	}
	conn->is_blocked = true;
	return true;
}

static void on_poll(uv_poll_t *poll, int status, int events);
static void on_timer(uv_timer_t *timer);

static void
set_events(struct conn *conn)
{
	int events = conn->is_blocked ? UV_WRITABLE : 0;

	if (!conn->has_ended &&
	    (conn->is_lingering || conn->protocol->wants_input(conn->context)))
		events |= UV_READABLE;
	if (events == conn->events)
		return;
	conn->events = events;
	if (events == 0)
		(void)uv_poll_stop(&conn->poll);
	else
		(void)uv_poll_start(&conn->poll, events, on_poll);
}

/* A timer that fires too early costs less than one set at each request. */
static void
set_timer(struct conn *conn)
{
	int64_t now_ms = loop_now_ms(conn->loop);
	int64_t next_ms = conn->is_lingering
	                      ? conn->linger_ms
	                      : conn->protocol->next_ms(conn->context);

	if (next_ms >= conn->armed_ms)
		return;
	conn->armed_ms = next_ms;
	(void)uv_timer_start(&conn->timer, on_timer,
	    next_ms > now_ms ? (uint64_t)(next_ms - now_ms) : 0, 0);
}

static void
drive(struct conn *conn)
{
	if (conn->is_driving || conn->is_closing)
		return;
	conn->is_driving = true;
	if (!conn->is_lingering) {
		if (!write_output(conn))
			return;
		if (conn->protocol->is_over(conn->context))
			linger(conn);
	}
	if (!conn->is_closing) {
		set_events(conn);
		set_timer(conn);
	}
	conn->is_driving = false;
}

static void
drop_input(struct conn *conn, size_t size)
{
	conn->linger_size += size;
	if (conn->linger_size > LINGER_SIZE)
		close_now(conn);
}

static void
read_input(struct conn *conn)
{
	char octets[READ_SIZE];
	ssize_t size = recv(conn->fd, octets, sizeof(octets), 0);
	int64_t now_ms = loop_now_ms(conn->loop);

	if (size == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (size == -1 || (size == 0 && conn->is_lingering)) {
		close_now(conn);
		return;
	}
	if (size == 0) {
		conn->has_ended = true;
		conn->protocol->input_ended(conn->context, now_ms);
		return;
	}
	if (conn->is_lingering)
		drop_input(conn, (size_t)size);
	else
		conn->protocol->input(
		    conn->context, str_make(octets, (size_t)size), now_ms);
}

static void
on_poll(uv_poll_t *poll, int status, int events)
{
	struct conn *conn = poll->data;

	CHECK(conn->magic == CONN_MAGIC);
	if (conn->is_closing)
		return;
	if (status < 0) {
		close_now(conn); /* EPOLLERR: reset by the peer */
		return;
	}
	if ((events & UV_READABLE) != 0)
		read_input(conn);
	drive(conn);
}

static void
on_timer(uv_timer_t *timer)
{
	struct conn *conn = timer->data;

	CHECK(conn->magic == CONN_MAGIC);
	conn->armed_ms = CONN_NEVER;
	if (conn->is_closing)
		return;
	if (conn->is_lingering && loop_now_ms(conn->loop) >= conn->linger_ms) {
		close_now(conn);
		return;
	}
	/* What has arrived came before whatever tick() will send. */
	if ((conn->events & UV_READABLE) != 0)
		read_input(conn);
	if (conn->is_closing)
		return;
	if (!conn->is_lingering)
		conn->protocol->tick(conn->context, loop_now_ms(conn->loop));
	drive(conn);
}

static void
on_stop(struct loop_closer *closer)
{
	struct conn *conn =
	    (struct conn *)(void *)((char *)closer -
	                            offsetof(struct conn, closer));

	conn->protocol->stop(conn->context, loop_now_ms(conn->loop));
	drive(conn);
}

static void
name_peer(struct conn *conn)
{
	struct sockaddr_storage address = { 0 };
	socklen_t size = sizeof(address);
	struct conn_peer *peer = &conn->peer;

	if (getpeername(conn->fd, (struct sockaddr *)&address, &size) == -1)
		return;
	if (address.ss_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)&address;

		(void)inet_ntop(AF_INET, &in->sin_addr, peer->address,
		    sizeof(peer->address));
		peer->is_loopback = (ntohl(in->sin_addr.s_addr) >> 24) == 127;
	} else if (address.ss_family == AF_INET6) {
		const struct sockaddr_in6 *in = (const void *)&address;

		(void)inet_ntop(AF_INET6, &in->sin6_addr, peer->address,
		    sizeof(peer->address));
		peer->is_loopback = IN6_IS_ADDR_LOOPBACK(&in->sin6_addr);
	}
}

/* There is no connection, and the descriptor is closed all the same. */
static void
give_up(const struct conn_options *options, int fd)
{
	(void)close(fd);
	if (options->closed != NULL)
		options->closed(options->context);
}

struct conn *
conn_new(const struct conn_options *options, int fd)
{
	struct conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL) {
		give_up(options, fd);
		return NULL;
	}
	*conn = (struct conn){
		.magic = CONN_MAGIC,
		.fd = fd,
		.loop = options->loop,
		.protocol = options->protocol,
		.closed = options->closed,
		.closed_context = options->context,
		.closer = { .stop = on_stop },
		.armed_ms = CONN_NEVER,
		.handles = 2,
	};
	if (uv_poll_init(loop_uv(conn->loop), &conn->poll, fd) != 0) {
		free(conn);
		give_up(options, fd);
		return NULL;
	}
	(void)uv_timer_init(loop_uv(conn->loop), &conn->timer);
	conn->poll.data = conn;
	conn->timer.data = conn;
	name_peer(conn);
	loop_add_closer(conn->loop, &conn->closer);
	conn->context = options->attach(options->context, conn);
	if (conn->context == NULL) {
		close_now(conn);
		return NULL;
	}
	drive(conn);
	return conn;
}

void
conn_kick(struct conn *conn)
{
	CHECK(conn->magic == CONN_MAGIC);
	drive(conn);
}

const struct conn_peer *
conn_peer(const struct conn *conn)
{
	CHECK(conn->magic == CONN_MAGIC);
	return &conn->peer;
}
