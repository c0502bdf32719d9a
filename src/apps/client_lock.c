/*
 * client_lock.c - tarry lock, and unlock with a URL: see client_commands.h.
 */
#include "apps/client_commands.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "apps/client.h"
#include "apps/client_child.h"
#include "apps/client_place.h"
#include "client/transport.h"

enum {
	TIMEOUT_S = 600, /* wished for, while a command runs */
	REFRESH_S_MIN = 1,
	LOOK_EVERY_MS = 100,
};

struct values {
	struct client_values common;
	bool is_shared;
	int depth; /* an index into depths */
	const char *owner;
	uint64_t timeout_s;
	const char *token;
	bool is_refresh;
};

#define VALUE(member) offsetof(struct values, member)

enum { DEPTH_INFINITY, DEPTH_0 };
static const char *const depths[] = { "infinity", "0", NULL };

/* name, kind, value, choices, argument, help */
static const struct option lock_options[] = {
	{ "shared", OPTION_FLAG, VALUE(is_shared), NULL, NULL,
	    "others may have one, too" },
	{ "depth", OPTION_CHOICE, VALUE(depth), depths, "0|infinity",
	    "0: not what is in it (infinity)" },
	{ "owner", OPTION_TEXT, VALUE(owner), NULL, "TEXT",
	    "what others see of who holds it" },
	{ "seconds", OPTION_COUNT, VALUE(timeout_s), NULL, "N",
	    "how long it lasts by itself (the server chooses)" },
	{ "refresh", OPTION_FLAG, VALUE(is_refresh), NULL, NULL,
	    "make one that we hold last longer" },
	{ .name = NULL },
};

static const struct option unlock_options[] = {
	{ "token", OPTION_TEXT, VALUE(token), NULL, "TOKEN",
	    "this one (the one that is kept)" },
	{ .name = NULL },
};

static void
tell(struct client *client, const char *url, const struct tarry_held *held)
{
	if (client->values->is_json)
		client_json(
		    client, json_pack("{ss ss so so sI}", "event", "result",
		                "command", client->command->name, "url",
		                client_json_text(url), "token",
		                client_json_text(
		                    held->token == NULL ? "" : held->token),
		                "timeout_s", (json_int_t)held->timeout_s));
	else if (!client->values->is_quiet)
		(void)printf("%s\n", held->token == NULL ? "" : held->token);
}

/* A third of its time is left for a server that is slow. */
static int64_t
next_ms(const struct tarry_held *held)
{
	int64_t after_s = held->timeout_s * 2 / 3;

	if (held->timeout_s == 0)
		return INT64_MAX;
	if (after_s < REFRESH_S_MIN)
		after_s = REFRESH_S_MIN;
	return transport_now_ms() + after_s * 1000;
}

/* Refreshes until the command has ended; its exit status. */
static int
attend(
    struct client *client, const char *url, pid_t pid, struct tarry_held *held)
{
	int64_t refresh_ms = next_ms(held);
	int status = 0;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		const struct timespec pause = { .tv_nsec =
			                            LOOK_EVERY_MS * 1000000L };

		(void)nanosleep(&pause, NULL);
		if (transport_now_ms() < refresh_ms)
			continue;
		if (tarry_refresh(client->tarry, url, NULL, held) != TARRY_DONE)
			show_error(
			    &client->show, url, tarry_message(client->tarry));
		refresh_ms = next_ms(held);
	}
	return child_status(status);
}

/* The lock is given back, whatever the command did; its status is ours. */
static enum tarry_outcome
run_command(struct client *client, const char *url, char **command,
    struct tarry_held *held)
{
	enum tarry_outcome outcome;
	pid_t pid = child_start(command, CHILD_OUT_OURS);
	int status;

	if (pid == -1) {
		(void)client_note(
		    client, TARRY_USAGE, command[0], strerror(errno));
		status = TARRY_USAGE;
	} else {
		status = attend(client, url, pid, held);
	}
	outcome = tarry_unlock(client->tarry, url, NULL);
	if (outcome != TARRY_DONE)
		show_error(&client->show, url, tarry_message(client->tarry));
	return status != 0 ? (enum tarry_outcome)status : outcome;
}

static enum tarry_outcome
lock(struct client *client, int count, char **operands, void *data)
{
	const struct values *values = data;
	bool has_command = count > 1;
	struct tarry_lock wish = {
		.is_shared = values->is_shared,
		.is_infinite = values->depth == DEPTH_INFINITY,
		.timeout_s = (int64_t)values->timeout_s,
		.owner = values->owner,
	};
	struct tarry_held held;
	enum tarry_outcome outcome;
	char *url = place_url(client, operands[0], NULL);

	if (url == NULL)
		return TARRY_USAGE;
	if (wish.timeout_s == 0 && has_command)
		wish.timeout_s = TIMEOUT_S;
	if (wish.owner == NULL)
		wish.owner = getenv("USER");
	outcome = values->is_refresh
	              ? tarry_refresh(client->tarry, url, NULL, &held)
	              : tarry_lock(client->tarry, url, &wish, &held);
	(void)client_note_last(client, client->tarry, outcome, url);
	if (outcome == TARRY_DONE && has_command)
		outcome = run_command(client, url, operands + 1, &held);
	else if (outcome == TARRY_DONE)
		tell(client, url, &held);
	free(url);
	return outcome;
}

static void
unlock_one(struct client *client, const char *url, void *context)
{
	const struct values *values = context;

	(void)client_note_last(client, client->tarry,
	    tarry_unlock(client->tarry, url, values->token), url);
}

static enum tarry_outcome
unlock(struct client *client, int count, char **operands, void *data)
{
	const struct place_visit visit = { unlock_one, data, true };

	return place_each(client, count, operands, &visit);
}

const struct client_command client_lock = {
	.name = "lock",
	.operands = "URL [-- COMMAND...]",
	.summary = "lock a file or a tree",
	.text = "Locks it, and prints the token.  The token is kept, so that "
	        "the next commands\nmay change what is locked.  With a "
	        "COMMAND: holds the lock while it runs,\nrefreshes it, "
	        "unlocks at the end, and exits as the command does.",
	.operand_count_min = 1,
	.operand_count_max = -1,
	.options = lock_options,
	.values_size = sizeof(struct values),
	.run = lock,
};

const struct client_command client_unlock = {
	.name = "unlock",
	.operands = "URL...",
	.summary = "give a lock back",
	.text = "Gives back a lock that tarry lock has taken.",
	.operand_count_min = 1,
	.operand_count_max = -1,
	.options = unlock_options,
	.values_size = sizeof(struct values),
	.run = unlock,
};
