/*
 * greeting.c - see greeting.h.
 */
#include "http/greeting.h"

#include <stdlib.h>
#include <string.h>

#include "http/h2.h"

enum { GREETING_MAGIC = 0x47524545 };

static const struct str preface = STR("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

struct greeting {
	unsigned magic;
	const struct protocol *protocol; /* NULL: it is not known yet */
	void *chosen;                    /* its context */
	bool is_over;                    /* before there was a protocol */
	struct session_config *config;
	struct conn *conn;
	const struct conn_peer *peer;
	int64_t since_ms;
	char octets[24]; /* of what may be the preface */
	size_t size;
};

_Static_assert(sizeof(((struct greeting *)0)->octets) ==
                   sizeof("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") - 1,
    "the preface fits");

static struct greeting *
greeting_of(void *context)
{
	struct greeting *g = context;

	CHECK(g->magic == GREETING_MAGIC);
	return g;
}

static bool
choose(struct greeting *g, bool is_h2, int64_t now_ms)
{
	void *(*make)(struct session_config *, struct conn *,
	    const struct conn_peer *, int64_t) = is_h2 ? h2_new : session_new;

	CHECK(g->protocol == NULL);
	g->chosen = make(g->config, g->conn, g->peer, now_ms);
	if (g->chosen == NULL) {
		g->is_over = true;
		return false;
	}
	g->protocol = is_h2 ? &h2_protocol : &session_protocol;
	return true;
}

static bool
begins_preface(const struct greeting *g)
{
	return memcmp(g->octets, preface.data, g->size) == 0;
}

/* What it holds back belongs to the one that was chosen. */
static void
hand_over(struct greeting *g, bool is_h2, int64_t now_ms)
{
	if (choose(g, is_h2, now_ms) && g->size > 0)
		g->protocol->input(
		    g->chosen, str_make(g->octets, g->size), now_ms);
}

static void
on_input(void *context, struct str octets, int64_t now_ms)
{
	struct greeting *g = greeting_of(context);
	size_t size = sizeof(g->octets) - g->size;

	if (g->is_over)
		return;
	if (g->protocol == NULL) {
		if (size > octets.len)
			size = octets.len;
		if (g->size == 0)
			g->since_ms = now_ms; /* the head's time runs */
		memcpy(g->octets + g->size, octets.data, size);
		g->size += size;
		octets = str_from(octets, size);
		if (!begins_preface(g))
			hand_over(g, false, now_ms);
		else if (g->size == preface.len)
			hand_over(g, true, now_ms);
	}
	if (g->protocol != NULL && octets.len > 0)
		g->protocol->input(g->chosen, octets, now_ms);
}

static void
on_input_ended(void *context, int64_t now_ms)
{
	struct greeting *g = greeting_of(context);

	if (g->protocol == NULL)
		g->is_over = true;
	else
		g->protocol->input_ended(g->chosen, now_ms);
}

static bool
wants_input(void *context)
{
	struct greeting *g = greeting_of(context);

	return g->protocol == NULL ? !g->is_over
	                           : g->protocol->wants_input(g->chosen);
}

static bool
on_output(void *context, struct conn_output *out)
{
	struct greeting *g = greeting_of(context);

	return g->protocol != NULL && g->protocol->output(g->chosen, out);
}

static void
on_sent(void *context, size_t size, int64_t now_ms)
{
	struct greeting *g = greeting_of(context);

	CHECK(g->protocol != NULL);
	g->protocol->sent(g->chosen, size, now_ms);
}

static int64_t
next_ms(void *context)
{
	struct greeting *g = greeting_of(context);

	int64_t patience_ms =
	    g->size > 0 ? g->config->head_ms : g->config->idle_ms;

	if (g->protocol != NULL)
		return g->protocol->next_ms(g->chosen);
	return patience_ms > 0 ? g->since_ms + patience_ms : CONN_NEVER;
}

static void
tick(void *context, int64_t now_ms)
{
	struct greeting *g = greeting_of(context);

	if (g->protocol != NULL)
		g->protocol->tick(g->chosen, now_ms);
	else if (now_ms >= next_ms(g))
		g->is_over = true;
}

static bool
is_idle(void *context)
{
	struct greeting *g = greeting_of(context);

	return g->protocol == NULL ? g->size == 0
	                           : g->protocol->is_idle(g->chosen);
}

static bool
is_over(void *context)
{
	struct greeting *g = greeting_of(context);

	return g->protocol == NULL ? g->is_over
	                           : g->protocol->is_over(g->chosen);
}

static void
on_stop(void *context, int64_t now_ms)
{
	struct greeting *g = greeting_of(context);

	if (g->protocol == NULL)
		g->is_over = true;
	else
		g->protocol->stop(g->chosen, now_ms);
}

static void
greeting_free(void *context)
{
	struct greeting *g = greeting_of(context);

	if (g->protocol != NULL)
		g->protocol->free(g->chosen);
	g->magic = 0;
	free(g);
}

const struct protocol greeting_protocol = {
	.input = on_input,
	.input_ended = on_input_ended,
	.wants_input = wants_input,
	.output = on_output,
	.sent = on_sent,
	.next_ms = next_ms,
	.tick = tick,
	.is_idle = is_idle,
	.is_over = is_over,
	.stop = on_stop,
	.free = greeting_free,
};

void *
greeting_new(struct session_config *config, struct conn *conn,
    const struct conn_peer *peer, enum greeting_plain plain, int64_t now_ms)
{
	struct greeting *g = calloc(1, sizeof(*g));
	bool is_known = peer->is_tls || plain == GREETING_HTTP_1_1;

	if (g == NULL)
		return NULL;
	*g = (struct greeting){ .magic = GREETING_MAGIC,
		.config = config,
		.conn = conn,
		.peer = peer,
		.since_ms = now_ms };
	if (is_known && !choose(g, str_is(peer->alpn, "h2"), now_ms)) {
		greeting_free(g);
		return NULL;
	}
	return g;
}
