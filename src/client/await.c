/*
 * await.c - see await.h.
 */
#include "client/await.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/own.h"
#include "client/ask.h"
#include "client/link.h"
#include "client/listing.h"
#include "client/monitor.h"
#include "client/tarry_inside.h"

enum {
	SEND_COUNT_MAX = 4,  /* with the same key */
	LOST_COUNT_MAX = 20, /* polls in a row without an answer */
	POLL_IDLE_MS = 30 * 1000,
	POLL_WAIT_S = 1, /* a long poll: the display stays alive */
	ASYNC_WAIT_S = 2,
	KEY_SIZE = 16,
	PREFER_SIZE = 128,
	REFERENCE_SIZE_MAX = 8 * 1024,
};

/* A final response as it comes in. */
struct final {
	struct tarry *tarry;
	const char *base; /* for what is relative */
	struct listing listing;
	bool is_multistatus;
	bool is_malformed;
	uint64_t failure_count;
};

static bool
take_member(void *context, const struct listing_member *member)
{
	struct final *final = context;
	struct tarry *tarry = final->tarry;
	char *url;

	if (member->status >= 200 && member->status < 300)
		return true;
	final->failure_count++;
	url = link_resolve(final->base, member->href);
	if (tarry->options.failure != NULL && url != NULL)
		tarry->options.failure(
		    tarry->options.context, url, member->status);
	free(url);
	return true;
}

static bool
begin_final(void *context, const struct intake *intake)
{
	struct final *final = context;

	if (intake->status != 207)
		return true;
	listing_done(&final->listing);
	final->listing.member = take_member;
	final->listing.context = final;
	final->is_multistatus = true;
	return listing_init(&final->listing) == ERR_NONE;
}

static bool
take_final(void *context, const char *data, size_t size)
{
	struct final *final = context;

	if (final->is_multistatus && !final->is_malformed &&
	    listing_feed(&final->listing, data, size) != ERR_NONE)
		final->is_malformed = true;
	return true;
}

static enum tarry_outcome
conclude(struct final *final, struct ask *ask)
{
	struct tarry *tarry = final->tarry;

	if (ask->result.end != TRANSPORT_ANSWERED || !final->is_multistatus)
		return ask_conclude(ask);
	tarry->status = 207;
	if (final->is_malformed || listing_end(&final->listing) != ERR_NONE)
		return tarry_say(
		    tarry, TARRY_UNKNOWN, "the server's answer cannot be read");
	if (final->failure_count == 0)
		return TARRY_DONE;
	return tarry_say(tarry, TARRY_FAILED, "%" PRIu64 " %s failed",
	    final->failure_count,
	    final->failure_count == 1 ? "member" : "members");
}

/* The response of the operation, as it would have been sent to us. */
static enum tarry_outcome
replay(struct tarry *tarry, const char *base, const char *url)
{
	struct final final = { .tarry = tarry, .base = base };
	struct ask ask;
	enum tarry_outcome outcome;

	ask_init(&ask, tarry, "GET", url);
	ask.is_safe = true;
	ask.idle_ms = POLL_IDLE_MS;
	ask.context = &final;
	ask.head = begin_final;
	ask.body_piece = take_final;
	ask_run(&ask);
	outcome = conclude(&final, &ask);
	if (ask.result.end != TRANSPORT_ANSWERED)
		outcome = tarry_say(tarry, TARRY_UNKNOWN,
		    "it has ended, but how cannot be learned: %s",
		    ask.result.words);
	listing_done(&final.listing);
	ask_done(&ask);
	return outcome;
}

static bool
take_text(void *context, const char *data, size_t size)
{
	struct buf *body = context;

	buf_add(body, data, size);
	return body->err == ERR_NONE;
}

/* One look at a status resource. */
struct look {
	struct monitor monitor;
	struct buf response; /* a reference to it; or empty */
	int64_t retry_ms;
	int status;
	bool is_answered;
};

static void
look_at(struct tarry *tarry, const char *url, struct look *look)
{
	OWNED(buf_done) struct buf body;
	char prefer[PREFER_SIZE];
	struct ask ask;

	buf_init(&body, MONITOR_SIZE_MAX);
	buf_clear(&look->response);
	(void)snprintf(prefer, sizeof(prefer), "wait=%d", POLL_WAIT_S);
	ask_init(&ask, tarry, "GET", url);
	ask_field(&ask, "Accept", "application/json, */*;q=0.5");
	ask_field(&ask, "Prefer", prefer);
	ask.is_safe = true;
	ask.idle_ms = POLL_IDLE_MS;
	ask.context = &body;
	ask.body_piece = take_text;
	ask_run(&ask);
	look->is_answered = ask.result.end == TRANSPORT_ANSWERED;
	look->status = ask.result.status;
	if (look->is_answered) {
		const struct intake *intake =
		    transport_intake(tarry->transport);

		monitor_read(buf_str(&body), look->status, &look->monitor,
		    &look->response);
		look->retry_ms =
		    monitor_retry_ms(intake_field(intake, "Retry-After", 0));
	}
	ask_done(&ask);
}

