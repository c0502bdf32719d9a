/*
 * session_interim.c - see session_inside.h.
 */
#include "http/session_inside.h"

#include "http/guard.h"
#include "http/h1_write.h"

void
session_interim_continue(struct session *s, int64_t now_ms)
{
	h1_write_interim(&s->sender.out, 100, str_of(NULL));
	herald_count(&s->herald, s->x, 100, now_ms);
}

void
session_interim_probe(struct session *s, int64_t now_ms)
{
	herald_plan(&s->herald, s->config, s->x, now_ms);
	if (sender_is_empty(&s->sender) &&
	    herald_probe(&s->herald, s->x, now_ms))
		h1_write_interim(&s->sender.out, 102, str_of(NULL));
}

/* What is still on its way cannot have been taken for an answer. */
void
session_interim_doubt(struct session *s, int64_t now_ms)
{
	const struct request *request = &s->x->request;

	if (s->is_desynced || !herald_was_heard(&s->herald))
		return;
	s->is_desynced = true;
	s->x->log.withheld = "desync";
	guard_remember(s->config->guard, request->peer,
	    fields_get(&request->fields, "User-Agent"), now_ms);
}

void
session_interim_consider(struct session *s, int64_t now_ms)
{
	struct buf lines;

	herald_plan(&s->herald, s->config, s->x, now_ms);
	/* When all was sent, or something read, we are called again. */
	if (s->is_desynced || s->in.len >= READ_AHEAD_SIZE_MAX ||
	    !sender_is_empty(&s->sender)) {
		herald_wait(&s->herald);
		return;
	}
	if (!herald_compose(&s->herald, s->x, now_ms, &lines))
		return;
	h1_write_interim(&s->sender.out, 102, buf_str(&lines));
	buf_done(&lines);
}
