/*
 * session_interim.c - see session_inside.h.
 */
#include "http/session_inside.h"

#include "base/limits.h"
#include "http/guard.h"
#include "http/h1_write.h"
#include "http/interim_policy.h"

enum { RETRY_MS = 100 }; /* while one has to wait */

/* The plan of the request's interim responses, made when first needed. */
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

/* Queues a 1xx and counts it. */
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

static void
send_102(struct session *s, int64_t now_ms, uint64_t version)
{
	struct exchange *x = s->x;
	struct buf lines;

	buf_init(&lines, interim_fields_size_max(&s->interim));
	if (s->may_carry_fields)
		x->handler->describe(x->handler->context, x, &lines);
	if (lines.err != ERR_NONE)
		buf_clear(&lines); /* a bare 102 is better than none */
	session_interim_queue(s, 102, buf_str(&lines), now_ms);
	interim_fields_spend(&s->interim, lines.len);
	interim_started(&s->interim, now_ms, version);
	buf_done(&lines);
}

/* Only accepted work is announced: progress is 0 until then (R2). */
void
session_interim_consider(struct session *s, int64_t now_ms)
{
	struct exchange *x = s->x;
	uint64_t version;

	session_interim_plan(s, now_ms);
	version = x->handler->progress(x->handler->context, x);
	if (version == 0 || s->is_desynced || !sender_is_empty(&s->sender) ||
	    s->in.len >= READ_AHEAD_SIZE_MAX) {
		s->retry_ms = now_ms + RETRY_MS;
		return;
	}
	if (interim_due(&s->interim, now_ms, version))
		send_102(s, now_ms, version);
}
