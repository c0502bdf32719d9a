/*
 * conn.c - see conn.h.
 *
 *	OPENING -> TALKING -> ENDING -> LINGERING -> CLOSED
 *	OPENING -> LINGERING, when the handshake fails;  any -> CLOSED
 */
#include "net/conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <uv.h>

#include "net/loop.h"
#include "net/stream.h"

enum {
	CONN_MAGIC = 0x434f4e4e,
	READ_SIZE = 64 * 1024,
	TURN_SIZE = 1024 * 1024, /* then it is another connection's turn */
	LINGER_MS = 2000,
	LINGER_SIZE = 4 * 1024 * 1024,
};

enum phase {
	PHASE_OPENING,   /* the stream shakes hands; there is no protocol yet */
	PHASE_TALKING,   /* what the protocol wants */
	PHASE_ENDING,    /* the protocol is over; the stream tells the peer */
	PHASE_LINGERING, /* nothing is written, what arrives is dropped */
	PHASE_CLOSED,    /* libuv still holds its handles */
};

#define TO(phase) (1u << (phase))

static const unsigned moves[] = {
	[PHASE_OPENING] =
	    TO(PHASE_TALKING) | TO(PHASE_LINGERING) | TO(PHASE_CLOSED),
	[PHASE_TALKING] = TO(PHASE_ENDING) | TO(PHASE_CLOSED),
	[PHASE_ENDING] = TO(PHASE_LINGERING) | TO(PHASE_CLOSED),
	[PHASE_LINGERING] = TO(PHASE_CLOSED),
	[PHASE_CLOSED] = 0,
};

struct conn {
	unsigned magic;
	enum phase phase;
	struct conn_options options;
	struct stream *stream;
	void *context; /* the protocol's; NULL: it is not attached */
	uv_poll_t poll;
	uv_timer_t timer;
	struct loop_closer closer;
	int64_t armed_ms; /* when the timer fires; CONN_NEVER: it is off */
	int64_t end_ms;   /* of this phase, unless the protocol has its own */
	uint64_t linger_size;
	int events;       /* what is polled for */
	int read_event;   /* what the next read waits for */
	int write_event;  /* what waits to go out, or on; 0: nothing does */
	unsigned handles; /* of libuv, still open */
	bool is_driving;
	bool has_ended; /* the peer sends no more */
	struct conn_peer peer;
	struct conn *older; /* of options.idlers */
	struct conn *newer;
	bool is_idle; /* and in that list */
};

static void
enter(struct conn *conn, enum phase phase, int64_t end_ms)
{
	CHECK(moves[conn->phase] & TO(phase));
	conn->phase = phase;
	conn->end_ms = end_ms;
	conn->write_event = 0;
}

static int64_t
now_ms(const struct conn *conn)
{
	return loop_now_ms(conn->options.loop);
}

static void
on_handle_closed(uv_handle_t *handle)
{
	struct conn *conn = handle->data;

	CHECK(conn->magic == CONN_MAGIC);
	CHECK(conn->handles > 0);
	if (--conn->handles > 0)
		return;
	if (conn->options.closed != NULL)
		conn->options.closed(conn->options.context);
	conn->magic = 0;
	free(conn);
}

static void
leave_idlers(struct conn *conn)
{
	struct conn_idlers *idlers = conn->options.idlers;

	if (!conn->is_idle)
		return;
	conn->is_idle = false;
	if (conn->older != NULL)
		conn->older->newer = conn->newer;
	else
		idlers->oldest = conn->newer;
	if (conn->newer != NULL)
		conn->newer->older = conn->older;
	else
		idlers->newest = conn->older;
}

static void
join_idlers(struct conn *conn)
{
	struct conn_idlers *idlers = conn->options.idlers;

	if (conn->is_idle)
		return;
	conn->is_idle = true;
	conn->older = idlers->newest;
	conn->newer = NULL;
	if (conn->older != NULL)
		conn->older->newer = conn;
	else
		idlers->oldest = conn;
	idlers->newest = conn;
}

static bool
is_idle(const struct conn *conn)
{
	const struct protocol *protocol = conn->options.protocol;

	if (conn->phase != PHASE_TALKING)
		return conn->phase == PHASE_OPENING;
	return protocol->is_idle != NULL && protocol->is_idle(conn->context);
}

static void
note_idleness(struct conn *conn)
{
	if (conn->options.idlers == NULL)
		return;
	if (is_idle(conn))
		join_idlers(conn);
	else
		leave_idlers(conn);
}

static void
close_now(struct conn *conn)
{
	if (conn->phase == PHASE_CLOSED)
		return;
	leave_idlers(conn);
	enter(conn, PHASE_CLOSED, CONN_NEVER);
	loop_remove_closer(conn->options.loop, &conn->closer);
	if (conn->context != NULL)
		conn->options.protocol->free(conn->context);
	conn->context = NULL;
	uv_close((uv_handle_t *)&conn->poll, on_handle_closed);
	uv_close((uv_handle_t *)&conn->timer, on_handle_closed);
	/* libuv has forgotten the socket in uv_close. */
	conn->stream->ops->free(conn->stream);
	conn->stream = NULL;
}

