/*
 * course.c - see course.h.
 */
#include "http/course.h"

#include "base/limits.h"
#include "http/date.h"
#include "http/prefer.h"
#include "http/session.h"
#include "net/conn.h"

/* A copy: work may go on when the connection, and its peer, are gone. */
static bool
name_peer(struct exchange *x, const struct conn_peer *peer)
{
	struct request *request = &x->request;

	request->scheme = str_of(peer->is_tls ? "https" : "http");
	request->peer_is_loopback = peer->is_loopback;
	return arena_copy(&x->arena, str_of(peer->address), &request->peer) ==
	           ERR_NONE &&
	       arena_copy(&x->arena, peer->principal, &request->principal) ==
	           ERR_NONE;
}

struct exchange *
course_begin(
    struct session_config *config, const struct conn_peer *peer, int64_t now_ms)
{
	struct exchange *x = exchange_new(config->loop);

	if (x == NULL)
		return NULL;
	if (!name_peer(x, peer)) {
		exchange_free(x);
		return NULL;
	}
	x->log.started_ms = now_ms;
	x->log.first_interim_ms = -1;
	return x;
}

void
course_head(struct session_config *config, struct exchange *x)
{
	struct prefer prefer;

	CHECK(x->handler == NULL);
	if (fields_find(&x->request.fields, "Prefer") != NULL) {
		prefer_parse(&x->request.fields, &prefer);
		x->prefers_processing = prefer.processing;
	}
	x->handler = config->handler;
}

static const char *
detail_of(int status)
{
	switch (status) {
	case 408:
		return "The request did not arrive in time.";
	case 503:
		return "The server is short of memory: try again.";
	case 413:
		return "The content is larger than this server takes.";
	case 414:
		return "The request target is longer than 8 KiB.";
	case 417:
		return "The only expectation that is known is 100-continue.";
	case 431:
		return "The header section is larger than 32 KiB or has more "
		       "than 128 fields.";
	case 501:
		return "The method or the transfer coding is not known.";
	case 505:
		return "This server speaks HTTP/1.1 and HTTP/1.0.";
	default:
		return "The head does not begin with a method, a line of it "
		       "does not end in CRLF, or the content's chunks are not "
		       "well-formed.";
	}
}

void
course_refuse(struct exchange *x, int status)
{
	const char *flaw = x->request.flaw;

	response_problem(
	    &x->response, status, flaw != NULL ? flaw : detail_of(status));
}

void
course_complete(struct exchange *x)
{
	struct response *response = &x->response;

	exchange_dress(x);
	if (response->is_short_of_memory)
		response_problem(response, 500, "The response is too large.");
	if (x->prefers_processing)
		response_field_u64(
		    response, "Interim-Sent", x->log.interim_count);
}

void
course_call(struct exchange *x, enum exchange_step step, struct str octets)
{
	const struct handler *handler = x->handler;

	CHECK(x->step == EXCHANGE_IDLE);
	x->step = step;
	x->event = EXCHANGE_NOTHING;
	x->is_calling = true;
	switch (step) {
	case EXCHANGE_START:
		handler->start(handler->context, x);
		break;
	case EXCHANGE_BODY:
		handler->body(handler->context, x, octets);
		break;
	case EXCHANGE_FINISH:
		handler->finish(handler->context, x);
		break;
	case EXCHANGE_PULL:
		handler->pull(handler->context, x, PULL_SIZE_MAX);
		break;
	case EXCHANGE_IDLE:
		UNREACHABLE("a step that is none");
	}
	x->is_calling = false;
}

enum exchange_event
course_take_event(struct exchange *x)
{
	enum exchange_event event = x->event;

	if (event == EXCHANGE_NOTHING)
		return EXCHANGE_NOTHING;
	if (x->step == EXCHANGE_FINISH || x->step == EXCHANGE_PULL)
		x->wake_ms = EXCHANGE_NEVER;
	x->event = EXCHANGE_NOTHING;
	x->step = EXCHANGE_IDLE;
	return event;
}

void
course_wake(struct exchange *x, int64_t now_ms)
{
	if (now_ms < x->wake_ms)
		return;
	x->wake_ms = EXCHANGE_NEVER;
	x->is_calling = true;
	x->handler->wake(x->handler->context, x);
	x->is_calling = false;
}

/* The handler keeps what it still uses; see exchange.h. */
static void
release(struct exchange *x)
{
	if (x->handler == NULL)
		exchange_free(x);
	else
		x->handler->release(x->handler->context, x);
}

bool
course_part(struct session_config *config, struct exchange *x, int64_t now_ms)
{
	x->session = NULL;
	/* The handler is still at work: its answer will find no session. */
	x->is_detached = x->step != EXCHANGE_IDLE;
	config->log(config->context, x, now_ms);
	if (!x->is_detached) {
		release(x);
		return false;
	}
	if (x->loop != NULL)
		loop_hold(x->loop);
	x->handler->abort(x->handler->context, x);
	return true;
}

void
course_left(struct exchange *x)
{
	CHECK(x->is_detached);
	if (x->loop != NULL)
		loop_release(x->loop);
	x->step = EXCHANGE_IDLE;
	release(x);
}

struct str
course_date(struct session_config *config)
{
	int64_t wall_s = config->wall_s(config->context);

	if (wall_s != config->date_s || config->date[0] == '\0') {
		date_format(wall_s, config->date);
		config->date_s = wall_s;
	}
	return str_of(config->date);
}
