/*
 * session_fuzz.c - any octets from a peer, cut anywhere, to a handler that
 * answers some requests at once and some when its time comes: what the peer
 * reads is a sequence of well-formed responses, one final one for each request
 * that was answered, and no 1xx for HTTP/1.0.
 *
 * The first octet sets how large the pieces are in which the rest arrives.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "http/exchange.h"
#include "http/guard.h"
#include "http/interim_policy.h"
#include "http/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEP_MS = 700, OUTPUT_MAX = 16 * 1024 * 1024 };

/* The peer, the handler and the clock. */
struct world {
	void *session;
	struct exchange *held; /* a step that is completed later; or NULL */
	struct buf output;
	int64_t now_ms;
	unsigned turn;
	size_t open_count; /* exchanges that were not released */
	bool saw_http_1_0;
	bool saw_head;
};

static void
complete(struct world *world, struct exchange *x)
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
	(void)world;
}

static void
step(struct world *world, struct exchange *x)
{
	CHECK(world->held == NULL);
	if (world->turn++ % 3 == 0)
		world->held = x;
	else
		complete(world, x);
}

static void
on_start(void *context, struct exchange *x)
{
	struct world *world = context;

	world->open_count++;
	world->saw_http_1_0 |= x->request.version == HTTP_1_0;
	world->saw_head |= str_is(x->request.method, "HEAD");
	step(world, x);
}

static void
on_body(void *context, struct exchange *x, struct str octets)
{
	CHECK(octets.len > 0);
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
	struct world *world = context;

	CHECK(world->held == x);
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
	CHECK(x->request.version != HTTP_1_0 || x->log.interim_count == 0);
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

	while (session_protocol.output(world->session, &out)) {
		struct str part = out.head.len > 0 ? out.head : out.body;

		if (world->turn % 5 == 0 && part.len > 7)
			part.len = 7;
		CHECK(part.len > 0);
		buf_add_str(&world->output, part);
		session_protocol.sent(world->session, part.len, world->now_ms);
		out = (struct conn_output){ .fd = -1 };
	}
}

static void
complete_held(struct world *world)
{
	struct exchange *x = world->held;

	world->held = NULL;
	if (x == NULL)
		return;
	complete(world, x);
	x->resumed(x);
}

static void
pass_time(struct world *world)
{
	const struct protocol *protocol = &session_protocol;

	world->now_ms += STEP_MS;
	if (protocol->next_ms(world->session) <= world->now_ms)
		protocol->tick(world->session, world->now_ms);
	read_some(world);
	if (world->now_ms % 3 == 0)
		complete_held(world);
	read_some(world);
}

static void
feed(struct world *world, struct str input, size_t piece_size)
{
	const struct protocol *protocol = &session_protocol;

	while (input.len > 0 && !protocol->is_over(world->session)) {
		struct str piece = input;

		if (piece.len > piece_size)
			piece.len = piece_size;
		if (protocol->wants_input(world->session)) {
			protocol->input(world->session, piece, world->now_ms);
			input = str_from(input, piece.len);
		} else {
			complete_held(world);
		}
		read_some(world);
		pass_time(world);
	}
	if (!protocol->is_over(world->session) && piece_size % 2 == 0)
		protocol->input_ended(world->session, world->now_ms);
	for (int i = 0; i < 10 && !protocol->is_over(world->session); i++)
		pass_time(world);
}

static uint64_t
content_size(struct str head)
{
	uint64_t size = 0;

	while (head.len > 0) {
		struct str value = str_cut(&head, '\n');
		struct str name = str_cut(&value, ':');

		value = str_trim(value);
		if (value.len > 0 && str_is_nocase(name, "Content-Length"))
			CHECK(str_to_u64(str_make(value.data, value.len - 1),
			          UINT64_MAX, &size) == ERR_NONE);
		else if (str_is_nocase(name, "Transfer-Encoding"))
			size = strlen("4\r\nwork\r\n0\r\n\r\n");
	}
	return size;
}

/* Head after head, each with its content; the last may be cut short. */
static void
check_output(const struct world *world)
{
	struct str rest = buf_str(&world->output);

	CHECK(world->output.err == ERR_NONE);
	while (rest.len > 0) {
		struct str head = rest;
		const char *end =
		    memmem(rest.data, rest.len, "\r\n\r\n", strlen("\r\n\r\n"));
		uint64_t size;

		if (end == NULL)
			return;
		head.len = (size_t)(end - rest.data) + strlen("\r\n");
		rest = str_from(rest, head.len + strlen("\r\n"));
		CHECK(str_starts(head, (struct str)STR("HTTP/1.1 ")));
		size = content_size(head);
		if (str_starts(head, (struct str)STR("HTTP/1.1 1")))
			CHECK(size == 0);
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
	world.session = session_new(&config, NULL, &peer, world.now_ms);
	CHECK(world.session != NULL);
	feed(&world, str_make((const char *)data + 1, size - 1),
	    (size_t)data[0] + 1);
	session_protocol.free(world.session);
	complete_held(&world);
	CHECK(world.open_count == 0);
	/* The size of what follows a head is known but for these two. */
	if (!world.saw_http_1_0 && !world.saw_head)
		check_output(&world);
	buf_done(&world.output);
	guard_done(&guard);
	return 0;
}
