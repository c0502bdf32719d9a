/*
 * ops_command.c - see ops_command.h.
 */
#include "apps/ops_command.h"

#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include "apps/admin_command.h"
#include "apps/table.h"
#include "base/buf.h"

enum {
	WAIT_MS = 5000,
	LOOK_EVERY_MS = 100,
	CELL_SIZE_MAX = 1024 * 1024,
};

#define VALUE(member) offsetof(struct admin_values, member)

/* name, kind, value, choices, argument, help */
static const struct option list_table[] = {
	{ "all", OPTION_FLAG, VALUE(has_ended), NULL, NULL,
	    "also those that have ended, while their results are kept" },
	{ "state", OPTION_TEXT, VALUE(client.place.state), NULL, "DIR",
	    "the server's state directory (DIR/.tarry)" },
	{ "json", OPTION_FLAG, VALUE(client.is_json), NULL, NULL,
	    "one JSON object a line" },
	{ "help", OPTION_FLAG, VALUE(wants_help), NULL, NULL, "this text" },
	{ .name = NULL },
};

static const struct option cancel_table[] = {
	{ "wait", OPTION_DURATION, VALUE(wait_ms), NULL, "TIME",
	    "how long to wait until it has stopped (5s)" },
	{ "state", OPTION_TEXT, VALUE(client.place.state), NULL, "DIR",
	    "the server's state directory (DIR/.tarry)" },
	{ "json", OPTION_FLAG, VALUE(client.is_json), NULL, NULL,
	    "the operation as one JSON object" },
	{ "help", OPTION_FLAG, VALUE(wants_help), NULL, NULL, "this text" },
	{ .name = NULL },
};

static const char *const heads[] = { "ID", "STATE", "METHOD", "PATH", "MEMBERS",
	"BYTES", "AGE", "OWNER", NULL };

static void
add_state(struct table *table, const json_t *row)
{
	struct str waits_for = admin_client_text(row, "waits_for");
	char text[64];

	if (json_is_true(json_object_get(row, "cancelling"))) {
		table_add(table, str_of("cancelling"));
		return;
	}
	if (waits_for.len == 0 || str_is(waits_for, "nothing")) {
		table_add(table, admin_client_text(row, "state"));
		return;
	}
	(void)snprintf(text, sizeof(text), "%.*s (%.*s)",
	    STR_ARG(admin_client_text(row, "state")), STR_ARG(waits_for));
	table_add(table, str_of(text));
}

static void
add_paths(struct table *table, const json_t *row)
{
	struct str destination = admin_client_text(row, "destination");
	struct buf text;

	buf_init(&text, CELL_SIZE_MAX);
	buf_add_str(&text, admin_client_text(row, "source"));
	if (destination.len > 0) {
		buf_add_text(&text, " -> ");
		buf_add_str(&text, destination);
	}
	table_add(table, buf_str(&text));
	buf_done(&text);
}

static uint64_t
count_of(const json_t *progress, const char *name)
{
	return (uint64_t)json_integer_value(json_object_get(progress, name));
}

/* "120/500", or "120" while the total is not known. */
static void
add_members(struct table *table, const json_t *progress)
{
	uint64_t done = count_of(progress, "members_done");
	uint64_t total = count_of(progress, "members_total");
	char text[64];
	int size =
	    snprintf(text, sizeof(text), "%llu", (unsigned long long)done);

	if (total > 0)
		(void)snprintf(text + size, sizeof(text) - (size_t)size,
		    "/%llu", (unsigned long long)total);
	table_add(table, str_of(text));
}

static void
add_bytes(struct table *table, const json_t *progress)
{
	uint64_t total = count_of(progress, "bytes_total");
	char done_text[TABLE_TEXT_SIZE];
	char total_text[TABLE_TEXT_SIZE];
	char text[2 * TABLE_TEXT_SIZE];

	table_format_size(count_of(progress, "bytes_done"), done_text);
	table_format_size(total, total_text);
	(void)snprintf(text, sizeof(text), "%s%s%s", done_text,
	    total > 0 ? "/" : "", total > 0 ? total_text : "");
	table_add(table, str_of(text));
}

static void
add_age(struct table *table, const json_t *row)
{
	struct tm created = { .tm_year = 0 };
	struct str text = admin_client_text(row, "created");
	char age[TABLE_TEXT_SIZE] = "";

	if (text.len > 0 &&
	    strptime(text.data, "%Y-%m-%dT%H:%M:%SZ", &created) != NULL)
		table_format_age(time(NULL) - timegm(&created), age);
	table_add(table, str_of(age));
}

