/*
 * session_rig.c - see session_rig.h.
 */
#include "session_rig.h"

#include <string.h>

enum { OUTPUT_SIZE_MAX = 64 * 1024 * 1024 };

static void
answer(struct rig *rig, struct exchange *x)
{
	struct response *response = &x->response;

	response->status = rig->status;
	response->body = rig->kind;
	if (rig->kind == RESPONSE_BYTES)
		buf_add_text(&response->bytes, "ok");
	if (rig->kind == RESPONSE_PULLED)
		response->pulled_size = rig->pulled_size;
	rig->piece_index = 0;
	exchange_answer(x);
}

static void
refuse(const struct rig *rig, struct exchange *x)
{
	x->response.status = rig->refuse_status;
	exchange_answer(x);
}

static void
pull(struct rig *rig, struct exchange *x)
{
	const char *const *piece = &rig->pieces[rig->piece_index++];

	buf_add_text(&x->response.bytes, piece[0]);
	exchange_pulled(x, piece[1] == NULL);
}

static void
complete(struct rig *rig, struct exchange *x)
{
	switch (x->step) {
	case EXCHANGE_START:
		exchange_accept(x);
		return;
	case EXCHANGE_BODY:
		exchange_took(x);
		return;
	case EXCHANGE_FINISH:
		answer(rig, x);
		return;
	case EXCHANGE_PULL:
		pull(rig, x);
		return;
	case EXCHANGE_IDLE:
		fail_msg("no step to complete");
	}
}

/* It is no longer in the handler's hands. */
static void
let_go(struct rig *rig, const struct exchange *x)
{
	size_t count = 0;

	for (size_t i = 0; i < rig->held_count; i++)
		if (rig->held[i] != x)
			rig->held[count++] = rig->held[i];
	rig->held_count = count;
	rig->x = count == 0 ? NULL : rig->held[count - 1];
}

static void
make_move(struct rig *rig, struct exchange *x, enum rig_move move)
{
	switch (move) {
	case RIG_GO_ON:
		complete(rig, x);
		return;
	case RIG_REFUSE:
		refuse(rig, x);
		return;
	case RIG_HOLD:
		assert_true(rig->held_count < RIG_HELD_MAX);
		rig->held[rig->held_count++] = x;
		rig->x = x;
		return;
	case RIG_BREAK:
		exchange_break(x);
		return;
	}
}

static void
on_start(void *context, struct exchange *x)
{
	struct rig *rig = context;

	rig->started++;
	make_move(rig, x, rig->start);
}

static void
on_body(void *context, struct exchange *x, struct str octets)
{
	struct rig *rig = context;

	assert_true(octets.len > 0);
	buf_add_str(&rig->content, octets);
	make_move(rig, x, rig->body);
}

static void
set_alarm(const struct rig *rig, struct exchange *x)
{
	if (rig->wake_after_ms > 0)
		x->wake_ms = rig->now_ms + rig->wake_after_ms;
}

static void
on_wake(void *context, struct exchange *x)
{
	struct rig *rig = context;

	rig->woken++;
	if (rig->wake == RIG_HOLD)
		return;
	let_go(rig, x);
	make_move(rig, x, rig->wake);
}

static void
on_finish(void *context, struct exchange *x)
{
	struct rig *rig = context;

	rig->finished++;
	buf_add_str(&rig->targets, x->request.target);
	buf_add_char(&rig->targets, ' ');
	set_alarm(rig, x);
	make_move(rig, x, rig->finish);
}

static void
on_pull(void *context, struct exchange *x, size_t size_max)
{
	struct rig *rig = context;

	assert_true(size_max > 0);
	set_alarm(rig, x);
	make_move(rig, x, rig->pull);
}

static void
on_abort(void *context, struct exchange *x)
{
	struct rig *rig = context;

	rig->aborted++;
	assert_true(x->is_detached);
	if (rig->answers_abort)
		complete(rig, x);
}

static void
on_release(void *context, struct exchange *x)
{
	struct rig *rig = context;

	rig->released++;
	exchange_free(x);
}

static uint64_t
on_progress(void *context, struct exchange *x)
{
	struct rig *rig = context;

	assert_int_equal(x->step, EXCHANGE_FINISH);
	return rig->progress;
}

