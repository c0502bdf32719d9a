/*
 * client_tree.c - tarry cp, mv, rm and mkdir: see client_commands.h.
 */
#include "apps/client_commands.h"

#include <stdlib.h>
#include <string.h>

#include "apps/client.h"
#include "apps/client_place.h"
#include "client/link.h"

struct values {
	struct client_values common;
	bool is_recursive;
	bool no_overwrite;
	bool is_strict;
	bool is_async;
	bool is_forced;
	bool with_parents;
	uint64_t wait_s;
	int depth; /* an index into depths */
	bool is_dry;
};

#define VALUE(member) offsetof(struct values, member)

enum { DEPTH_INFINITY, DEPTH_0 };
static const char *const depths[] = { "infinity", "0", NULL };

/* name, kind, value, choices, argument, help */
static const struct option move_options[] = {
	{ "no-overwrite|n", OPTION_FLAG, VALUE(no_overwrite), NULL, NULL,
	    "leave what is there already" },
	{ "depth", OPTION_CHOICE, VALUE(depth), depths, "0|infinity",
	    "0: a collection without its members (infinity)" },
	{ .name = NULL },
};

static const struct option remove_options[] = {
	{ "recursive|r", OPTION_FLAG, VALUE(is_recursive), NULL, NULL,
	    "collections, too, with all that is in them" },
	{ "force|f", OPTION_FLAG, VALUE(is_forced), NULL, NULL,
	    "what is not there is no error" },
	{ .name = NULL },
};

/* Of all that may take long. */
static const struct option long_options[] = {
	{ "strict", OPTION_FLAG, VALUE(is_strict), NULL, NULL,
	    "all or nothing" },
	{ "async", OPTION_FLAG, VALUE(is_async), NULL, NULL,
	    "do not wait for the end: print the operation" },
	{ "wait", OPTION_COUNT, VALUE(wait_s), NULL, "N",
	    "with --async: wait N seconds for it first" },
	{ "dry-run", OPTION_FLAG, VALUE(is_dry), NULL, NULL,
	    "say what would be done" },
	{ .name = NULL },
};

static const struct option mkdir_options[] = {
	{ "parents|p", OPTION_FLAG, VALUE(with_parents), NULL, NULL,
	    "those above it, too; what is there is no error" },
	{ .name = NULL },
};

static struct tarry_tree
tree_of(const struct values *values)
{
	return (struct tarry_tree){
		.no_overwrite = values->no_overwrite,
		.is_shallow = values->depth == DEPTH_0,
		.is_strict = values->is_strict,
		.is_async = values->is_async,
		.wait_s = (int64_t)values->wait_s,
	};
}

/* What came of one, for who reads JSON; and where it goes on. */
static void
tell(struct client *client, enum tarry_outcome outcome, const char *from,
    const char *to)
{
	const char *monitor = tarry_monitor(client->tarry);
	json_t *json;

	if (outcome == TARRY_UNKNOWN && monitor != NULL &&
	    !client->values->is_json)
		show_note(&client->show, false, "tarry watch %s", monitor);
	if (!client->values->is_json) {
		if (outcome == TARRY_DONE &&
		    tarry_status(client->tarry) == 202 && monitor != NULL) {
			show_clear(&client->show);
			(void)printf("%s\n", monitor);
		}
		return;
	}
	json = json_pack("{ss ss so si si}", "event", "result", "command",
	    client->command->name, "url", client_json_text(from), "code",
	    (int)outcome, "status", tarry_status(client->tarry));
	if (to != NULL)
		(void)json_object_set_new(
		    json, "destination", client_json_text(to));
	if (monitor != NULL)
		(void)json_object_set_new(
		    json, "monitor", client_json_text(monitor));
	client_json(client, json);
}

/* Where it goes: into a collection that is there, or under that very name. */
static char *
aim(const char *from, const char *to, bool into, bool is_collection)
{
	struct buf name;
	char *url;

	if (!into)
		return is_collection ? link_as_collection(to)
		                     : link_as_file(to);
	buf_init(&name, 64 * 1024);
	link_add_name(&name, from);
	url = name.err == ERR_NONE && name.len > 0
	          ? link_join(to, buf_str(&name), is_collection)
	          : NULL;
	buf_done(&name);
	return url;
}

static enum tarry_outcome
transfer_one(struct client *client, const char *from, const char *to, bool into,
    const struct values *values)
{
	struct tarry_tree tree = tree_of(values);
	struct tarry_member member;
	enum tarry_outcome outcome = tarry_look(client->tarry, from, &member);
	char *source;
	char *target;

	if (outcome != TARRY_DONE)
		return client_note_last(client, client->tarry, outcome, from);
	source = member.is_collection ? link_as_collection(from)
	                              : link_as_file(from);
	target = aim(from, to, into, member.is_collection);
	if (source == NULL || target == NULL)
		outcome = client_note(
		    client, TARRY_USAGE, from, "it has no name to go by");
	else if (values->is_dry)
		show_note(&client->show, true, "%s %s %s",
		    client->command->name, source, target);
	else if (strcmp(client->command->name, "cp") == 0)
		outcome = tarry_copy(client->tarry, source, target, &tree);
	else
		outcome = tarry_move(client->tarry, source, target, &tree);
	if (source != NULL && target != NULL && !values->is_dry) {
		tell(client, outcome, source, target);
		(void)client_note_last(client, client->tarry, outcome, source);
	}
	free(source);
	free(target);
	return outcome;
}

