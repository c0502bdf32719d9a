/*
 * client_ops.c - tarry watch, and ops and cancel with a URL: see
 * client_commands.h.
 */
#include "apps/client_commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/client.h"
#include "apps/client_place.h"
#include "apps/table.h"
#include "base/own.h"
#include "client/link.h"

enum { LIST_SIZE_MAX = 16 * 1024 * 1024 };

struct values {
	struct client_values common;
	const char *server;
};

#define VALUE(member) offsetof(struct values, member)

/* name, kind, value, choices, argument, help */
static const struct option watch_options[] = {
	{ "server", OPTION_TEXT, VALUE(server), NULL, "URL",
	    "where an ID without a URL is (a name in the configuration)" },
	{ .name = NULL },
};

/* The status resource of a URL, or of an ID on --server. */
static char *
monitor_of(struct client *client, const char *text, const char *server)
{
	char *base;
	char *path;
	char *url;

	if (server == NULL || place_is_remote(client->config_dir, text))
		return place_url(client, text, NULL);
	base = place_url(client, server, NULL);
	if (base == NULL)
		return NULL;
	if (asprintf(&path, "/.tarry/ops/%s", text) == -1) {
		free(base);
		return NULL;
	}
	url = link_resolve(base, str_of(path));
	free(path);
	free(base);
	return url;
}

static void
tell(struct client *client, enum tarry_outcome outcome, const char *url)
{
	if (client->values->is_json)
		client_json(
		    client, json_pack("{ss ss so si si}", "event", "result",
		                "command", client->command->name, "monitor",
		                client_json_text(url), "code", (int)outcome,
		                "status", tarry_status(client->tarry)));
}

static enum tarry_outcome
run_each(struct client *client, int count, char **operands, void *data)
{
	const struct values *values = data;
	bool is_watch = client->command == &client_watch;

	for (int i = 0; i < count && !client_is_interrupted(client); i++) {
		char *url = monitor_of(client, operands[i], values->server);
		enum tarry_outcome outcome;

		if (url == NULL) {
			(void)client_note(client, TARRY_USAGE, NULL, NULL);
			continue;
		}
		outcome = is_watch ? tarry_follow(client->tarry, url)
		                   : tarry_cancel(client->tarry, url);
		tell(client, outcome, url);
		(void)client_note_last(client, client->tarry, outcome, url);
		free(url);
	}
	return client_outcome(client);
}

static bool
take(void *context, const void *data, size_t size)
{
	struct buf *out = context;

	buf_add(out, data, size);
	return out->err == ERR_NONE;
}

static struct str
text_of(const json_t *object, const char *name)
{
	return str_of(json_string_value(json_object_get(object, name)));
}

static void
add_row(struct table *table, const json_t *one, const char *base)
{
	const json_t *progress = json_object_get(one, "progress");
	char members[64];
	char *url;

	url =
	    link_resolve(base, text_of(json_object_get(one, "links"), "self"));
	(void)snprintf(members, sizeof(members),
	    "%" JSON_INTEGER_FORMAT "/%" JSON_INTEGER_FORMAT,
	    json_integer_value(json_object_get(progress, "members_done")),
	    json_integer_value(json_object_get(progress, "members_total")));
	table_add(table, text_of(one, "state"));
	table_add(table, text_of(one, "method"));
	table_add(table, text_of(one, "source"));
	table_add(table, str_of(members));
	table_add(table, url == NULL ? text_of(one, "id") : str_of(url));
	free(url);
}

static enum tarry_outcome
print_list(struct client *client, const char *url, struct str body)
{
	static const char *const heads[] = { "STATE", "METHOD", "PATH",
		"MEMBERS", "OPERATION", NULL };
	json_t *json =
	    json_loadb(body.len == 0 ? "" : body.data, body.len, 0, NULL);
	json_t *list = json_object_get(json, "operations");
	enum tarry_outcome outcome = TARRY_DONE;
	struct table table;

	if (!json_is_array(list)) {
		json_decref(json);
		return client_note(client, TARRY_REFUSED, url,
		    "this server does not list operations");
	}
	table_init(&table, heads);
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *one = json_array_get(list, i);

		if (client->values->is_json)
			client_json(client, json_incref(one));
		else
			add_row(&table, one, url);
	}
	if (!client->values->is_json && json_array_size(list) == 0)
		(void)printf("No operation.\n");
	else if (!client->values->is_json &&
	         table_print(&table, stdout) != ERR_NONE)
		outcome = TARRY_FAILED;
	table_done(&table);
	json_decref(json);
	return client_note(client, outcome, url, "out of memory");
}

static void
list_one(struct client *client, const char *url, void *context)
{
	static const char *const fields[] = { "Accept: application/json",
		NULL };
	OWNED(buf_done) struct buf body;
	const struct tarry_sink sink = { .write = take, .context = &body };
	char *list = link_resolve(url, (struct str)STR("/.tarry/ops/"));
	enum tarry_outcome outcome;

	(void)context;
	buf_init(&body, LIST_SIZE_MAX);
	if (list == NULL) {
		(void)client_note(client, TARRY_FAILED, url, "out of memory");
		return;
	}
	outcome = tarry_request(client->tarry, "GET", list, fields, &sink);
	if (outcome == TARRY_DONE)
		(void)print_list(client, list, buf_str(&body));
	else
		(void)client_note_last(client, client->tarry, outcome, list);
	free(list);
}

static enum tarry_outcome
list_all(struct client *client, int count, char **operands, void *data)
{
	const struct place_visit visit = { list_one, data, true };

	return place_each(client, count, operands, &visit);
}

const struct client_command client_watch = {
	.name = "watch",
	.operands = "ID|URL...",
	.summary = "follow operations to their end",
	.text = "Shows what an operation does until it ends, and how it "
	        "ended.  Every long\ncommand prints the URL of its operation; "
	        "an ID alone is looked for on\n--server.",
	.operand_count_min = 1,
	.operand_count_max = -1,
	.options = watch_options,
	.values_size = sizeof(struct values),
	.run = run_each,
};

const struct client_command client_ops = {
	.name = "ops",
	.operands = "URL...",
	.summary = "what a server is doing for us",
	.text = "Lists our operations on a server: those that run, and those "
	        "whose results are kept.",
	.operand_count_min = 1,
	.operand_count_max = -1,
	.values_size = sizeof(struct values),
	.run = list_all,
};

const struct client_command client_cancel = {
	.name = "cancel",
	.operands = "URL...",
	.summary = "stop operations",
	.text = "Asks a server to stop operations of ours.",
	.operand_count_min = 1,
	.operand_count_max = -1,
	.options = watch_options,
	.values_size = sizeof(struct values),
	.run = run_each,
};
