/*
 * h2_fuzz.c - any octets from a peer of HTTP/2, cut anywhere, to a handler
 * that answers some requests at once and some when its time comes: what the
 * peer reads is a sequence of whole frames, and every exchange is released.
 *
 * The first octet sets how large the pieces are in which the rest arrives, and
 * whether the preface is put before it.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/limits.h"
#include "http/exchange.h"
#include "http/guard.h"
#include "http/h2.h"
#include "http/interim_policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEP_MS = 700, OUTPUT_MAX = 16 * 1024 * 1024, HELD_MAX = 8 };

static const char hello[] =
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";

/* The peer, the handler and the clock. */
struct world {
	void *session;
	struct exchange *held[HELD_MAX]; /* steps that are completed later */
	size_t held_count;
	struct buf output;
	int64_t now_ms;
	unsigned turn;
	size_t open_count; /* exchanges that were not released */
};

static void
complete(struct exchange *x)
{
	switch (x->step) {
	case EXCHANGE_START:
		if (str_is(x->request.path, "/no")) {
			response_problem(&x->response, 403, "No.");
			exchange_answer(x);
		} else {
			exchange_accept(x);
		}
		return;
	case EXCHANGE_BODY:
		exchange_took(x);
		return;
	case EXCHANGE_FINISH:
		x->response.status = 200;
		x->response.body = str_is(x->request.method, "GET")
		                       ? RESPONSE_PULLED
		                       : RESPONSE_BYTES;
		x->response.pulled_size =
		    x->request.has_body ? 4 : BODY_SIZE_UNKNOWN;
		if (x->response.body == RESPONSE_BYTES)
			buf_add_text(&x->response.bytes, "work");
		exchange_answer(x);
		return;
	case EXCHANGE_PULL:
		buf_add_text(&x->response.bytes, "work");
		exchange_pulled(x, true);
		return;
	case EXCHANGE_IDLE:
		UNREACHABLE("no step to complete");
	}
}

static void
step(struct world *world, struct exchange *x)
{
	if (world->turn++ % 3 == 0 && world->held_count < HELD_MAX)
		world->held[world->held_count++] = x;
	else
		complete(x);
}

static void
check_request(const struct request *request)
{
	CHECK(request->version == HTTP_2);
	CHECK(request->method.len > 0);
	CHECK(request->fields.count <= FIELD_COUNT_MAX);
	CHECK(request->form == TARGET_ASTERISK || request->path.data[0] == '/');
	CHECK(fields_find(&request->fields, "Transfer-Encoding") == NULL);
	CHECK(fields_find(&request->fields, "Connection") == NULL);
}

static void
on_start(void *context, struct exchange *x)
{
	struct world *world = context;

	world->open_count++;
	CHECK(world->open_count <= STREAM_COUNT_MAX);
	check_request(&x->request);
	step(world, x);
}

static void
on_body(void *context, struct exchange *x, struct str octets)
{
	CHECK(octets.len > 0);
	CHECK(octets.len <= BODY_PIECE_SIZE_MAX);
	step(context, x);
}

static void
on_step(void *context, struct exchange *x)
{
	step(context, x);
}

static void
on_pull(void *context, struct exchange *x, size_t size_max)
{
	CHECK(size_max > 0);
	step(context, x);
}

static void
on_abort(void *context, struct exchange *x)
{
	(void)context;
	CHECK(x->is_detached);
}

static void
on_release(void *context, struct exchange *x)
{
	struct world *world = context;

	CHECK(world->open_count > 0);
	world->open_count--;
	exchange_free(x);
}

static uint64_t
on_progress(void *context, struct exchange *x)
{
	struct world *world = context;

	(void)x;
	return world->turn;
}

static void
on_describe(void *context, struct exchange *x, struct buf *lines)
{
	(void)context;
	(void)x;
	buf_add_text(lines, "Progress: 1/2\r\n");
}

static void
on_log(void *context, const struct exchange *x, int64_t now_ms)
{
	(void)context;
	CHECK(now_ms >= x->log.started_ms);
}

static int64_t
now_of(void *context)
{
	struct world *world = context;

	return world->now_ms;
}

static int64_t
wall_of(void *context)
{
	(void)context;
	return 784111777;
}

