/*
 * herald.c - see herald.h.
 */
#include "http/herald.h"

#include "http/interim_policy.h"
#include "http/session.h"

/* While the work is not accepted: most of it soon is, some waits its turn. */
enum { PATIENCE_MS = 1, PATIENCE_MS_MAX = 100 };

void
herald_plan(struct herald *herald, const struct session_config *config,
    struct exchange *x, int64_t now_ms)
{
	struct interim_verdict verdict;

	if (herald->is_planned)
		return;
	interim_decide(
	    config->interim, &x->request, config->guard, now_ms, &verdict);
	x->log.withheld = verdict.withheld;
	herald->may_carry_fields = verdict.may_carry_fields;
	herald->must_close_after = verdict.must_close_after;
	herald->is_planned = true;
	herald->retry_ms = now_ms;
	herald->patience_ms = PATIENCE_MS;
	interim_init(&herald->interim, &verdict.plan, now_ms);
	for (uint32_t i = 0; i < x->log.interim_count; i++)
		interim_spend(&herald->interim);
}

void
herald_count(
    struct herald *herald, struct exchange *x, int status, int64_t now_ms)
{
	struct exchange_log *log = &x->log;

	log->interim_count++;
	if (status == 102 && log->first_interim_ms < 0)
		log->first_interim_ms = now_ms - log->started_ms;
	if (status != 102 && herald->is_planned)
		interim_spend(&herald->interim);
}

/* What has no place is left out, in whole lines. */
static void
cut_to_lines(struct buf *lines)
{
	while (lines->len > 0 && lines->data[lines->len - 1] != '\n')
		lines->len--;
	lines->err = ERR_NONE;
}

static void
describe(struct herald *herald, struct exchange *x, struct buf *lines)
{
	size_t size_max = interim_fields_size_max(&herald->interim);

	buf_init(lines, size_max);
	if (!herald->may_carry_fields || size_max == 0)
		return;
	x->handler->describe(x->handler->context, x, lines);
	cut_to_lines(lines);
	interim_fields_spend(&herald->interim, lines->len);
}

/* It is asked again soon, and less and less often. */
static void
put_off(struct herald *herald, int64_t now_ms)
{
	int64_t pause_ms = herald->patience_ms;

	herald->retry_ms = now_ms + pause_ms;
	herald->patience_ms =
	    pause_ms * 2 < PATIENCE_MS_MAX ? pause_ms * 2 : PATIENCE_MS_MAX;
}

/* Only accepted work is announced: progress is 0 until then. */
bool
herald_compose(struct herald *herald, struct exchange *x, int64_t now_ms,
    struct buf *out_lines)
{
	uint64_t version = x->handler->progress(x->handler->context, x);

	CHECK(herald->is_planned);
	if (version == 0) {
		put_off(herald, now_ms);
		return false;
	}
	herald->retry_ms = now_ms;
	if (!interim_due(&herald->interim, now_ms, version))
		return false;
	describe(herald, x, out_lines);
	herald_count(herald, x, 102, now_ms);
	interim_started(&herald->interim, now_ms, version);
	return true;
}

bool
herald_probe(struct herald *herald, struct exchange *x, int64_t now_ms)
{
	CHECK(herald->is_planned);
	if (!interim_due(&herald->interim, now_ms, 0))
		return false;
	herald_count(herald, x, 102, now_ms);
	interim_started(&herald->interim, now_ms, 0);
	return true;
}

void
herald_wait(struct herald *herald)
{
	herald->retry_ms = INTERIM_NEVER;
}

void
herald_flushed(struct herald *herald, int64_t now_ms)
{
	if (!herald->is_planned)
		return;
	herald->retry_ms = now_ms; /* whatever it waited for */
	if (herald->interim.state == INTERIM_IN_FLIGHT)
		interim_flushed(&herald->interim, now_ms);
}

void
herald_close(struct herald *herald)
{
	if (herald->is_planned)
		interim_close(&herald->interim);
}

int64_t
herald_next_ms(const struct herald *herald)
{
	int64_t due_ms;

	if (!herald->is_planned)
		return INTERIM_NEVER;
	due_ms = interim_next_ms(&herald->interim);
	return due_ms > herald->retry_ms ? due_ms : herald->retry_ms;
}

bool
herald_was_heard(const struct herald *herald)
{
	uint32_t in_flight = herald->interim.state == INTERIM_IN_FLIGHT;

	return herald->is_planned && herald->interim.count > in_flight;
}
