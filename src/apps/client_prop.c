/*
 * client_prop.c - tarry prop: see client_commands.h.
 */
#include "apps/client_commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/client.h"
#include "apps/client_place.h"

struct values {
	struct client_values common;
	const char *space;
	bool is_xml;
};

#define VALUE(member) offsetof(struct values, member)

/* name, kind, value, choices, argument, help */
static const struct option options[] = {
	{ "namespace|N", OPTION_TEXT, VALUE(space), NULL, "URI",
	    "of a NAME without one (DAV:)" },
	{ "xml", OPTION_FLAG, VALUE(is_xml), NULL, NULL,
	    "the value to set is XML" },
	{ .name = NULL },
};

/* "{NAMESPACE}NAME", or "NAME": "NAMESPACE NAME".  Free it. */
static char *
full_name(const struct values *values, const char *text)
{
	const char *end = text[0] == '{' ? strchr(text, '}') : NULL;
	char *name = NULL;
	int size;

	if (end != NULL)
		size = asprintf(
		    &name, "%.*s %s", (int)(end - text - 1), text + 1, end + 1);
	else
		size = asprintf(&name, "%s %s",
		    values->space == NULL ? "DAV:" : values->space, text);
	return size == -1 ? NULL : name;
}

struct printing {
	struct client *client;
	bool is_list;
	bool is_value_only;
	unsigned missing_count;
};

static void
print_text(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text >= 0x20 || *text == '\n' ||
		    *text == '\t')
			(void)putchar(*text);
}

static void
print_prop(struct printing *printing, const struct tarry_prop *prop)
{
	if (printing->client->values->is_json) {
		client_json(printing->client,
		    json_pack("{so so so sb si}", "namespace",
		        client_json_text(prop->space), "name",
		        client_json_text(prop->name), "value",
		        client_json_text(prop->value), "xml", (int)prop->is_xml,
		        "status", prop->status));
		return;
	}
	if (printing->is_value_only) {
		print_text(prop->value);
	} else {
		(void)putchar('{');
		print_text(prop->space);
		(void)putchar('}');
		print_text(prop->name);
		(void)fputs(" = ", stdout);
		print_text(prop->value);
	}
	(void)putchar('\n');
}

static bool
print_member(void *context, const struct tarry_member *member)
{
	struct printing *printing = context;

	for (size_t i = 0; i < member->prop_count; i++) {
		if (member->props[i].status == 200)
			print_prop(printing, &member->props[i]);
		else
			printing->missing_count++;
	}
	return true;
}

static enum tarry_outcome
get(struct client *client, const char *url, int count, char **names,
    const struct values *values)
{
	enum { NAME_COUNT_MAX = 256 };
	char *full[NAME_COUNT_MAX + 1] = { NULL };
	struct printing printing = { .client = client,
		.is_value_only = count == 1 };
	struct tarry_listing listing = { .depth = TARRY_DEPTH_0,
		.member = print_member,
		.context = &printing,
		.wants_all = count == 0 };
	enum tarry_outcome outcome = TARRY_USAGE;

	if (count <= NAME_COUNT_MAX) {
		for (int i = 0; i < count; i++)
			full[i] = full_name(values, names[i]);
		listing.props = (const char *const *)full;
		outcome = tarry_list(client->tarry, url, &listing);
	}
	for (int i = 0; i < count && i < NAME_COUNT_MAX; i++)
		free(full[i]);
	if (outcome == TARRY_DONE && count > 0 && printing.missing_count > 0)
		return client_note(
		    client, TARRY_ABSENT, url, "it has no such property");
	return client_note_last(client, client->tarry, outcome, url);
}

/* value NULL: remove. */
static enum tarry_outcome
change(struct client *client, const char *url, const char *name,
    const char *value, const struct values *values)
{
	char *full = full_name(values, name);
	char *local = full == NULL ? NULL : strrchr(full, ' ');
	struct tarry_prop prop = { .value = value, .is_xml = values->is_xml };
	enum tarry_outcome outcome;

	if (local == NULL) {
		free(full);
		return client_note(client, TARRY_FAILED, url, "out of memory");
	}
	*local = '\0';
	prop.space = full;
	prop.name = local + 1;
	outcome = tarry_prop_set(client->tarry, url, &prop);
	free(full);
	return client_note_last(client, client->tarry, outcome, url);
}

static enum tarry_outcome
run(struct client *client, int count, char **operands, void *data)
{
	const struct values *values = data;
	const char *verb = operands[0];
	char *url = place_url(client, operands[1], NULL);

	if (url == NULL)
		return TARRY_USAGE;
	if (strcmp(verb, "list") == 0 && count == 2)
		(void)get(client, url, 0, NULL, values);
	else if (strcmp(verb, "get") == 0 && count > 2)
		(void)get(client, url, count - 2, operands + 2, values);
	else if (strcmp(verb, "set") == 0 && count == 4)
		(void)change(client, url, operands[2], operands[3], values);
	else if (strcmp(verb, "rm") == 0 && count == 3)
		(void)change(client, url, operands[2], NULL, values);
	else
		(void)client_note(client, TARRY_USAGE, verb,
		    "write list URL, get URL NAME..., set URL NAME VALUE, or "
		    "rm URL NAME");
	free(url);
	return client_outcome(client);
}

const struct client_command client_prop = {
	.name = "prop",
	.operands = "list|get|set|rm URL [NAME...] [VALUE]",
	.summary = "read and change properties",
	.text = "prop list URL            all of them\n"
	        "prop get URL NAME...     some; of one only its value\n"
	        "prop set URL NAME VALUE  set one\n"
	        "prop rm URL NAME         remove one\n\n"
	        "NAME is {NAMESPACE}NAME, or a NAME in the namespace of "
	        "--namespace.",
	.operand_count_min = 2,
	.operand_count_max = -1,
	.options = options,
	.values_size = sizeof(struct values),
	.run = run,
};