static void
show(struct tarry *tarry, const struct monitor *monitor)
{
	tarry_note_members(
	    tarry, monitor->members_done, monitor->members_total);
	tarry_note_bytes(tarry, monitor->bytes_done, monitor->bytes_total);
	tarry->progress.state =
	    monitor->state[0] == '\0' ? NULL : monitor->state;
	tarry_tell(tarry);
	tarry->progress.state = NULL;
}

/* These are of the status resource itself, not of the work. */
static bool
is_gone(int status)
{
	return status == 401 || status == 403 || status == 404 || status == 410;
}

static enum tarry_outcome
conclude_monitor(
    struct tarry *tarry, const char *monitor_url, const struct look *look)
{
	const struct monitor *monitor = &look->monitor;
	struct str reference = buf_str(&look->response);
	enum tarry_outcome outcome;
	char *url = NULL;

	if (is_gone(look->status))
		return tarry_say(tarry, TARRY_UNKNOWN,
		    "%d: what became of it cannot be asked at %s", look->status,
		    monitor_url);
	if (monitor->phase == MONITOR_CANCELLED && reference.len == 0)
		return tarry_say(tarry, TARRY_FAILED, "it was cancelled");
	if (reference.len > 0)
		url = link_resolve(monitor_url, reference);
	if (url != NULL && link_is_same_origin(url, monitor_url)) {
		outcome = replay(tarry, monitor_url, url);
	} else if (monitor->phase == MONITOR_DONE) {
		outcome = TARRY_DONE;
	} else if (look->status >= 400) {
		outcome = ask_conclude_status(tarry, look->status);
	} else {
		outcome = tarry_say(tarry, TARRY_REFUSED, "the server says: %s",
		    monitor->state);
	}
	free(url);
	if (monitor->phase == MONITOR_CANCELLED && outcome != TARRY_DONE)
		outcome = tarry_say(tarry, TARRY_FAILED, "it was cancelled");
	return outcome;
}

/* False: leave. */
static bool
wait_between(struct tarry *tarry, const char *monitor, int64_t ms)
{
	if (transport_pause(tarry->transport, ms))
		return true;
	if (atomic_load(&tarry->interrupts) > 1)
		return false;
	transport_heed(tarry->transport);
	(void)tarry_stop(tarry, monitor);
	return true;
}

enum tarry_outcome
await_follow(struct tarry *tarry, const char *monitor)
{
	struct look look = { .retry_ms = 0 };
	enum tarry_outcome outcome = TARRY_UNKNOWN;
	unsigned lost_count = 0;

	buf_init(&look.response, REFERENCE_SIZE_MAX);
	for (;;) {
		int64_t pause_ms;

		look_at(tarry, monitor, &look);
		if (look.is_answered && look.status < 500 &&
		    look.status != 408 && look.status != 429) {
			lost_count = 0;
			pause_ms = look.monitor.is_ours ? 0 : look.retry_ms;
			if (look.monitor.phase != MONITOR_RUNNING) {
				outcome =
				    conclude_monitor(tarry, monitor, &look);
				break;
			}
			show(tarry, &look.monitor);
		} else {
			pause_ms = 500 * (int64_t)++lost_count;
		}
		if (lost_count > LOST_COUNT_MAX ||
		    transport_now_ms() >= tarry->late_ms ||
		    !wait_between(tarry, monitor, pause_ms)) {
			(void)tarry_say(tarry, TARRY_UNKNOWN,
			    "it may still run: ask %s", monitor);
			break;
		}
	}
	buf_done(&look.response);
	return outcome;
}

static void
add_key(struct ask *ask)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char octets[KEY_SIZE];
	char key[2 * KEY_SIZE + 3] = "\"";

	if (getrandom(octets, sizeof(octets), 0) != sizeof(octets)) {
		ask->is_lost = true;
		return;
	}
	for (size_t i = 0; i < sizeof(octets); i++) {
		key[1 + 2 * i] = digits[octets[i] / 16];
		key[2 + 2 * i] = digits[octets[i] % 16];
	}
	key[1 + 2 * KEY_SIZE] = '"';
	key[2 + 2 * KEY_SIZE] = '\0';
	ask_field(ask, "Idempotency-Key", key);
}

static void
add_prefer(
    struct ask *ask, const struct tarry_tree *tree, const struct tarry_way *way)
{
	OWNED(buf_done) struct buf value;

