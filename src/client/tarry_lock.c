/*
 * tarry_lock.c - LOCK and UNLOCK: see tarry.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/own.h"
#include "client/ask.h"
#include "client/link.h"
#include "client/tarry.h"
#include "client/tarry_inside.h"

enum { BODY_SIZE_MAX = 64 * 1024, TIMEOUT_SIZE = 48 };

static void
heap_freep(char **text)
{
	free(*text);
}

static bool
take_text(void *context, const char *data, size_t size)
{
	struct buf *body = context;

	buf_add(body, data, size);
	return body->err == ERR_NONE;
}

static void
add_text(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '<')
			buf_add_text(out, "&lt;");
		else if (*text == '&')
			buf_add_text(out, "&amp;");
		else if (*text == '>')
			buf_add_text(out, "&gt;");
		else
			buf_add_char(out, *text);
	}
}

static void
add_lockinfo(struct buf *out, const struct tarry_lock *lock)
{
	buf_printf(out,
	    "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
	    "<D:lockinfo xmlns:D=\"DAV:\"><D:lockscope><D:%s/>"
	    "</D:lockscope><D:locktype><D:write/></D:locktype>",
	    lock->is_shared ? "shared" : "exclusive");
	if (lock->owner != NULL) {
		buf_add_text(out, "<D:owner>");
		add_text(out, lock->owner);
		buf_add_text(out, "</D:owner>");
	}
	buf_add_text(out, "</D:lockinfo>");
	buf_add_char(out, '\0');
}

static void
add_timeout(struct ask *ask, int64_t timeout_s)
{
	char value[TIMEOUT_SIZE];

	if (timeout_s <= 0)
		return;
	(void)snprintf(value, sizeof(value), "Second-%" PRId64, timeout_s);
	ask_field(ask, "Timeout", value);
}

/* What stands in <timeout> of the answer: "Second-3600", "Infinite". */
static int64_t
granted_s(struct str body)
{
	const char *at =
	    body.len == 0 ? NULL : memmem(body.data, body.len, "Second-", 7);
	struct str rest;
	size_t size = 0;
	uint64_t seconds;

	if (at == NULL)
		return 0;
	rest = str_from(body, (size_t)(at - body.data) + 7);
	while (
	    size < rest.len && rest.data[size] >= '0' && rest.data[size] <= '9')
		size++;
	if (str_to_u64(str_make(rest.data, size), UINT32_MAX, &seconds) !=
	    ERR_NONE)
		return 0;
	return (int64_t)seconds;
}

/* "<urn:uuid:...>": what is inside, if it can stand in a file and a field. */
static char *
read_token(struct str value)
{
	value = str_trim(value);
	if (value.len < 3 || value.data[0] != '<' ||
	    value.data[value.len - 1] != '>')
		return NULL;
	value = str_make(value.data + 1, value.len - 2);
	for (size_t i = 0; i < value.len; i++)
		if ((unsigned char)value.data[i] <= ' ' ||
		    (unsigned char)value.data[i] >= 0x7f ||
		    value.data[i] == '<' || value.data[i] == '>')
			return NULL;
	return strndup(value.data, value.len);
}

static enum tarry_outcome
keep(struct tarry *tarry, struct token *token, struct tarry_held *out_held)
{
	enum err err;

	token->ends_s =
	    out_held->timeout_s == 0 ? 0 : tarry_wall_s() + out_held->timeout_s;
	err = token_store_add(&tarry->tokens, token, tarry_wall_s());
	if (err != ERR_NONE)
		return tarry_say(tarry, TARRY_FAILED,
		    "it is locked, but its token <%s> cannot be kept: %s",
		    token->token, err_text(err));
	return TARRY_DONE;
}

/* Of what the store has: the same token lasts as long as it does. */
static void
give_token(
    const struct tarry *tarry, const char *token, struct tarry_held *out_held)
{
	out_held->token = NULL;
	for (size_t i = 0; i < tarry->tokens.count; i++)
		if (strcmp(tarry->tokens.tokens[i].token, token) == 0)
			out_held->token = tarry->tokens.tokens[i].token;
}

enum tarry_outcome
tarry_lock(struct tarry *tarry, const char *url, const struct tarry_lock *lock,
    struct tarry_held *out_held)
{
	OWNED(buf_done) struct buf body;
	OWNED(buf_done) struct buf answer;
	OWNED(heap_freep) char *token = NULL;
	struct ask ask;
	enum tarry_outcome outcome;

