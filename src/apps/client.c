/*
 * client.c - see client.h.
 */
#include "apps/client.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apps/client_secret.h"
#include "base/buf.h"
#include "base/own.h"
#include "http/uri.h"

#define VALUE(member) offsetof(struct client_values, member)

/* name, kind, value, choices, argument, help */
static const struct option common[] = {
	{ "user|u", OPTION_TEXT, VALUE(user), NULL, "NAME",
	    "who we are there; the password is never an option" },
	{ "netrc", OPTION_TEXT, VALUE(netrc), NULL, "FILE",
	    "where passwords are (~/.netrc)" },
	{ "password-command", OPTION_TEXT, VALUE(password_command), NULL,
	    "COMMAND", "prints the password of --user" },
	{ "ca-file", OPTION_TEXT, VALUE(ca_file), NULL, "FILE",
	    "whose certificates to trust (the system's)" },
	{ "certificate", OPTION_TEXT, VALUE(certificate), NULL, "FILE",
	    "our own, for servers that ask for one" },
	{ "key", OPTION_TEXT, VALUE(key), NULL, "FILE",
	    "its private key (in the same file)" },
	{ "proxy", OPTION_TEXT, VALUE(proxy), NULL, "URL",
	    "go through it (what the environment says)" },
	{ "insecure", OPTION_FLAG, VALUE(is_insecure), NULL, NULL,
	    "take any certificate: anybody may listen" },
	{ "timeout", OPTION_DURATION, VALUE(idle_ms), NULL, "TIME",
	    "longest silence of the server (5m)" },
	{ "deadline", OPTION_DURATION, VALUE(deadline_ms), NULL, "TIME",
	    "longest time of one request (24h)" },
	{ "quiet|q", OPTION_FLAG, VALUE(is_quiet), NULL, NULL,
	    "nothing but errors" },
	{ "verbose|v", OPTION_FLAG, VALUE(is_verbose), NULL, NULL,
	    "each interim response, and each file" },
	{ "json", OPTION_FLAG, VALUE(is_json), NULL, NULL,
	    "one JSON object a line" },
	{ "help|h", OPTION_FLAG, VALUE(wants_help), NULL, NULL, "this text" },
	{ .name = NULL },
};

void
client_options(const struct client_command *command,
    struct option out_table[CLIENT_OPTION_COUNT_MAX])
{
	size_t count = 0;
	const struct option *const tables[] = { command->options,
		command->more_options, common };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct option *option = tables[i];
		     option != NULL && option->name != NULL; option++) {
			CHECK(count < CLIENT_OPTION_COUNT_MAX - 1);
			out_table[count++] = *option;
		}
	out_table[count] = (struct option){ .name = NULL };
}

static void
help(const struct client_command *command, const struct option *table)
{
	(void)printf("usage: tarry %s [OPTION...] %s\n\n%s\n\n", command->name,
	    command->operands, command->text);
	options_help(table);
}

char *
client_folder(const char *variable, const char *usual)
{
	const char *base = getenv(variable);
	const char *home = getenv("HOME");
	char *path = NULL;
	int size;

	if (base != NULL && base[0] == '/')
		size = asprintf(&path, "%s/tarry", base);
	else if (home != NULL && home[0] == '/')
		size = asprintf(&path, "%s/%s/tarry", home, usual);
	else
		return NULL;
	return size == -1 ? NULL : path;
}

static void
progress(void *context, const struct tarry_progress *progress)
{
	struct client *client = context;

	show_progress(&client->show, progress);
}

static void
interim(void *context, int status, const char *lines)
{
	struct client *client = context;

	show_interim(&client->show, status, lines);
}

static void
failure(void *context, const char *url, int status)
{
	struct client *client = context;
	char message[64];

	if (client->values->is_json) {
		client_json(
		    client, json_pack("{ss ss so si}", "event", "failure",
		                "command", client->command->name, "url",
		                client_json_text(url), "status", status));
		return;
	}
	(void)snprintf(message, sizeof(message), "failed with %d", status);
	show_error(&client->show, url, message);
}