	buf_init(&value, PREFER_SIZE);
	if (way->passes_interim)
		buf_add_text(&value, "processing");
	if (tree->is_async || !way->passes_interim) {
		int64_t wait_s = tree->is_async ? tree->wait_s : ASYNC_WAIT_S;

		buf_printf(
		    &value, "%srespond-async", value.len == 0 ? "" : ", ");
		if (wait_s > 0)
			buf_printf(&value, ", wait=%" PRId64, wait_s);
	}
	if (tree->is_strict)
		buf_printf(
		    &value, "%shandling=strict", value.len == 0 ? "" : ", ");
	buf_add_char(&value, '\0');
	ask_field(ask, "Prefer", value.data);
}

static void
prepare(struct ask *ask, const struct await *await, const struct tarry_way *way,
    struct final *final)
{
	if (await->destination != NULL)
		ask_field(ask, "Destination", await->destination);
	if (await->overwrite != NULL)
		ask_field(ask, "Overwrite", await->overwrite);
	if (await->depth != NULL)
		ask_field(ask, "Depth", await->depth);
	add_prefer(ask, &await->tree, way);
	add_key(ask);
	if (strcmp(await->method, "COPY") != 0)
		ask_tokens(ask, await->url);
	if (await->destination != NULL)
		ask_tokens(ask, await->destination);
	ask->watches = true;
	ask->context = final;
	ask->head = begin_final;
	ask->body_piece = take_final;
}

/* 202: the work goes on where Location says. */
static enum tarry_outcome
heed_accepted(
    struct tarry *tarry, const struct await *await, const struct ask *ask)
{
	struct str location =
	    intake_field(transport_intake(tarry->transport), "Location", 0);
	char *url = link_resolve(ask->url, location);
	enum tarry_outcome outcome;

	if (url == NULL)
		return tarry_say(tarry, TARRY_UNKNOWN,
		    "the server works on it, and says not where to ask");
	tarry_set(&tarry->monitor, str_of(url));
	outcome = await->tree.is_async ? TARRY_DONE : await_follow(tarry, url);
	free(url);
	return outcome;
}

/* Whether to send it once more, with its key. */
static bool
may_repeat(struct tarry *tarry, const struct ask *ask,
    const struct tarry_way *way, unsigned sent_count)
{
	if (ask->result.end != TRANSPORT_LOST &&
	    ask->result.end != TRANSPORT_IDLE)
		return false;
	return way->minds_keys && sent_count < SEND_COUNT_MAX &&
	       transport_pause(tarry->transport, 500 << sent_count);
}

static bool
is_unanswered(const struct ask *ask)
{
	switch (ask->result.end) {
	case TRANSPORT_LOST:
	case TRANSPORT_IDLE:
	case TRANSPORT_ABUSED:
		return true;
	case TRANSPORT_ANSWERED:
		return ask->result.status == 502 || ask->result.status == 504;
	case TRANSPORT_UNSENT:
	case TRANSPORT_LATE:
	case TRANSPORT_LEFT:
	case TRANSPORT_FAILED:
		break;
	}
	return false;
}

static enum tarry_outcome
send_and_wait(struct tarry *tarry, const struct await *await, struct ask *ask,
    const struct tarry_way *way)
{
	struct final *final = ask->context;
	unsigned sent_count = 0;

	do {
		final->is_multistatus = false;
		final->failure_count = 0;
		ask_run(ask);
		sent_count++;
		if (is_unanswered(ask) && tarry->monitor != NULL)
			return await_follow(tarry, tarry->monitor);
	} while (may_repeat(tarry, ask, way, sent_count));
	final->base = ask->url;
	if (ask->result.end == TRANSPORT_ANSWERED && ask->result.status == 202)
		return heed_accepted(tarry, await, ask);
	return conclude(final, ask);
}

enum tarry_outcome
await_run(struct tarry *tarry, const struct await *await)
{
	struct final final = { .tarry = tarry, .base = await->url };
	struct tarry_way way = { .is_known = false };
	struct ask ask;
	int interrupts;
	enum tarry_outcome outcome;

	/* Whatever comes of it: the request itself will show. */
	(void)tarry_probe(tarry, await->url, &way);
	tarry_begin(tarry);
	ask_init(&ask, tarry, await->method, await->url);
	prepare(&ask, await, &way, &final);
	interrupts = atomic_load(&tarry->interrupts);
	outcome = send_and_wait(tarry, await, &ask, &way);
	if (outcome == TARRY_REFUSED &&
	    atomic_load(&tarry->interrupts) > interrupts)
		outcome = tarry_say(tarry, TARRY_FAILED, "it was cancelled");
	listing_done(&final.listing);
	ask_done(&ask);
	return outcome;
}
