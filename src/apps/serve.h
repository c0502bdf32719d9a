/*
 * serve.h - tarry serve DIR: a WebDAV server on a directory; its options, and
 * what was made of them.
 */
#ifndef SERVE_H
#define SERVE_H

#include <stdbool.h>

#include "apps/config.h"
#include "apps/options.h"
#include "apps/server.h"
#include "base/check.h"
#include "base/err.h"

/* One reading of file, variables and flags.  It does not move. */
struct serve_settings {
	struct server_options server;
	const char *config; /* the file; NULL: none */
	bool wants_help;
	bool has_operand; /* which named the directory */
	struct option_set set;
	struct config file;
};

/* The command line, for as often as it is read. */
struct serve_arguments {
	int argc;
	char **argv; /* what follows "serve" */
};

/*
 * Each value is one that its option can have; serve_check.h says whether they
 * agree.  ERR_SYNTAX, ERR_SYSTEM, ERR_LIMIT, ERR_MEMORY: standard error says
 * what is wrong.  With wants_help the rest means nothing.
 */
enum err serve_settings_new(const struct serve_arguments *arguments,
    struct serve_settings **out_settings) MUST_CHECK;
void serve_settings_free(struct serve_settings *settings);

/* A line for each option, on standard output. */
void serve_options_help(void);

/* argv: what follows "serve".  Returns the exit status. */
int serve_main(int argc, char **argv);

#endif
