/*
 * admin_command.h - what the commands that ask a server on this machine have
 * in common: ops, cancel, locks and unlock.
 *
 *	read -> list, or one question -> admin_client_end()
 */
#ifndef ADMIN_COMMAND_H
#define ADMIN_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "apps/admin_client.h"
#include "apps/options.h"

/* What their command lines say; each has some of it. */
struct admin_values {
	struct admin_client client;
	bool has_ended;
	bool is_forced;
	int64_t wait_ms;
	bool wants_help;
};

struct admin_command {
	const char *usage;            /* "ops [DIR] [OPTION...]" */
	const char *text;             /* for --help: what it does */
	const char *wanted;           /* said when operands are missing */
	const struct option *options; /* over struct admin_values */
	size_t operand_count;         /* those before DIR */
};

/*
 * Reads argv, which ends with NULL; DIR, or this directory, is in values.
 * False: it is all said, and *out_code the exit status.
 */
bool admin_command_read(const struct admin_command *command, char **argv,
    struct admin_values *values, const char **out_operand,
    enum exit_code *out_code) MUST_CHECK;

struct admin_list {
	const char *const *heads; /* of the columns; NULL at the end */
	/* context is the struct table. */
	void (*add_row)(void *context, const json_t *row);
	/* omitted_count: how many the server did not list. */
	void (*tell_of_none)(uint64_t omitted_count);
};

/* Asks, and prints the rows as a table, or as JSON.  Takes the request. */
enum exit_code admin_command_list(const struct admin_client *client,
    json_t *request, const struct admin_list *list) MUST_CHECK;

/* For admin_client_ask(): prints the row as it is. */
void admin_command_print(void *context, const json_t *row);

#endif