static void
add_row(void *context, const json_t *row)
{
	struct table *table = context;
	const json_t *progress = json_object_get(row, "progress");

	table_add(table, admin_client_text(row, "id"));
	add_state(table, row);
	table_add(table, admin_client_text(row, "method"));
	add_paths(table, row);
	add_members(table, progress);
	add_bytes(table, progress);
	add_age(table, row);
	table_add(table, admin_client_text(row, "owner"));
}

static void
tell_of_none(uint64_t ended_count)
{
	if (ended_count == 0)
		(void)printf("No operation runs.\n");
	else
		(void)printf("No operation runs.  Ended: %llu; see --all.\n",
		    (unsigned long long)ended_count);
}

int
ops_command_list(int argc, char **argv)
{
	static const struct admin_command command = {
		.usage = "ops [DIR] [OPTION...]",
		.text = "Lists the operations of the server on DIR, or on "
		        "this directory.\nOf a server elsewhere: tarry ops "
		        "URL, or a NAME: of the configuration.",
		.wanted = "ops takes one directory",
		.options = list_table,
	};
	static const struct admin_list list = { heads, add_row, tell_of_none };
	struct admin_values values = { .wait_ms = 0 };
	const char *operand;
	enum exit_code code;

	(void)argc;
	if (!admin_command_read(&command, argv, &values, &operand, &code))
		return (int)code;
	code = admin_command_list(&values.client,
	    json_pack(
	        "{ss sb}", "command", "ops", "ended", (int)values.has_ended),
	    &list);
	return (int)admin_client_end(code);
}

/* The last that was heard of the operation. */
struct last {
	json_t *row;
};

static void
keep_row(void *context, const json_t *row)
{
	struct last *last = context;

	json_decref(last->row);
	last->row = json_deep_copy(row);
}

static bool
has_ended(const json_t *row)
{
	return json_is_string(json_object_get(row, "ended"));
}

/* Looks again and again, until it has ended or the time is over. */
static enum exit_code
wait_for_end(
    const struct admin_values *values, const char *id, struct last *last)
{
	const struct timespec pause = { .tv_nsec = LOOK_EVERY_MS * 1000000L };
	enum exit_code code = EXIT_CODE_DONE;

	for (int64_t waited_ms = 0;
	     waited_ms < values->wait_ms && code == EXIT_CODE_DONE &&
	     !has_ended(last->row);
	     waited_ms += LOOK_EVERY_MS) {
		(void)nanosleep(&pause, NULL);
		code = admin_client_ask(&values->client,
		    json_pack("{ss ss}", "command", "ops", "id", id), keep_row,
		    last, NULL);
	}
	return code;
}

static enum exit_code
conclude(const struct admin_values *values, const char *id, const json_t *row)
{
	struct str state = admin_client_text(row, "state");
	bool is_late = has_ended(row) && !str_is(state, "cancelled");

	if (values->client.is_json)
		admin_client_print(row);
	if (is_late)
		(void)fprintf(stderr,
		    "tarry: it had ended before it could be stopped: %.*s\n",
		    STR_ARG(state));
	else if (!values->client.is_json)
		(void)printf("%s %s\n", id,
		    has_ended(row) ? "cancelled"
		                   : "will stop at its next member");
	return is_late ? EXIT_CODE_REFUSED : EXIT_CODE_DONE;
}

static enum exit_code
cancel(const struct admin_values *values, const char *id)
{
	struct last last = { .row = NULL };
	enum exit_code code;

	code = admin_client_ask(&values->client,
	    json_pack("{ss ss}", "command", "cancel", "id", id), keep_row,
	    &last, NULL);
	if (code == EXIT_CODE_DONE)
		code = wait_for_end(values, id, &last);
	if (code == EXIT_CODE_DONE)
		code = conclude(values, id, last.row);
	json_decref(last.row);
	return code;
}

int
ops_command_cancel(int argc, char **argv)
{
	static const struct admin_command command = {
		.usage = "cancel ID [DIR] [OPTION...]",
		.text = "Stops an operation of the server on DIR, or on this "
		        "directory.\ntarry ops shows their ids.  Of a server "
		        "elsewhere: tarry cancel URL.",
		.wanted = "cancel needs one operation",
		.options = cancel_table,
		.operand_count = 1,
	};
	struct admin_values values = { .wait_ms = WAIT_MS };
	const char *id;
	enum exit_code code;

	(void)argc;
	if (!admin_command_read(&command, argv, &values, &id, &code))
		return (int)code;
	return (int)admin_client_end(cancel(&values, id));
}
