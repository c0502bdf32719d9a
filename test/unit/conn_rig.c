/*
 * conn_rig.c - see conn_rig.h.
 */
#include "conn_rig.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "net/stream_plain.h"

enum { PATIENCE_S = 20, OUT_MAX = 64 * 1024 * 1024 };

static void
on_input(void *context, struct str octets, int64_t now_ms)
{
	struct conn_rig *rig = context;

	(void)now_ms;
	assert_true(octets.len > 0);
	rig->input_size += octets.len;
	if (rig->act == CONN_RIG_ECHO)
		buf_add_str(&rig->out, octets);
}

static void
on_input_ended(void *context, int64_t now_ms)
{
	struct conn_rig *rig = context;

	(void)now_ms;
	rig->ended++;
	if (rig->act == CONN_RIG_ECHO)
		buf_add_text(&rig->out, "END");
	rig->is_over = rig->act == CONN_RIG_ECHO;
}

static bool
wants_input(void *context)
{
	struct conn_rig *rig = context;

	return rig->input_max == 0 || rig->input_size < rig->input_max;
}

static bool
on_output(void *context, struct conn_output *out)
{
	struct conn_rig *rig = context;

	if (rig->act == CONN_RIG_RESPOND && rig->input_size == 0)
		return false;
	out->head = buf_str(&rig->out);
	out->body = rig->body;
	out->fd = rig->file_fd;
	out->file_offset = rig->file_offset;
	out->file_size = rig->file_size;
	return out->head.len + out->body.len + out->file_size > 0;
}

static void
on_sent(void *context, size_t size, int64_t now_ms)
{
	struct conn_rig *rig = context;
	size_t part = size < rig->out.len ? size : rig->out.len;

	(void)now_ms;
	rig->sent_size += size;
	buf_cut(&rig->out, part);
	size -= part;
	part = size < rig->body.len ? size : rig->body.len;
	rig->body = str_from(rig->body, part);
	size -= part;
	assert_true(size <= rig->file_size);
	rig->file_offset += size;
	rig->file_size -= size;
}

static int64_t
next_ms(void *context)
{
	struct conn_rig *rig = context;

	return rig->wake_ms == 0 ? CONN_NEVER : rig->due_ms;
}

static void
on_tick(void *context, int64_t now_ms)
{
	struct conn_rig *rig = context;

	rig->ticked++;
	rig->is_over = now_ms >= rig->due_ms;
}

static bool
is_over(void *context)
{
	struct conn_rig *rig = context;

	if (rig->out.len + rig->body.len + rig->file_size > 0)
		return false;
	return rig->is_over ||
	       (rig->act == CONN_RIG_RESPOND && rig->sent_size > 0);
}

static void
on_stop(void *context, int64_t now_ms)
{
	struct conn_rig *rig = context;

	(void)now_ms;
	rig->stopped++;
	rig->is_over = true;
}

static void
on_free(void *context)
{
	struct conn_rig *rig = context;

	rig->freed++;
}

static const struct protocol protocol = {
	.input = on_input,
	.input_ended = on_input_ended,
	.wants_input = wants_input,
	.output = on_output,
	.sent = on_sent,
	.next_ms = next_ms,
	.tick = on_tick,
	.is_over = is_over,
	.stop = on_stop,
	.free = on_free,
};

static void *
attach(void *context, struct conn *conn)
{
	struct conn_rig *rig = context;

	rig->peer = *conn_peer(conn);
	if (rig->act == CONN_RIG_REFUSE)
		return NULL;
	rig->attached++;
	return rig;
}

static void
on_closed(void *context)
{
	struct conn_rig *rig = context;

	rig->closed++;
	assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &rig->cpu), 0);
	loop_stop(rig->loop);
}

void
conn_rig_on_open(struct loop_post *post)
{
	struct conn_rig *rig =
	    (struct conn_rig *)(void *)((char *)post -
	                                offsetof(struct conn_rig, post));
	struct conn_options options = { .loop = rig->loop,
		.protocol = &protocol,
		.open_ms = rig->open_ms,
		.attach = attach,
		.context = rig,
		.closed = on_closed };

	rig->due_ms = loop_now_ms(rig->loop) + rig->wake_ms;
	rig->conn = conn_new(&options, rig->stream_new(rig->server_fd));
}

static void *
run(void *argument)
{
	loop_run(argument);
	return NULL;
}

/* Two ends of a connection over TCP; the second does not block. */
static void
make_pair(int *out_fd, int *out_server_fd)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	struct timeval patience = { .tv_sec = PATIENCE_S };
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int small = 32 * 1024;

	assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(
	    getsockname(listener, (struct sockaddr *)&address, &size), 0);
	assert_int_equal(
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	                     sizeof(patience)),
	    0);
	assert_int_equal(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	*out_server_fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	assert_int_not_equal(*out_server_fd, -1);
	assert_int_equal(close(listener), 0);
	*out_fd = fd;
}

void
conn_rig_init(struct conn_rig *rig, enum conn_rig_act act)
{
	*rig = (struct conn_rig){ .act = act,
		.file_fd = -1,
		.stream_new = stream_plain_new,
		.loop = loop_new(),
		.post.run = conn_rig_on_open };
	buf_init(&rig->out, OUT_MAX);
}

void
conn_rig_open(struct conn_rig *rig)
{
	make_pair(&rig->fd, &rig->server_fd);
	loop_post(rig->loop, &rig->post);
	assert_int_equal(pthread_create(&rig->thread, NULL, run, rig->loop), 0);
}

void
conn_rig_done(struct conn_rig *rig)
{
	assert_int_equal(pthread_join(rig->thread, NULL), 0);
	assert_int_equal(rig->closed, 1);
	assert_int_equal(rig->freed, rig->attached);
	loop_free(rig->loop);
	buf_done(&rig->out);
	if (rig->file_fd != -1)
		assert_int_equal(close(rig->file_fd), 0);
	if (rig->fd != -1)
		assert_int_equal(close(rig->fd), 0);
}

void
conn_rig_say(const struct conn_rig *rig, const char *text)
{
	size_t size = strlen(text);

	assert_int_equal(
	    send(rig->fd, text, size, MSG_NOSIGNAL), (ssize_t)size);
}

size_t
conn_rig_hear(const struct conn_rig *rig, char *out, size_t size_max)
{
	size_t size = 0;

	for (;;) {
		ssize_t got = recv(rig->fd, out + size, size_max - size, 0);

		assert_int_not_equal(got, -1); /* neither reset nor late */
		if (got == 0)
			return size;
		size += (size_t)got;
	}
}

void
conn_rig_hear_text(const struct conn_rig *rig, const char *text)
{
	char got[256];
	size_t size = strlen(text);

	assert_int_equal(recv(rig->fd, got, size, MSG_WAITALL), (ssize_t)size);
	assert_memory_equal(got, text, size);
}