/* Lets the peer read a part, sometimes nothing. */
static void
read_some(struct world *world)
{
	struct conn_output out = { .fd = -1 };

	while (
	    world->turn % 7 != 1 && h2_protocol.output(world->session, &out)) {
		struct str part = out.head;

		if (world->turn % 5 == 0 && part.len > 7)
			part.len = 7;
		CHECK(part.len > 0);
		CHECK(out.fd == -1);
		buf_add_str(&world->output, part);
		h2_protocol.sent(world->session, part.len, world->now_ms);
	}
}

static void
complete_held(struct world *world)
{
	struct exchange *x;

	if (world->held_count == 0)
		return;
	x = world->held[--world->held_count];
	complete(x);
	x->resumed(x);
}

static void
pass_time(struct world *world)
{
	world->now_ms += STEP_MS;
	if (h2_protocol.next_ms(world->session) <= world->now_ms)
		h2_protocol.tick(world->session, world->now_ms);
	read_some(world);
	if (world->now_ms % 3 == 0)
		complete_held(world);
	read_some(world);
}

static void
feed(struct world *world, struct str input, size_t piece_size)
{
	while (input.len > 0 && !h2_protocol.is_over(world->session)) {
		struct str piece = input;

		if (piece.len > piece_size)
			piece.len = piece_size;
		if (h2_protocol.wants_input(world->session)) {
			h2_protocol.input(world->session, piece, world->now_ms);
			input = str_from(input, piece.len);
		} else {
			world->turn++;
			complete_held(world);
		}
		read_some(world);
		pass_time(world);
	}
	if (!h2_protocol.is_over(world->session) && piece_size % 2 == 0)
		h2_protocol.input_ended(world->session, world->now_ms);
	else if (!h2_protocol.is_over(world->session) && piece_size % 3 == 0)
		h2_protocol.stop(world->session, world->now_ms);
	for (int i = 0; i < 10 && !h2_protocol.is_over(world->session); i++)
		pass_time(world);
}

/* Frame after frame (RFC 9113, 4.1); the last may be cut short. */
static void
check_output(struct str rest)
{
	enum { HEAD_SIZE = 9, FRAME_SIZE_MAX = 16384 };

	while (rest.len >= HEAD_SIZE) {
		const unsigned char *head = (const unsigned char *)rest.data;
		size_t size =
		    (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];

		CHECK(size <= FRAME_SIZE_MAX);
		CHECK(head[3] <= 9);
		size += HEAD_SIZE;
		rest = str_from(rest, size < rest.len ? size : rest.len);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world world = { .now_ms = 1000 };
	struct handler handler = { .start = on_start,
		.body = on_body,
		.finish = on_step,
		.pull = on_pull,
		.wake = on_step,
		.abort = on_abort,
		.release = on_release,
		.progress = on_progress,
		.describe = on_describe,
		.context = &world };
	struct interim_policy policy;
	struct guard guard;
	struct session_config config = { .handler = &handler,
		.interim = &policy,
		.guard = &guard,
		.now_ms = now_of,
		.wall_s = wall_of,
		.log = on_log,
		.context = &world,
		.stream_count_max = STREAM_COUNT_MAX,
		.idle_ms = 50000,
		.head_ms = 40000,
		.body_ms = 30000,
		.send_ms = 20000 };
	struct conn_peer peer = { .address = "192.0.2.1" };

	if (size < 2)
		return 0;
	interim_policy_init(&policy);
	policy.mode = INTERIM_MODE_ON;
	policy.threshold_ms = STEP_MS;
	policy.interval_ms = INTERIM_INTERVAL_MS_MIN;
	CHECK(guard_init(&guard) == ERR_NONE);
	buf_init(&world.output, OUTPUT_MAX);
	world.turn = data[0];
	world.session = h2_new(&config, NULL, &peer, world.now_ms);
	CHECK(world.session != NULL);
	if (data[0] % 4 != 0)
		h2_protocol.input(world.session,
		    str_make(hello, sizeof(hello) - 1), world.now_ms);
	feed(&world, str_make((const char *)data + 1, size - 1),
	    (size_t)data[0] + 1);
	h2_protocol.free(world.session);
	while (world.held_count > 0)
		complete_held(&world);
	CHECK(world.open_count == 0);
	check_output(buf_str(&world.output));
	buf_done(&world.output);
	guard_done(&guard);
	return 0;
}