static void
on_describe(void *context, struct exchange *x, struct buf *lines)
{
	struct rig *rig = context;

	(void)x;
	for (const char *at = rig->lines; at != NULL && *at != '\0'; at++)
		buf_add_char(lines, *at); /* as far as there is a place */
}

static int64_t
now_ms(void *context)
{
	struct rig *rig = context;

	return rig->now_ms;
}

static int64_t
wall_s(void *context)
{
	(void)context;
	return 784111777;
}

static void
on_log(void *context, const struct exchange *x, int64_t at_ms)
{
	struct rig *rig = context;

	assert_true(at_ms >= x->log.started_ms);
	rig->logged++;
	rig->logged_status = x->is_detached ? 0 : x->response.status;
	rig->logged_interim_count = x->log.interim_count;
	rig->logged_sent_size = x->log.sent_size;
	rig->logged_withheld = x->log.withheld;
}

/* As net/conn.c does: until nothing can be sent. */
static void
pump(struct rig *rig)
{
	const struct protocol *protocol = rig->protocol;
	struct conn_output out = { .fd = -1 };

	while (rig->window > 0 && protocol->output(rig->session, &out)) {
		struct str part = out.head.len > 0 ? out.head : out.body;

		if (part.len > rig->window)
			part.len = rig->window;
		if (rig->window != RIG_ALL)
			rig->window -= part.len;
		buf_add_str(&rig->output, part);
		protocol->sent(rig->session, part.len, rig->now_ms);
		out = (struct conn_output){ .fd = -1 };
	}
	rig->is_over = protocol->is_over(rig->session);
}

void
rig_connect(struct rig *rig)
{
	if (rig->session != NULL)
		rig->protocol->free(rig->session);
	rig->session = rig->make(&rig->config, NULL, &rig->peer, rig->now_ms);
	assert_non_null(rig->session);
	rig->is_over = false;
}

void
rig_prepare(struct rig *rig)
{
	*rig = (struct rig){
		.kind = RESPONSE_BYTES,
		.status = 200,
		.refuse_status = 403,
		.pulled_size = BODY_SIZE_UNKNOWN,
		.window = RIG_ALL,
		.now_ms = RIG_T0,
		.protocol = &session_protocol,
		.make = session_new,
		.peer = { .address = "192.0.2.1" },
		.handler = { .start = on_start,
		    .body = on_body,
		    .finish = on_finish,
		    .pull = on_pull,
		    .wake = on_wake,
		    .abort = on_abort,
		    .release = on_release,
		    .progress = on_progress,
		    .describe = on_describe },
		.config = { .now_ms = now_ms,
		    .wall_s = wall_s,
		    .log = on_log,
		    .stream_count_max = 4,
		    .idle_ms = RIG_IDLE_MS,
		    .head_ms = RIG_HEAD_MS,
		    .body_ms = RIG_BODY_MS,
		    .send_ms = RIG_SEND_MS },
	};
	rig->handler.context = rig;
	rig->config.handler = &rig->handler;
	rig->config.interim = &rig->policy;
	rig->config.guard = &rig->guard;
	rig->config.context = rig;
	interim_policy_init(&rig->policy);
	rig->policy.mode = INTERIM_MODE_ON;
	rig->policy.threshold_ms = RIG_THRESHOLD_MS;
	rig->policy.interval_ms = RIG_INTERVAL_MS;
	assert_int_equal(guard_init(&rig->guard), ERR_NONE);
	buf_init(&rig->output, OUTPUT_SIZE_MAX);
	buf_init(&rig->content, OUTPUT_SIZE_MAX);
	buf_init(&rig->targets, OUTPUT_SIZE_MAX);
}

void
rig_init(struct rig *rig)
{
	rig_prepare(rig);
	rig_connect(rig);
}

void
rig_done(struct rig *rig)
{
	rig_close(rig);
	while (rig->x != NULL)
		if (rig->x->step == EXCHANGE_IDLE)
			let_go(rig, rig->x);
		else
			rig_complete(rig);
	assert_int_equal(rig->released, rig->started);
	assert_true(rig->logged >= rig->started);
	guard_done(&rig->guard);
	buf_done(&rig->output);
	buf_done(&rig->content);
	buf_done(&rig->targets);
}