static bool
credentials(void *context, const char *origin, bool is_refused,
    struct tarry_credentials *out)
{
	return secret_find(context, origin, is_refused, out);
}

static struct tarry_options
session_options(struct client *client)
{
	const struct client_values *values = client->values;

	return (struct tarry_options){
		.context = client,
		.progress = progress,
		.interim = interim,
		.failure = failure,
		.credentials = credentials,
		.idle_ms = values->idle_ms,
		.deadline_ms = values->deadline_ms,
		.ca_file = values->ca_file,
		.certificate = values->certificate,
		.key = values->key,
		.proxy = values->proxy,
		.is_insecure = values->is_insecure,
		.cache_dir = client->cache_dir,
		.state_dir = client->state_dir,
	};
}

struct tarry *
client_open(struct client *client)
{
	struct tarry_options options = session_options(client);
	struct tarry *tarry = tarry_new(&options);
	bool is_kept = false;

	if (tarry == NULL)
		return NULL;
	(void)pthread_mutex_lock(&client->mutex);
	for (size_t i = 0; i < CLIENT_SESSION_COUNT_MAX && !is_kept; i++) {
		if (client->sessions[i] == NULL) {
			client->sessions[i] = tarry;
			is_kept = true;
		}
	}
	(void)pthread_mutex_unlock(&client->mutex);
	if (is_kept)
		return tarry;
	tarry_free(tarry);
	return NULL;
}

void
client_close(struct client *client, struct tarry *tarry)
{
	(void)pthread_mutex_lock(&client->mutex);
	for (size_t i = 0; i < CLIENT_SESSION_COUNT_MAX; i++)
		if (client->sessions[i] == tarry)
			client->sessions[i] = NULL;
	(void)pthread_mutex_unlock(&client->mutex);
	tarry_free(tarry);
}

bool
client_is_interrupted(struct client *client)
{
	return atomic_load(&client->interrupts) > 0;
}

void
client_interrupt(struct client *client)
{
	if (atomic_fetch_add(&client->interrupts, 1) >= 2)
		_exit(TARRY_UNKNOWN); /* it hangs somewhere */
	(void)pthread_mutex_lock(&client->mutex);
	for (size_t i = 0; i < CLIENT_SESSION_COUNT_MAX; i++)
		if (client->sessions[i] != NULL)
			tarry_interrupt(client->sessions[i]);
	(void)pthread_mutex_unlock(&client->mutex);
}

/* The signals of an end come here, and to no other thread. */
static void *
wait_for_signals(void *context)
{
	struct client *client = context;
	sigset_t signals;
	int signal;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGUSR1);
	for (;;) {
		if (sigwait(&signals, &signal) != 0 || signal == SIGUSR1)
			return NULL;
		client_interrupt(client);
	}
}

