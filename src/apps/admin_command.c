/*
 * admin_command.c - see admin_command.h.
 */
#include "apps/admin_command.h"

#include <stdio.h>

#include "apps/table.h"

bool
admin_command_read(const struct admin_command *command, char **argv,
    struct admin_values *values, const char **out_operand,
    enum exit_code *out_code)
{
	struct option_texts operands;
	int argc = 0;

	while (argv[argc] != NULL)
		argc++;
	values->client.place.directory = ".";
	*out_code = EXIT_CODE_USAGE;
	if (options_read(command->options, argc, argv, values, &operands) !=
	    ERR_NONE)
		return false;
	if (values->wants_help) {
		(void)printf(
		    "usage: tarry %s\n\n%s\n\n", command->usage, command->text);
		options_help(command->options);
		*out_code = EXIT_CODE_DONE;
		return false;
	}
	if (operands.count < command->operand_count ||
	    operands.count > command->operand_count + 1) {
		(void)fprintf(stderr, "tarry: %s: tarry %s\n", command->wanted,
		    command->usage);
		return false;
	}
	if (operands.count > command->operand_count)
		values->client.place.directory =
		    operands.items[command->operand_count];
	*out_operand = operands.count == 0 ? NULL : operands.items[0];
	return true;
}

void
admin_command_print(void *context, const json_t *row)
{
	(void)context;
	admin_client_print(row);
}

enum exit_code
admin_command_list(const struct admin_client *client, json_t *request,
    const struct admin_list *list)
{
	struct table table;
	uint64_t omitted_count = 0;
	enum exit_code code;

	if (client->is_json)
		return admin_client_ask(
		    client, request, admin_command_print, NULL, NULL);
	table_init(&table, list->heads);
	code = admin_client_ask(
	    client, request, list->add_row, &table, &omitted_count);
	if (code == EXIT_CODE_DONE && table.cell_count == table.column_count)
		list->tell_of_none(omitted_count);
	else if (code == EXIT_CODE_DONE &&
	         table_print(&table, stdout) != ERR_NONE)
		code = EXIT_CODE_FAILED;
	table_done(&table);
	return code;
}