void
rig_send_octets(struct rig *rig, const void *data, size_t size)
{
	char *copy = test_malloc(size + 1); /* so that a stale view is seen */

	memcpy(copy, data, size);
	rig->protocol->input(rig->session, str_make(copy, size), rig->now_ms);
	test_free(copy);
	pump(rig);
}

void
rig_send(struct rig *rig, const char *text)
{
	rig_send_octets(rig, text, strlen(text));
}

void
rig_end_input(struct rig *rig)
{
	rig->protocol->input_ended(rig->session, rig->now_ms);
	pump(rig);
}

void
rig_close(struct rig *rig)
{
	if (rig->session != NULL)
		rig->protocol->free(rig->session);
	rig->session = NULL;
}

void
rig_stop(struct rig *rig)
{
	rig->protocol->stop(rig->session, rig->now_ms);
	pump(rig);
}

void
rig_at(struct rig *rig, int64_t at_ms)
{
	int turns = 0;

	for (;;) {
		int64_t next_ms = rig->protocol->next_ms(rig->session);

		if (next_ms > at_ms)
			break;
		assert_true(++turns < 10000); /* no busy loop */
		if (next_ms > rig->now_ms)
			rig->now_ms = next_ms;
		rig->protocol->tick(rig->session, rig->now_ms);
		pump(rig);
		if (rig->is_over)
			break;
		next_ms = rig->protocol->next_ms(rig->session);
		assert_true(next_ms > rig->now_ms); /* or it fires again */
	}
	rig->now_ms = at_ms;
}

void
rig_read(struct rig *rig, size_t size)
{
	rig->window = size;
	pump(rig);
}

static void
resume(struct rig *rig, struct exchange *x)
{
	/* Either may free it, or hold the next one. */
	x->resumed(x);
	if (rig->session != NULL)
		pump(rig);
}

void
rig_complete(struct rig *rig)
{
	struct exchange *x = rig->x;

	assert_non_null(x);
	let_go(rig, x);
	if (x->event == EXCHANGE_NOTHING)
		complete(rig, x);
	resume(rig, x);
}

void
rig_refuse(struct rig *rig)
{
	struct exchange *x = rig->x;

	assert_non_null(x);
	let_go(rig, x);
	refuse(rig, x);
	resume(rig, x);
}

/* Without "\r" and without the lines that begin with "Date: ". */
static void
normalise(struct buf *out, struct str text)
{
	while (text.len > 0) {
		bool is_whole = str_has(text, '\n');
		struct str line = str_cut(&text, '\n');

		if (str_starts(line, (struct str)STR("Date: ")))
			continue;
		for (size_t i = 0; i < line.len; i++) {
			if (line.data[i] != '\r')
				buf_add_char(out, line.data[i]);
		}
		if (is_whole)
			buf_add_char(out, '\n');
	}
	buf_add_char(out, '\0');
}

void
rig_expect(struct rig *rig, const char *text)
{
	struct buf got;

	buf_init(&got, OUTPUT_SIZE_MAX);
	normalise(&got, buf_str(&rig->output));
	assert_string_equal(got.data, text);
	buf_done(&got);
	buf_clear(&rig->output);
}

void
rig_expect_status(struct rig *rig, const char *status)
{
	struct str line = buf_str(&rig->output);

	assert_true(str_starts(line, str_of("HTTP/1.1 ")));
	line = str_from(line, strlen("HTTP/1.1 "));
	assert_true(line.len > strlen(status));
	line.len = strlen(status);
	assert_memory_equal(line.data, status, line.len);
	buf_clear(&rig->output);
}

static void
expect_cut(void (*setup)(struct rig *rig), struct str input, size_t first,
    size_t step, const char *output)
{
	struct rig rig;

	rig_init(&rig);
	if (setup != NULL)
		setup(&rig);
	for (size_t at = 0; at < input.len;) {
		size_t size = at == 0 ? first : step;

		if (size > input.len - at)
			size = input.len - at;
		rig_send_octets(&rig, input.data + at, size);
		at += size;
	}
	rig_expect(&rig, output);
	rig_done(&rig);
}

void
rig_expect_always(
    void (*setup)(struct rig *rig), const char *input, const char *output)
{
	struct str text = str_of(input);

	expect_cut(setup, text, 1, 1, output);
	for (size_t first = 1; first <= text.len; first++)
		expect_cut(setup, text, first, text.len, output);
}
