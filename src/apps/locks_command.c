/*
 * locks_command.c - see locks_command.h.
 */
#include "apps/locks_command.h"

#include <stddef.h>
#include <stdio.h>

#include "apps/admin_command.h"
#include "apps/table.h"
#include "base/buf.h"

enum { CELL_SIZE_MAX = 1024 * 1024 };

#define VALUE(member) offsetof(struct admin_values, member)

/* name, kind, value, choices, argument, help */
static const struct option list_table[] = {
	{ "state", OPTION_TEXT, VALUE(client.place.state), NULL, "DIR",
	    "the server's state directory (DIR/.tarry)" },
	{ "json", OPTION_FLAG, VALUE(client.is_json), NULL, NULL,
	    "one JSON object a line" },
	{ "help", OPTION_FLAG, VALUE(wants_help), NULL, NULL, "this text" },
	{ .name = NULL },
};

static const struct option unlock_table[] = {
	{ "force", OPTION_FLAG, VALUE(is_forced), NULL, NULL,
	    "yes, take it away from its holder" },
	{ "state", OPTION_TEXT, VALUE(client.place.state), NULL, "DIR",
	    "the server's state directory (DIR/.tarry)" },
	{ "json", OPTION_FLAG, VALUE(client.is_json), NULL, NULL,
	    "one JSON object a line for each lock taken away" },
	{ "help", OPTION_FLAG, VALUE(wants_help), NULL, NULL, "this text" },
	{ .name = NULL },
};

static const char *const heads[] = { "TOKEN", "PATH", "DEPTH", "SCOPE", "OWNER",
	"LEFT", NULL };

/* "&amp;" at the start of text: its octet; *out_size is what it takes. */
static char
read_reference(struct str text, size_t *out_size)
{
	static const struct {
		struct str name;
		char octet;
	} references[] = {
		{ STR("&lt;"), '<' },
		{ STR("&gt;"), '>' },
		{ STR("&amp;"), '&' },
		{ STR("&quot;"), '"' },
		{ STR("&apos;"), '\'' },
	};

	for (size_t i = 0; i < sizeof(references) / sizeof(references[0]);
	     i++) {
		if (str_starts(text, references[i].name)) {
			*out_size = references[i].name.len;
			return references[i].octet;
		}
	}
	*out_size = 1;
	return text.data[0];
}

/* The words of a piece of XML, without its elements. */
static void
add_words(struct buf *out, struct str xml)
{
	bool wants_space = false;

	while (xml.len > 0) {
		size_t size = 1;
		char octet = read_reference(xml, &size);

		if (xml.data[0] == '<') {
			size = str_find(xml, '>');
			size += size < xml.len ? 1 : 0;
			octet = ' ';
		}
		xml = str_from(xml, size);
		if (octet == ' ' || octet == '\t' || octet == '\n' ||
		    octet == '\r') {
			wants_space = out->len > 0;
			continue;
		}
		if (wants_space)
			buf_add_char(out, ' ');
		wants_space = false;
		buf_add_char(out, octet);
	}
}

/* What the client said of itself; else as whom it came. */
static void
add_owner(struct table *table, const json_t *row)
{
	struct buf words;

	buf_init(&words, CELL_SIZE_MAX);
	add_words(&words, admin_client_text(row, "owner"));
	if (words.len == 0)
		buf_add_str(&words, admin_client_text(row, "principal"));
	table_add(table, buf_str(&words));
	buf_done(&words);
}

static void
add_row(void *context, const json_t *row)
{
	struct table *table = context;
	char left[TABLE_TEXT_SIZE];

	table_add(table, admin_client_text(row, "token"));
	table_add(table, admin_client_text(row, "path"));
	table_add(table, admin_client_text(row, "depth"));
	table_add(table, admin_client_text(row, "scope"));
	add_owner(table, row);
	(void)snprintf(left, sizeof(left), "%llds",
	    (long long)json_integer_value(json_object_get(row, "left_s")));
	table_add(table, str_of(left));
}

static void
tell_of_none(uint64_t omitted_count)
{
	(void)omitted_count; /* all are listed */
	(void)printf("Nothing is locked.\n");
}

int
locks_command_list(int argc, char **argv)
{
	static const struct admin_command command = {
		.usage = "locks [DIR] [OPTION...]",
		.text = "Lists the locks of the server on DIR, or on this "
		        "directory.",
		.wanted = "locks takes one directory",
		.options = list_table,
	};
	static const struct admin_list list = { heads, add_row, tell_of_none };
	struct admin_values values = { .wait_ms = 0 };
	const char *operand;
	enum exit_code code;

	(void)argc;
	if (!admin_command_read(&command, argv, &values, &operand, &code))
		return (int)code;
	code = admin_command_list(
	    &values.client, json_pack("{ss}", "command", "locks"), &list);
	return (int)admin_client_end(code);
}

static void
tell_of_lock(void *context, const json_t *row)
{
	(void)context;
	(void)printf("%.*s unlocked (%.*s)\n",
	    STR_ARG(admin_client_text(row, "path")),
	    STR_ARG(admin_client_text(row, "token")));
}

/* A path starts with a slash.  A token may be in <>, as headers write it. */
static json_t *
request_for(const char *name)
{
	struct str token = str_of(name);

	if (name[0] == '/')
		return json_pack("{ss ss}", "command", "unlock", "path", name);
	if (token.len > 2 && token.data[0] == '<' &&
	    token.data[token.len - 1] == '>')
		token = str_make(token.data + 1, token.len - 2);
	return json_pack(
	    "{ss ss%}", "command", "unlock", "token", token.data, token.len);
}

int
locks_command_unlock(int argc, char **argv)
{
	static const struct admin_command command = {
		.usage = "unlock --force TOKEN|PATH [DIR] [OPTION...]",
		.text = "Takes a lock, or all that have their root at PATH, "
		        "away from its holder.\nDIR is what the server "
		        "serves; else it is this directory.  A lock of our "
		        "own\non a server elsewhere: tarry unlock URL.",
		.wanted = "unlock needs one lock",
		.options = unlock_table,
		.operand_count = 1,
	};
	struct admin_values values = { .wait_ms = 0 };
	const char *name;
	enum exit_code code;

	(void)argc;
	if (!admin_command_read(&command, argv, &values, &name, &code))
		return (int)code;
	if (!values.is_forced) {
		(void)fprintf(stderr,
		    "tarry: its holder relies on it: say --force to take it "
		    "away\n");
		return EXIT_CODE_USAGE;
	}
	code = admin_client_ask(&values.client, request_for(name),
	    values.client.is_json ? admin_command_print : tell_of_lock, NULL,
	    NULL);
	return (int)admin_client_end(code);
}