/*
 * Closing at once, with octets of the peer unread, makes the kernel reset the
 * connection, and the peer may lose our last words (RFC 9112, 9.6).
 */
static void
linger(struct conn *conn)
{
	if (conn->has_ended || shutdown(conn->stream->fd, SHUT_WR) == -1)
		close_now(conn);
	else
		enter(conn, PHASE_LINGERING, now_ms(conn) + LINGER_MS);
}

/* What it waits for; 0: it was done, or never will be. */
static int
event_of(enum stream_status status)
{
	switch (status) {
	case STREAM_WANTS_INPUT:
		return UV_READABLE;
	case STREAM_WANTS_OUTPUT:
		return UV_WRITABLE;
	case STREAM_DONE:
	case STREAM_ENDED:
	case STREAM_BROKEN:
		return 0;
	}
	UNREACHABLE("a status that is none");
}

static void
start_talking(struct conn *conn)
{
	enter(conn, PHASE_TALKING, CONN_NEVER);
	conn->peer.is_tls = conn->stream->is_tls;
	conn->peer.principal = conn->stream->principal;
	conn->peer.alpn = conn->stream->alpn;
	conn->context = conn->options.attach(conn->options.context, conn);
	if (conn->context == NULL)
		close_now(conn);
}

static void
open_stream(struct conn *conn)
{
	enum stream_status status;

	CHECK(conn->stream != NULL);
	status = conn->stream->ops->open(conn->stream);
	conn->write_event = event_of(status);
	if (status == STREAM_DONE)
		start_talking(conn);
	else if (conn->write_event == 0)
		linger(conn); /* with an alert that the peer may read */
}

static void
write_output(struct conn *conn)
{
	const struct protocol *protocol = conn->options.protocol;
	struct stream *stream = conn->stream;
	size_t turn_size = 0;

	CHECK(stream != NULL);
	conn->write_event = 0;
	while (turn_size < TURN_SIZE) {
		struct conn_output out = { .fd = -1 };
		enum stream_status status;
		size_t size;

		if (!protocol->output(conn->context, &out))
			return;
		status = stream->ops->write(stream, &out, &size);
		if (status != STREAM_DONE) {
			conn->write_event = event_of(status);
			if (conn->write_event == 0)
				close_now(conn);
			return;
		}
		turn_size += size;
		protocol->sent(conn->context, size, now_ms(conn));
	}
	conn->write_event = UV_WRITABLE;
}

static bool
is_reading(const struct conn *conn)
{
	return conn->phase == PHASE_TALKING && !conn->has_ended &&
	       conn->options.protocol->wants_input(conn->context);
}

static void
read_input(struct conn *conn)
{
	const struct protocol *protocol = conn->options.protocol;
	struct stream *stream = conn->stream;
	char octets[READ_SIZE];
	size_t size;
	enum stream_status status =
	    stream->ops->read(stream, octets, sizeof(octets), &size);

	conn->read_event = UV_READABLE;
	switch (status) {
	case STREAM_DONE:
		leave_idlers(conn); /* if it is idle again, then anew */
		protocol->input(
		    conn->context, str_make(octets, size), now_ms(conn));
		return;
	case STREAM_ENDED:
		conn->has_ended = true;
		protocol->input_ended(conn->context, now_ms(conn));
		return;
	case STREAM_WANTS_INPUT:
	case STREAM_WANTS_OUTPUT:
		conn->read_event = event_of(status);
		return;
	case STREAM_BROKEN:
		close_now(conn);
		return;
	}
}

static bool
has_more(const struct conn *conn)
{
	CHECK(conn->stream != NULL);
	return conn->stream->has_more;
}

static void
talk(struct conn *conn)
{
	CHECK(conn->stream != NULL);
	write_output(conn);
	while (is_reading(conn) && has_more(conn)) {
		read_input(conn);
		if (conn->phase == PHASE_TALKING)
			write_output(conn);
	}
	if (conn->phase == PHASE_TALKING &&
	    conn->options.protocol->is_over(conn->context))
		enter(conn, PHASE_ENDING, now_ms(conn) + LINGER_MS);
}

static void
close_stream(struct conn *conn)
{
	enum stream_status status;

	CHECK(conn->stream != NULL);
	status = conn->stream->ops->close(conn->stream);
	conn->write_event = event_of(status);
	if (conn->write_event == 0)
		linger(conn);
}

static void on_poll(uv_poll_t *poll, int status, int events);
static void on_timer(uv_timer_t *timer);

static void
set_events(struct conn *conn)
{
	int events = conn->write_event;

	if (is_reading(conn))
		events |= conn->read_event;
	if (conn->phase == PHASE_LINGERING)
		events = UV_READABLE;
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
	int64_t next_ms = conn->end_ms;
	int64_t delay_ms;

	if (conn->phase == PHASE_TALKING)
		next_ms = conn->options.protocol->next_ms(conn->context);
	if (next_ms >= conn->armed_ms)
		return;
	conn->armed_ms = next_ms;
	delay_ms = next_ms - now_ms(conn);
	(void)uv_timer_start(
	    &conn->timer, on_timer, delay_ms > 0 ? (uint64_t)delay_ms : 0, 0);
}