static void
block_signals(void)
{
	sigset_t signals;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGUSR1);
	(void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

enum tarry_outcome
client_note(struct client *client, enum tarry_outcome outcome, const char *what,
    const char *message)
{
	(void)pthread_mutex_lock(&client->mutex);
	if (outcome == TARRY_DONE) {
		client->done_count++;
	} else {
		if (client->failed_count++ == 0)
			client->outcome = outcome;
		else if (outcome == TARRY_UNKNOWN)
			client->outcome = outcome;
		else if (client->outcome != outcome &&
		         client->outcome != TARRY_UNKNOWN)
			client->outcome = TARRY_FAILED;
	}
	(void)pthread_mutex_unlock(&client->mutex);
	if (outcome == TARRY_DONE || message == NULL)
		return outcome;
	if (client->values->is_json)
		client_json(client,
		    json_pack("{ss ss so si so}", "event", "error", "command",
		        client->command->name, "what",
		        client_json_text(what == NULL ? "" : what), "code",
		        (int)outcome, "message", client_json_text(message)));
	else
		show_error(&client->show, what, message);
	return outcome;
}

enum tarry_outcome
client_note_last(struct client *client, struct tarry *tarry,
    enum tarry_outcome outcome, const char *what)
{
	return client_note(client, outcome, what, tarry_message(tarry));
}

enum tarry_outcome
client_outcome(struct client *client)
{
	if (client->failed_count == 0)
		return TARRY_DONE;
	if (client->done_count > 0 && client->outcome != TARRY_UNKNOWN)
		return TARRY_FAILED;
	return client->outcome;
}

void
client_freep(char **text)
{
	free(*text);
}

json_t *
client_json_text(const char *text)
{
	json_t *json = json_string(text);
	struct buf encoded;

	if (json != NULL)
		return json;
	buf_init(&encoded, 3 * strlen(text) + 1);
	uri_path_encode(&encoded, str_of(text));
	json = json_stringn(encoded.data, encoded.len);
	buf_done(&encoded);
	return json;
}

void
client_json(struct client *client, json_t *json)
{
	(void)pthread_mutex_lock(&client->show.mutex);
	if (json != NULL)
		(void)json_dumpf(json, stdout, JSON_COMPACT);
	(void)fputc('\n', stdout);
	(void)pthread_mutex_unlock(&client->show.mutex);
	json_decref(json);
}

static bool
open_client(struct client *client)
{
	const struct client_values *values = client->values;

	show_init(&client->show, client->command->name);
	client->show.is_quiet = values->is_quiet;
	client->show.is_verbose = values->is_verbose;
	client->show.is_json = values->is_json;
	client->config_dir = client_folder("XDG_CONFIG_HOME", ".config");
	client->cache_dir = client_folder("XDG_CACHE_HOME", ".cache");
	client->state_dir = client_folder("XDG_STATE_HOME", ".local/state");
	if (values->user != NULL)
		client->user = strdup(values->user);
	CHECK(pthread_mutex_init(&client->prompt_mutex, NULL) == 0);
	CHECK(pthread_mutex_init(&client->mutex, NULL) == 0);
	client->tarry = client_open(client);
	return client->tarry != NULL &&
	       pthread_create(
	           &client->signal_thread, NULL, wait_for_signals, client) == 0;
}

static void
close_client(struct client *client)
{
	(void)pthread_kill(client->signal_thread, SIGUSR1);
	(void)pthread_join(client->signal_thread, NULL);
	client_close(client, client->tarry);
	show_done(&client->show);
	free(client->user);
	free(client->config_dir);
	free(client->cache_dir);
	free(client->state_dir);
	CHECK(pthread_mutex_destroy(&client->mutex) == 0);
	CHECK(pthread_mutex_destroy(&client->prompt_mutex) == 0);
}

static enum tarry_outcome
run(struct client *client, int count, char **operands, void *values)
{
	enum tarry_outcome outcome;

	if (!open_client(client)) {
		(void)fprintf(stderr, "tarry: out of memory\n");
		exit(TARRY_FAILED);
	}
	outcome = client->command->run(client, count, operands, values);
	close_client(client);
	if (fflush(stdout) != 0 || ferror(stdout) != 0) {
		(void)fprintf(stderr, "tarry: %s: cannot write: %s\n",
		    client->command->name, strerror(errno));
		if (outcome == TARRY_DONE)
			outcome = TARRY_FAILED;
	}
	return outcome;
}

int
client_main(const struct client_command *command, int argc, char **argv)
{
	struct option table[CLIENT_OPTION_COUNT_MAX];
	struct client_values *values = calloc(1, command->values_size);
	struct client client = { .command = command, .values = values };
	int code = TARRY_USAGE;

	CHECK(command->values_size >= sizeof(*values));
	if (values == NULL)
		return TARRY_FAILED;
	client_options(command, table);
	if (options_take(table, &argc, argv, values) != ERR_NONE) {
		/* It was said. */
	} else if (values->wants_help) {
		help(command, table);
		code = TARRY_DONE;
	} else if (argc < command->operand_count_min ||
	           (command->operand_count_max != -1 &&
	               argc > command->operand_count_max)) {
		(void)fprintf(stderr, "usage: tarry %s [OPTION...] %s\n",
		    command->name, command->operands);
	} else {
		block_signals();
		code = (int)run(&client, argc, argv, values);
	}
	free(values);
	return code;
}
