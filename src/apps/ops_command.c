/*
 * ops_command.c - see ops_command.h.
 */
#include "apps/ops_command.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "apps/admin_client.h"
#include "apps/options.h"
#include "apps/table.h"
#include "base/buf.h"

enum {
	WAIT_MS = 5000,
	LOOK_EVERY_MS = 100,
	CELL_SIZE_MAX = 1024 * 1024,
};

struct values {
	struct admin_client client;
	bool has_ended;
	int64_t wait_ms;
	bool wants_help;
};

#define VALUE(member) offsetof(struct values, member)

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
print_row(void *context, const json_t *row)
{
	(void)context;
	admin_client_print(row);
}

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

static enum exit_code
list(const struct values *values)
{
	json_t *request = json_pack(
	    "{ss sb}", "command", "ops", "ended", (int)values->has_ended);
	struct table table;
	uint64_t omitted_count = 0;
	enum exit_code code;

	if (values->client.is_json)
		return admin_client_ask(
		    &values->client, request, print_row, NULL, NULL);
	table_init(&table, heads);
	code = admin_client_ask(
	    &values->client, request, add_row, &table, &omitted_count);
	if (code == EXIT_CODE_DONE && table.cell_count == table.column_count)
		tell_of_none(omitted_count);
	else if (code == EXIT_CODE_DONE &&
	         table_print(&table, stdout) != ERR_NONE)
		code = EXIT_CODE_FAILED;
	table_done(&table);
	return code;
}

int
ops_command_list(int argc, char **argv)
{
	struct values values = { .client.place.directory = "." };
	struct option_texts operands;

	if (options_read(list_table, argc, argv, &values, &operands) !=
	    ERR_NONE)
		return EXIT_CODE_USAGE;
	if (values.wants_help) {
		(void)printf("usage: tarry ops [DIR] [OPTION...]\n\n"
		             "Lists the operations of the server on DIR, or on "
		             "this directory.\n\n");
		options_help(list_table);
		return EXIT_CODE_DONE;
	}
	if (operands.count > 1) {
		(void)fprintf(
		    stderr, "tarry: ops takes one directory: tarry ops DIR\n");
		return EXIT_CODE_USAGE;
	}
	if (operands.count == 1)
		values.client.place.directory = operands.items[0];
	return (int)admin_client_end(list(&values));
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
wait_for_end(const struct values *values, const char *id, struct last *last)
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
conclude(const struct values *values, const char *id, const json_t *row)
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
cancel(const struct values *values, const char *id)
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
	struct values values = {
		.client.place.directory = ".",
		.wait_ms = WAIT_MS,
	};
	struct option_texts operands;

	if (options_read(cancel_table, argc, argv, &values, &operands) !=
	    ERR_NONE)
		return EXIT_CODE_USAGE;
	if (values.wants_help) {
		(void)printf("usage: tarry cancel ID [DIR] [OPTION...]\n\n"
		             "Stops an operation of the server on DIR, or on "
		             "this directory.\ntarry ops shows their ids.\n\n");
		options_help(cancel_table);
		return EXIT_CODE_DONE;
	}
	if (operands.count < 1 || operands.count > 2) {
		(void)fprintf(stderr,
		    "tarry: cancel needs one operation: tarry cancel ID "
		    "[DIR]\n");
		return EXIT_CODE_USAGE;
	}
	if (operands.count == 2)
		values.client.place.directory = operands.items[1];
	return (int)admin_client_end(cancel(&values, operands.items[0]));
}
