/*
 * admin_client.h - asks a running server, for the commands of its
 * administrator.
 */
#ifndef ADMIN_CLIENT_H
#define ADMIN_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "apps/admin_place.h"
#include "apps/exit_code.h"
#include "base/check.h"
#include "base/str.h"

/* What the command lines of all these commands say. */
struct admin_client {
	struct admin_place place;
	bool is_json; /* rows are printed as they are, one object a line */
};

/*
 * Sends the request (admin_answer.h), which it takes, and calls see() for each
 * row of the answer.  *out_omitted may be NULL.  When the outcome is not
 * EXIT_CODE_DONE it has said why on standard error; see() was called even so
 * for what was done before.
 */
enum exit_code admin_client_ask(const struct admin_client *client,
    json_t *request, void (*see)(void *context, const json_t *row),
    void *context, uint64_t *out_omitted) MUST_CHECK;

/* One row as one line on standard output, all in ASCII. */
void admin_client_print(const json_t *row);

/* A text in a row; empty if there is none. */
struct str admin_client_text(const json_t *row, const char *name);

/* Whether all that was printed has left us: else says so, and fails. */
enum exit_code admin_client_end(enum exit_code code) MUST_CHECK;

#endif
