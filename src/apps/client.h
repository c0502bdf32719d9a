/*
 * client.h - what all commands of the client have in common.
 *
 * A command is a row of words, a table of options and a function.  --help, the
 * manual page and the completions are made of the same row:
 *
 *	client_main(): options -> session -> run() -> exit code
 *
 * The exit codes are those of enum tarry_outcome.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "apps/client_show.h"
#include "apps/options.h"
#include "client/tarry.h"

enum {
	CLIENT_OPTION_COUNT_MAX = 64,
	CLIENT_SESSION_COUNT_MAX = 33, /* the main one, and -j 32 */
};

/* Of every command: the first member of its own values. */
struct client_values {
	const char *user;
	const char *netrc;
	const char *password_command;
	const char *ca_file;
	const char *certificate;
	const char *key;
	const char *proxy;
	bool is_insecure;
	int64_t idle_ms;
	int64_t deadline_ms;
	bool is_quiet;
	bool is_verbose;
	bool is_json;
	bool wants_help;
};

struct client;

struct client_command {
	const char *name;
	const char *operands; /* "FROM TO" */
	const char *summary;  /* one line */
	const char *text;     /* more of it, for --help and the manual */
	int operand_count_min;
	int operand_count_max;             /* -1: any number */
	const struct option *options;      /* NULL: none of its own */
	const struct option *more_options; /* that it shares with others */
	size_t values_size;
	/* values is the command's own struct. */
	enum tarry_outcome (*run)(
	    struct client *client, int count, char **operands, void *values);
};

struct client {
	const struct client_command *command;
	const struct client_values *values;
	struct show show;
	struct tarry *tarry; /* the session of the main thread */
	char *user;          /* of the URL, or of --user */
	char *config_dir;
	char *cache_dir;
	char *state_dir;

	pthread_mutex_t prompt_mutex; /* one question on the terminal */

	/* What a signal must reach; never held while anything waits. */
	pthread_mutex_t mutex;
	struct tarry *sessions[CLIENT_SESSION_COUNT_MAX];
	atomic_int interrupts;
	pthread_t signal_thread;

	/* What became of the operands so far. */
	unsigned done_count;
	unsigned failed_count;
	enum tarry_outcome outcome; /* of those that failed, if it is one */
};

/* argv: what follows the name of the command.  Returns the exit code. */
int client_main(const struct client_command *command, int argc, char **argv);

/*
 * "tarry" in the folder of such files: $XDG_CONFIG_HOME/tarry, or
 * ~/.config/tarry.  NULL: there is none.  Free it.
 */
char *client_folder(const char *variable, const char *usual);

/* One more session, for another thread.  NULL: no memory, or too many. */
struct tarry *client_open(struct client *client);
void client_close(struct client *client, struct tarry *tarry);

/* As Ctrl-C does. */
void client_interrupt(struct client *client);
bool client_is_interrupted(struct client *client);

/*
 * One operand, or one file, is finished.  what names it for the message that
 * is written if it failed.  Returns the outcome.
 */
enum tarry_outcome client_note(struct client *client,
    enum tarry_outcome outcome, const char *what, const char *message);

/* The same, with the words of the session. */
enum tarry_outcome client_note_last(struct client *client, struct tarry *tarry,
    enum tarry_outcome outcome, const char *what);

/* The outcome of all that was noted. */
enum tarry_outcome client_outcome(struct client *client);

/* One JSON object on a line of its own; takes it. */
void client_json(struct client *client, json_t *json);

/* A JSON string; what is no UTF-8 is percent-encoded. */
json_t *client_json_text(const char *text);

/* For OWNED(). */
void client_freep(char **text);

/* The options of a command with those of all, for --help and the manual. */
void client_options(const struct client_command *command,
    struct option out_table[CLIENT_OPTION_COUNT_MAX]);

#endif