static enum tarry_outcome
transfer(struct client *client, int count, char **operands, void *data)
{
	const struct values *values = data;
	struct place_list sources = { .urls = NULL };
	char *to;
	bool into;

	if (!place_expand(client, operands[0], &sources))
		return client_outcome(client);
	to = place_url(client, operands[count - 1], sources.urls[0]);
	if (to == NULL) {
		place_list_done(&sources);
		return TARRY_USAGE;
	}
	into = place_is_collection(client, to);
	if (!into && (count > 2 || sources.count > 1)) {
		(void)client_note(client, TARRY_USAGE, to,
		    "many can only go into a collection, and it is none");
		count = 1;
		place_list_done(&sources);
	}
	for (int i = 0; i < count - 1; i++) {
		if (i > 0 && !place_expand(client, operands[i], &sources))
			continue;
		for (size_t j = 0;
		     j < sources.count && !client_is_interrupted(client); j++)
			(void)transfer_one(
			    client, sources.urls[j], to, into, values);
		place_list_done(&sources);
	}
	free(to);
	return client_outcome(client);
}

static void
remove_one(struct client *client, const char *url, void *context)
{
	const struct values *values = context;
	struct tarry_tree tree = tree_of(values);
	struct tarry_member member;
	enum tarry_outcome outcome = tarry_look(client->tarry, url, &member);
	char *target;

	if (outcome == TARRY_ABSENT && values->is_forced)
		return;
	if (outcome != TARRY_DONE) {
		(void)client_note_last(client, client->tarry, outcome, url);
		return;
	}
	if (member.is_collection && !values->is_recursive) {
		(void)client_note(
		    client, TARRY_REFUSED, url, "it is a collection: say -r");
		return;
	}
	target =
	    member.is_collection ? link_as_collection(url) : link_as_file(url);
	if (target == NULL) {
		(void)client_note(client, TARRY_FAILED, url, "out of memory");
	} else if (values->is_dry) {
		show_note(&client->show, true, "rm %s", target);
	} else {
		outcome = tarry_remove(client->tarry, target, &tree);
		if (outcome == TARRY_ABSENT && values->is_forced)
			outcome = TARRY_DONE;
		tell(client, outcome, target, NULL);
		(void)client_note_last(client, client->tarry, outcome, target);
	}
	free(target);
}

static enum tarry_outcome
remove_all(struct client *client, int count, char **operands, void *data)
{
	const struct place_visit visit = { remove_one, data, false };

	return place_each(client, count, operands, &visit);
}

/* What is there already is as good as made. */
static enum tarry_outcome
make_if_missing(struct tarry *tarry, const char *url)
{
	enum tarry_outcome outcome = tarry_mkdir(tarry, url);

	if (outcome == TARRY_REFUSED && tarry_status(tarry) == 405)
		return TARRY_DONE;
	return outcome;
}

/* From the top down, as far as they are missing. */
static enum tarry_outcome
make_with_parents(struct client *client, const char *url)
{
	enum { DEPTH_MAX = 256 };
	char *missing[DEPTH_MAX];
	size_t count = 0;
	char *at = link_as_collection(url);
	enum tarry_outcome outcome = TARRY_FAILED;

	while (at != NULL && count < DEPTH_MAX) {
		outcome = make_if_missing(client->tarry, at);
		if (outcome != TARRY_ABSENT)
			break;
		missing[count++] = at;
		at = link_parent(at);
		if (at != NULL && strcmp(at, missing[count - 1]) == 0)
			break;
	}
	free(at);
	while (count > 0) {
		/* Another may make the same ones at this moment. */
		if (outcome == TARRY_DONE)
			outcome =
			    make_if_missing(client->tarry, missing[count - 1]);
		free(missing[--count]);
	}
	return outcome;
}

static void
make_one(struct client *client, const char *url, void *context)
{
	const struct values *values = context;
	enum tarry_outcome outcome = values->with_parents
	                                 ? make_with_parents(client, url)
	                                 : tarry_mkdir(client->tarry, url);

	tell(client, outcome, url, NULL);
	(void)client_note_last(client, client->tarry, outcome, url);
}

static enum tarry_outcome
make_all(struct client *client, int count, char **operands, void *data)
{
	const struct place_visit visit = { make_one, data, true };

	return place_each(client, count, operands, &visit);
}

const struct client_command client_cp = {
	.name = "cp",
	.operands = "FROM... TO",
	.summary = "copy on the server",
	.text = "Copies FROM, a file or a whole tree, to TO on the same "
	        "server.\nNothing goes through this machine.  Into TO, if it "
	        "is a collection;\nTO may be a path on the server of FROM.",
	.operand_count_min = 2,
	.operand_count_max = -1,
	.values_size = sizeof(struct values),
	.options = move_options,
	.more_options = long_options,
	.run = transfer,
};

const struct client_command client_mv = {
	.name = "mv",
	.operands = "FROM... TO",
	.summary = "move on the server",
	.text = "Moves or renames FROM, a file or a whole tree, on its "
	        "server.\nInto TO, if it is a collection; TO may be a path "
	        "on the server of FROM.",
	.operand_count_min = 2,
	.operand_count_max = -1,
	.values_size = sizeof(struct values),
	.options = move_options,
	.more_options = long_options,
	.run = transfer,
};

const struct client_command client_rm = {
	.name = "rm",
	.operands = "URL...",
	.summary = "remove",
	.text = "Removes files and, with -r, collections with all that is in "
	        "them.",
	.operand_count_min = 1,
	.operand_count_max = -1,
	.values_size = sizeof(struct values),
	.options = remove_options,
	.more_options = long_options,
	.run = remove_all,
};

const struct client_command client_mkdir = {
	.name = "mkdir",
	.operands = "URL...",
	.summary = "make collections",
	.text = "Makes collections: folders, as others call them.",
	.operand_count_min = 1,
	.operand_count_max = -1,
	.values_size = sizeof(struct values),
	.options = mkdir_options,
	.run = make_all,
};
