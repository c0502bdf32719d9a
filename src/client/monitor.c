/*
 * monitor.c - see monitor.h.
 */
#include "client/monitor.h"

#include <stdio.h>
#include <strings.h>

#include <jansson.h>

enum {
	RETRY_MS = 1000, /* where the server does not say */
	RETRY_S_MAX = 60,
};

static uint64_t
count_of(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (json_is_integer(value) && json_integer_value(value) > 0)
		return (uint64_t)json_integer_value(value);
	return 0;
}

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text == NULL ? "" : text;
}

static enum monitor_phase
phase_of(const char *word)
{
	static const struct {
		const char *word;
		enum monitor_phase phase;
	} rows[] = {
		{ "done", MONITOR_DONE },
		{ "completed", MONITOR_DONE },
		{ "succeeded", MONITOR_DONE },
		{ "finished", MONITOR_DONE },
		{ "failed", MONITOR_FAILED },
		{ "error", MONITOR_FAILED },
		{ "deleteFailed", MONITOR_FAILED },
		{ "cancelled", MONITOR_CANCELLED },
		{ "canceled", MONITOR_CANCELLED },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcasecmp(rows[i].word, word) == 0)
			return rows[i].phase;
	return MONITOR_RUNNING;
}

static void
read_ours(const json_t *json, struct monitor *monitor, struct buf *response)
{
	const json_t *progress = json_object_get(json, "progress");
	const json_t *left = json_object_get(json, "estimate_s");

	monitor->members_done = count_of(progress, "members_done");
	monitor->members_total = count_of(progress, "members_total");
	monitor->bytes_done = count_of(progress, "bytes_done");
	monitor->bytes_total = count_of(progress, "bytes_total");
	if (json_is_number(left))
		monitor->left_s = (int64_t)json_number_value(left);
	monitor->status = (int)count_of(json, "status");
	buf_add_text(
	    response, text_of(json_object_get(json, "links"), "response"));
}

static void
read_other(const json_t *json, struct monitor *monitor)
{
	const json_t *percent = json_object_get(json, "percentageComplete");

	if (!json_is_number(percent))
		return;
	monitor->members_total = 100;
	monitor->members_done = (uint64_t)(json_number_value(percent) < 0
	                                       ? 0
	                                       : json_number_value(percent));
	if (monitor->members_done > 100)
		monitor->members_done = 100;
}

/* What the status alone says, of one that we know nothing of. */
static enum monitor_phase
phase_of_status(int status)
{
	if (status == 202)
		return MONITOR_RUNNING;
	return status >= 200 && status < 400 ? MONITOR_DONE : MONITOR_FAILED;
}

void
monitor_read(struct str body, int status, struct monitor *out_monitor,
    struct buf *out_response)
{
	json_t *json =
	    json_loadb(body.data == NULL ? "" : body.data, body.len, 0, NULL);
	const char *word = text_of(json, "state");

	*out_monitor = (struct monitor){ .left_s = -1 };
	out_monitor->is_ours = status == 200 && word[0] != '\0' &&
	                       json_is_object(json_object_get(json, "links"));
	if (word[0] == '\0')
		word = text_of(json, "status");
	(void)snprintf(
	    out_monitor->state, sizeof(out_monitor->state), "%s", word);
	out_monitor->phase = status == 200 && word[0] != '\0'
	                         ? phase_of(word)
	                         : phase_of_status(status);
	if (out_monitor->is_ours)
		read_ours(json, out_monitor, out_response);
	else
		read_other(json, out_monitor);
	json_decref(json);
}

int64_t
monitor_retry_ms(struct str value)
{
	uint64_t seconds;

	if (value.len == 0 ||
	    str_to_u64(value, INT32_MAX, &seconds) != ERR_NONE)
		return RETRY_MS;
	if (seconds == 0)
		return RETRY_MS / 5;
	return (int64_t)(seconds > RETRY_S_MAX ? RETRY_S_MAX : seconds) * 1000;
}
