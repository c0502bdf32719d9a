/*
 * locks_command.c - see locks_command.h.
 */
#include "apps/locks_command.h"

#include <stddef.h>
#include <stdio.h>

#include "apps/admin_client.h"
#include "apps/options.h"
#include "apps/table.h"
#include "base/buf.h"

enum { CELL_SIZE_MAX = 1024 * 1024 };

struct values {
	struct admin_client client;
	bool is_forced;
	bool wants_help;
};

#define VALUE(member) offsetof(struct values, member)

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

static void
print_row(void *context, const json_t *row)
{
	(void)context;
	admin_client_print(row);
}

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

static enum exit_code
list(const struct values *values)
{
	json_t *request = json_pack("{ss}", "command", "locks");
	struct table table;
	enum exit_code code;

	if (values->client.is_json)
		return admin_client_ask(
		    &values->client, request, print_row, NULL, NULL);
	table_init(&table, heads);
	code =
	    admin_client_ask(&values->client, request, add_row, &table, NULL);
	if (code == EXIT_CODE_DONE && table.cell_count == table.column_count)
		(void)printf("Nothing is locked.\n");
	else if (code == EXIT_CODE_DONE &&
	         table_print(&table, stdout) != ERR_NONE)
		code = EXIT_CODE_FAILED;
	table_done(&table);
	return code;
}

int
locks_command_list(int argc, char **argv)
{
	struct values values = { .client.place.directory = "." };
	struct option_texts operands;

	if (options_read(list_table, argc, argv, &values, &operands) !=
	    ERR_NONE)
		return EXIT_CODE_USAGE;
	if (values.wants_help) {
		(void)printf("usage: tarry locks [DIR] [OPTION...]\n\n"
		             "Lists the locks of the server on DIR, or on this "
		             "directory.\n\n");
		options_help(list_table);
		return EXIT_CODE_DONE;
	}
	if (operands.count > 1) {
		(void)fprintf(stderr,
		    "tarry: locks takes one directory: tarry locks DIR\n");
		return EXIT_CODE_USAGE;
	}
	if (operands.count == 1)
		values.client.place.directory = operands.items[0];
	return (int)admin_client_end(list(&values));
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
	struct values values = { .client.place.directory = "." };
	struct option_texts operands;
	enum exit_code code;

	if (options_read(unlock_table, argc, argv, &values, &operands) !=
	    ERR_NONE)
		return EXIT_CODE_USAGE;
	if (values.wants_help) {
		(void)printf(
		    "usage: tarry unlock --force TOKEN|PATH [DIR] "
		    "[OPTION...]\n\n"
		    "Takes a lock, or all that have their root at PATH, away "
		    "from its holder.\nDIR is what the server serves; "
		    "else it is this directory.\n\n");
		options_help(unlock_table);
		return EXIT_CODE_DONE;
	}
	if (operands.count < 1 || operands.count > 2) {
		(void)fprintf(stderr,
		    "tarry: unlock needs one lock: tarry unlock --force "
		    "TOKEN|PATH [DIR]\n");
		return EXIT_CODE_USAGE;
	}
	if (!values.is_forced) {
		(void)fprintf(stderr,
		    "tarry: its holder relies on it: say --force to take it "
		    "away\n");
		return EXIT_CODE_USAGE;
	}
	if (operands.count == 2)
		values.client.place.directory = operands.items[1];
	code = admin_client_ask(&values.client, request_for(operands.items[0]),
	    values.client.is_json ? print_row : tell_of_lock, NULL, NULL);
	return (int)admin_client_end(code);
}
