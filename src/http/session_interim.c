/*
 * session_interim.c - see session_inside.h.
 */
#include "http/session_inside.h"

#include "http/guard.h"
#include "http/h1_write.h"
#include "http/interim_policy.h"

enum { RETRY_MS = 100 }; /* while the work is not accepted */

void
session_interim_plan(struct session *s, int64_t now_ms)
{
	struct interim_verdict verdict;

	if (s->has_interim)
		return;
	interim_decide(s->config->interim, &s->x->request, s->config->guard,
	    now_ms, &verdict);
	s->x->log.withheld = verdict.withheld;
	s->may_carry_fields = verdict.may_carry_fields;
	s->must_close_after = verdict.must_close_after;
	s->has_interim = true;
	interim_init(&s->interim, &verdict.plan, now_ms);
	for (uint32_t i = 0; i < s->x->log.interim_count; i++)
		interim_spend(&s->interim);
}

void
session_interim_queue(
    struct session *s, int status, struct str lines, int64_t now_ms)
{
	struct exchange_log *log = &s->x->log;

	h1_write_interim(&s->sender.out, status, lines);
	log->interim_count++;
	if (status == 102 && log->first_interim_ms < 0)
		log->first_interim_ms = now_ms - log->started_ms;
}

void
session_interim_probe(struct session *s, int64_t now_ms)
{
	session_interim_plan(s, now_ms);
	if (!sender_is_empty(&s->sender) ||
	    !interim_due(&s->interim, now_ms, 0))
		return;
	session_interim_queue(s, 102, str_of(NULL), now_ms);
	interim_started(&s->interim, now_ms, 0);
}

/* What is still on its way cannot have been taken for an answer. */
void
session_interim_doubt(struct session *s, int64_t now_ms)
{
	uint32_t in_flight = s->interim.state == INTERIM_IN_FLIGHT;
	const struct request *request = &s->x->request;

	if (!s->has_interim || s->is_desynced || s->interim.count <= in_flight)
		return;
	s->is_desynced = true;
	s->x->log.withheld = "desync";
	guard_remember(s->config->guard, request->peer,
	    fields_get(&request->fields, "User-Agent"), now_ms);
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
send_102(struct session *s, int64_t now_ms, uint64_t version)
{
	struct exchange *x = s->x;
	size_t size_max = interim_fields_size_max(&s->interim);
	struct buf lines = { 0 };

	if (s->may_carry_fields && size_max > 0) {
		buf_init(&lines, size_max);
		x->handler->describe(x->handler->context, x, &lines);
		cut_to_lines(&lines);
		interim_fields_spend(&s->interim, lines.len);
	}
	session_interim_queue(s, 102, buf_str(&lines), now_ms);
	interim_started(&s->interim, now_ms, version);
	buf_done(&lines);
}

/* Only accepted work is announced: progress is 0 until then. */
void
session_interim_consider(struct session *s, int64_t now_ms)
{
	struct exchange *x = s->x;
	uint64_t version;

	session_interim_plan(s, now_ms);
	s->retry_ms = CONN_NEVER;
	if (s->is_desynced || s->in.len >= READ_AHEAD_SIZE_MAX)
		return;
	if (!sender_is_empty(&s->sender))
		return; /* we are called again when all was sent */
	version = x->handler->progress(x->handler->context, x);
	s->retry_ms = version == 0 ? now_ms + RETRY_MS : now_ms;
	if (version == 0)
		return;
	if (interim_due(&s->interim, now_ms, version))
		send_102(s, now_ms, version);
}