static void
drive(struct conn *conn)
{
	if (conn->is_driving)
		return;
	conn->is_driving = true;
	if (conn->phase == PHASE_OPENING)
		open_stream(conn);
	if (conn->phase == PHASE_TALKING)
		talk(conn);
	if (conn->phase == PHASE_ENDING)
		close_stream(conn);
	if (conn->phase != PHASE_CLOSED) {
		set_events(conn);
		set_timer(conn);
		note_idleness(conn);
	}
	conn->is_driving = false;
}

static void
drop_input(struct conn *conn)
{
	char octets[READ_SIZE];
	ssize_t size = recv(conn->stream->fd, octets, sizeof(octets), 0);

	if (size == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (size > 0)
		conn->linger_size += (uint64_t)size;
	if (size <= 0 || conn->linger_size > LINGER_SIZE)
		close_now(conn);
}

static void
on_poll(uv_poll_t *poll, int status, int events)
{
	struct conn *conn = poll->data;

	CHECK(conn->magic == CONN_MAGIC);
	if (conn->phase == PHASE_CLOSED)
		return;
	if (status < 0) {
		close_now(conn); /* EPOLLERR: reset by the peer */
		return;
	}
	if (conn->phase == PHASE_LINGERING)
		drop_input(conn);
	else if ((events & conn->read_event) != 0 && is_reading(conn))
		read_input(conn);
	drive(conn);
}

static void
on_timer(uv_timer_t *timer)
{
	struct conn *conn = timer->data;

	CHECK(conn->magic == CONN_MAGIC);
	conn->armed_ms = CONN_NEVER;
	if (conn->phase != PHASE_TALKING) {
		if (now_ms(conn) >= conn->end_ms)
			close_now(conn);
		drive(conn);
		return;
	}
	/* What has arrived came before whatever tick() will send. */
	if (is_reading(conn))
		read_input(conn);
	if (conn->phase == PHASE_TALKING)
		conn->options.protocol->tick(conn->context, now_ms(conn));
	drive(conn);
}

static void
on_stop(struct loop_closer *closer)
{
	struct conn *conn =
	    (struct conn *)(void *)((char *)closer -
	                            offsetof(struct conn, closer));

	if (conn->phase == PHASE_OPENING)
		close_now(conn);
	else if (conn->phase == PHASE_TALKING)
		conn->options.protocol->stop(conn->context, now_ms(conn));
	drive(conn);
}

static void
name_peer(struct conn *conn)
{
	struct sockaddr_storage address = { 0 };
	socklen_t size = sizeof(address);
	struct conn_peer *peer = &conn->peer;

	if (getpeername(conn->stream->fd, (struct sockaddr *)&address, &size) ==
	    -1)
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

/* There is no connection, and the stream is closed all the same. */
static void
give_up(const struct conn_options *options, struct stream *stream)
{
	if (stream != NULL)
		stream->ops->free(stream);
	if (options->closed != NULL)
		options->closed(options->context);
}

struct conn *
conn_new(const struct conn_options *options, struct stream *stream)
{
	struct conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL || stream == NULL ||
	    uv_poll_init(loop_uv(options->loop), &conn->poll, stream->fd) !=
	        0) {
		free(conn);
		give_up(options, stream);
		return NULL;
	}
	conn->magic = CONN_MAGIC;
	conn->options = *options;
	conn->stream = stream;
	conn->closer.stop = on_stop;
	conn->armed_ms = CONN_NEVER;
	conn->end_ms = now_ms(conn) + options->open_ms;
	conn->read_event = UV_READABLE;
	conn->handles = 2;
	(void)uv_timer_init(loop_uv(options->loop), &conn->timer);
	conn->poll.data = conn;
	conn->timer.data = conn;
	name_peer(conn);
	loop_add_closer(options->loop, &conn->closer);
	open_stream(conn);
	if (conn->phase == PHASE_CLOSED)
		return NULL;
	drive(conn);
	return conn;
}

void
conn_kick(struct conn *conn)
{
	CHECK(conn->magic == CONN_MAGIC);
	drive(conn);
}

bool
conn_shed(struct conn_idlers *idlers)
{
	struct conn *conn = idlers->oldest;

	if (conn == NULL)
		return false;
	CHECK(conn->magic == CONN_MAGIC);
	if (conn->phase == PHASE_TALKING)
		(void)conn->stream->ops->close(conn->stream); /* if it can */
	close_now(conn);
	return true;
}

void
conn_refuse(int fd, struct str last_words)
{
	char octets[READ_SIZE];

	/* Nobody waits for it, and a peer that is lost is no loss. */
	(void)recv(fd, octets, sizeof(octets), MSG_DONTWAIT);
	if (last_words.len > 0)
		(void)send(fd, last_words.data, last_words.len,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)shutdown(fd, SHUT_WR);
	(void)close(fd);
}

const struct conn_peer *
conn_peer(const struct conn *conn)
{
	CHECK(conn->magic == CONN_MAGIC);
	return &conn->peer;
}