	tarry_begin(tarry);
	buf_init(&body, BODY_SIZE_MAX);
	buf_init(&answer, BODY_SIZE_MAX);
	*out_held = (struct tarry_held){ .token = NULL };
	if (!link_is_http(url))
		return tarry_say(
		    tarry, TARRY_USAGE, "\"%s\" is no http or https URL", url);
	add_lockinfo(&body, lock);
	ask_init(&ask, tarry, "LOCK", url);
	ask_field(&ask, "Content-Type", "application/xml; charset=utf-8");
	ask_field(&ask, "Depth", lock->is_infinite ? "infinity" : "0");
	add_timeout(&ask, lock->timeout_s);
	ask_tokens(&ask, url);
	ask.body = body.data;
	ask.context = &answer;
	ask.body_piece = take_text;
	ask_run(&ask);
	outcome = ask_conclude(&ask);
	token = read_token(
	    intake_field(transport_intake(tarry->transport), "Lock-Token", 0));
	ask_done(&ask);
	/* 207: a member of it is locked by another (RFC 4918, 9.10.9). */
	if (outcome == TARRY_DONE && tarry->status == 207)
		return tarry_say(
		    tarry, TARRY_LOCKED, "a member of it is locked");
	if (outcome == TARRY_DONE && token == NULL)
		return tarry_say(tarry, TARRY_UNKNOWN,
		    "the server locked it without a token");
	if (outcome != TARRY_DONE)
		return outcome;
	out_held->timeout_s = granted_s(buf_str(&answer));
	outcome = keep(tarry,
	    &(struct token){ .token = token,
	        .url = (char *)(uintptr_t)url,
	        .is_infinite = lock->is_infinite },
	    out_held);
	give_token(tarry, token, out_held);
	return outcome;
}

/* The token that is meant: a copy of it, and the root of its lock. */
static bool
choose(struct tarry *tarry, const char *url, const char *token,
    struct token *out_token)
{
	const struct token *found = NULL;

	(void)token_store_read(&tarry->tokens, tarry_wall_s());
	if (token == NULL)
		found = token_store_find(&tarry->tokens, url);
	for (size_t i = 0; token != NULL && i < tarry->tokens.count; i++)
		if (strcmp(tarry->tokens.tokens[i].token, token) == 0)
			found = &tarry->tokens.tokens[i];
	*out_token = (struct token){ .token = NULL };
	if (found != NULL)
		*out_token = *found;
	else if (token == NULL)
		return false;
	out_token->token = strdup(found != NULL ? found->token : token);
	out_token->url = strdup(found != NULL ? found->url : url);
	return out_token->token != NULL && out_token->url != NULL;
}

static void
token_done(struct token *token)
{
	free(token->token);
	free(token->url);
}

static enum tarry_outcome
lack(struct tarry *tarry)
{
	return tarry_say(
	    tarry, TARRY_ABSENT, "no token of a lock on it is kept here");
}

enum tarry_outcome
tarry_refresh(struct tarry *tarry, const char *url, const char *token,
    struct tarry_held *out_held)
{
	OWNED(token_done) struct token chosen = { .token = NULL };
	OWNED(buf_done) struct buf answer;
	OWNED(buf_done) struct buf condition;
	struct ask ask;
	enum tarry_outcome outcome;

	tarry_begin(tarry);
	buf_init(&answer, BODY_SIZE_MAX);
	buf_init(&condition, BODY_SIZE_MAX);
	*out_held = (struct tarry_held){ .token = NULL };
	if (!choose(tarry, url, token, &chosen))
		return lack(tarry);
	buf_printf(&condition, "(<%s>)", chosen.token);
	buf_add_char(&condition, '\0');
	ask_init(&ask, tarry, "LOCK", chosen.url);
	ask_field(&ask, "If", condition.data);
	ask.context = &answer;
	ask.body_piece = take_text;
	ask_run(&ask);
	outcome = ask_conclude(&ask);
	ask_done(&ask);
	if (outcome == TARRY_DONE) {
		out_held->timeout_s = granted_s(buf_str(&answer));
		outcome = keep(tarry, &chosen, out_held);
		give_token(tarry, chosen.token, out_held);
	} else if (outcome == TARRY_REFUSED && tarry->status == 412) {
		(void)token_store_remove(
		    &tarry->tokens, chosen.token, tarry_wall_s());
		outcome = tarry_say(
		    tarry, TARRY_REFUSED, "the lock is there no more");
	}
	return outcome;
}

enum tarry_outcome
tarry_unlock(struct tarry *tarry, const char *url, const char *token)
{
	OWNED(token_done) struct token chosen = { .token = NULL };
	OWNED(buf_done) struct buf value;
	struct ask ask;
	enum tarry_outcome outcome;

	tarry_begin(tarry);
	buf_init(&value, BODY_SIZE_MAX);
	if (!choose(tarry, url, token, &chosen))
		return lack(tarry);
	buf_printf(&value, "<%s>", chosen.token);
	buf_add_char(&value, '\0');
	ask_init(&ask, tarry, "UNLOCK", url);
	ask_field(&ask, "Lock-Token", value.data);
	ask_run(&ask);
	outcome = ask_conclude(&ask);
	ask_done(&ask);
	/* 409, 412: that token is of no lock there (RFC 4918, 9.11.1). */
	if (outcome == TARRY_DONE || tarry->status == 409 ||
	    tarry->status == 412)
		(void)token_store_remove(
		    &tarry->tokens, chosen.token, tarry_wall_s());
	return outcome;
}
