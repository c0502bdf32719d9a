/*
 * admin_answer.c - see admin_answer.h.
 */
#include "apps/admin_answer.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/own.h"
#include "dav/answer.h"
#include "dav/lock.h"
#include "http/uri.h"
#include "op/op_json.h"
#include "op/operation.h"
#include "op/registry.h"

enum {
	LINE_SIZE_MAX = 1024 * 1024,
	MESSAGE_SIZE_MAX = 1024,
	LOCKS_SIZE_MAX = 512 * 1024 * 1024, /* all of them, copied */
	PATH_MEMORY_MAX = 64 * 1024,
};

enum code { CODE_OK, CODE_FAILED, CODE_BAD_REQUEST, CODE_ABSENT, CODE_REFUSED };

static const char *const code_names[] = {
	[CODE_OK] = "ok",
	[CODE_FAILED] = "failed",
	[CODE_BAD_REQUEST] = "bad-request",
	[CODE_ABSENT] = "not-found",
	[CODE_REFUSED] = "refused",
};

/* One request that is being answered. */
struct asking {
	const struct admin_answer *answer;
	const json_t *request;
	enum code code;
	char message[MESSAGE_SIZE_MAX];
	uint64_t omitted_count;
};

static void
conclude(struct asking *asking, enum code code, const char *message)
{
	asking->code = code;
	(void)snprintf(asking->message, sizeof(asking->message), "%s", message);
}

static void
fail(struct asking *asking, enum err err)
{
	conclude(asking, CODE_FAILED, err_text(err));
}

/* Takes json, which may be NULL. */
static bool
send_json(struct asking *asking, json_t *json)
{
	const struct admin_answer *answer = asking->answer;
	struct buf line;
	char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
	bool is_sent = false;

	json_decref(json);
	buf_init(&line, LINE_SIZE_MAX);
	if (text != NULL) {
		buf_add_text(&line, text);
		buf_add_char(&line, '\n');
	}
	free(text);
	if (text == NULL || line.err != ERR_NONE)
		fail(asking, ERR_MEMORY);
	else
		is_sent = answer->send(answer->context, buf_str(&line));
	buf_done(&line);
	return is_sent;
}

static struct str
text_of(const struct asking *asking, const char *name)
{
	const json_t *value = json_object_get(asking->request, name);

	if (!json_is_string(value))
		return str_of(NULL);
	return str_make(json_string_value(value), json_string_length(value));
}

static void
note(const struct asking *asking, const char *what, struct str name,
    struct str path, struct str owner)
{
	const struct admin_answer *answer = asking->answer;
	struct buf text;

	buf_init(&text, LINE_SIZE_MAX);
	buf_printf(&text, "%s %.*s on ", what, STR_ARG(name));
	uri_path_encode(&text, path);
	buf_add_text(&text, " of ");
	if (owner.len == 0)
		buf_add_char(&text, '-');
	uri_path_encode(&text, owner); /* no octet that a log could not bear */
	answer->note(answer->context, buf_str(&text));
	buf_done(&text);
}

static bool
send_operation(struct asking *asking, struct operation *operation)
{
	static const struct op_json_options options = {
		.base = STR("/.tarry/ops/"),
		.status_of = answer_status_of,
	};
	const struct admin_answer *answer = asking->answer;
	struct buf line;
	enum err err;
	bool is_sent = false;

	buf_init(&line, LINE_SIZE_MAX);
	err = op_json_write(operation, &options, &line);
	buf_add_char(&line, '\n');
	if (err == ERR_NONE)
		err = line.err;
	if (err != ERR_NONE)
		fail(asking, err);
	else
		is_sent = answer->send(answer->context, buf_str(&line));
	buf_done(&line);
	return is_sent;
}

static bool
list_one(void *context, struct operation *operation)
{
	struct asking *asking = context;
	struct operation_snapshot shot;

	operation_look(operation, &shot);
	if (operation_state_is_final(shot.state) &&
	    !json_is_true(json_object_get(asking->request, "ended"))) {
		asking->omitted_count++;
		return true;
	}
	return send_operation(asking, operation);
}

static void
operation_unrefp(struct operation **operation)
{
	operation_unref(*operation);
}

/* The operation that the request names, or NULL: it is answered. */
static struct operation *
find_operation(struct asking *asking)
{
	struct str id = text_of(asking, "id");
	struct operation *operation;

	operation = registry_find(asking->answer->registry, id, NULL);
	if (operation == NULL)
		conclude(asking, CODE_ABSENT,
		    "there is no operation of that id: see tarry ops --all");
	return operation;
}

static void
list_operations(struct asking *asking)
{
	OWNED(operation_unrefp) struct operation *operation = NULL;
	enum err err;

	if (json_object_get(asking->request, "id") != NULL) {
		operation = find_operation(asking);
		if (operation != NULL)
			(void)send_operation(asking, operation);
		return;
	}
	err = registry_list(asking->answer->registry, NULL, list_one, asking);
	if (err != ERR_NONE)
		fail(asking, err);
}

static void
refuse_cancel(struct asking *asking, enum operation_state state)
{
	if (!operation_state_is_final(state)) {
		conclude(asking, CODE_REFUSED,
		    "it is committing, and can only be finished");
		return;
	}
	asking->code = CODE_REFUSED;
	(void)snprintf(asking->message, sizeof(asking->message),
	    "it has ended already: %s", operation_state_name(state));
}

static void
cancel_operation(struct asking *asking)
{
	OWNED(operation_unrefp)
	struct operation *operation = find_operation(asking);
	struct operation_snapshot shot;

	if (operation == NULL)
		return;
	operation_look(operation, &shot);
	if (operation_state_is_final(shot.state)) {
		refuse_cancel(asking, shot.state);
		return;
	}
	registry_cancel(asking->answer->registry, operation);
	operation_look(operation, &shot);
	if (shot.state != OPERATION_CANCELLED && !shot.is_cancelling) {
		refuse_cancel(asking, shot.state);
		return;
	}
	note(asking, "cancelled", shot.id, shot.source, shot.owner);
	(void)send_operation(asking, operation);
}

/* What is no UTF-8 cannot be a JSON string: it is encoded as a path is. */
static json_t *
text_json(struct str text, bool is_path)
{
	json_t *json = NULL;
	struct buf encoded;

	if (!is_path && text.len == 0)
		return json_string("");
	if (!is_path)
		json = json_stringn(text.data, text.len);
	if (json != NULL)
		return json;
	buf_init(&encoded, LINE_SIZE_MAX);
	uri_path_encode(&encoded, text);
	if (encoded.err == ERR_NONE)
		json = json_stringn(encoded.data, encoded.len);
	buf_done(&encoded);
	return json;
}

static json_t *
lock_json(const struct lock *lock)
{
	return json_pack("{so so ss ss so so si si}", "token",
	    text_json(lock->token, false), "path", text_json(lock->path, true),
	    "depth", lock->is_infinite ? "infinity" : "0", "scope",
	    lock->is_shared ? "shared" : "exclusive", "owner",
	    text_json(lock->owner, false), "principal",
	    text_json(lock->principal, false), "timeout_s",
	    (int)lock->timeout_s, "left_s", (int)lock->left_s);
}

/* Copies of locks, made while the table could not be used by others. */
struct collection {
	struct arena arena;
	struct str token; /* of the one that is wanted; empty: any */
	struct str path;
	struct collected *first;
	struct collected **end;
	enum err err;
};

struct collected {
	struct lock lock;
	struct collected *next;
};

static enum err
copy_lock(struct arena *arena, const struct lock *lock, struct lock *out_copy)
{
	struct str *const texts[] = { &out_copy->token, &out_copy->path,
		&out_copy->owner, &out_copy->principal };
	enum err err = ERR_NONE;

	*out_copy = *lock;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (err == ERR_NONE)
			err = arena_copy(arena, *texts[i], texts[i]);
	return err;
}

static void
collect(void *context, const struct lock *lock)
{
	struct collection *collection = context;
	struct collected *copy;

	if (collection->err != ERR_NONE)
		return;
	if (collection->token.len > 0 &&
	    !str_equal(collection->token, lock->token))
		return;
	if (collection->path.len > 0 &&
	    !str_equal(collection->path, lock->path))
		return;
	copy = arena_alloc(&collection->arena, sizeof(*copy));
	if (copy == NULL) {
		collection->err = ERR_LIMIT;
		return;
	}
	collection->err = copy_lock(&collection->arena, lock, &copy->lock);
	if (collection->err != ERR_NONE)
		return;
	*collection->end = copy;
	collection->end = &copy->next;
}

static void
collect_all(struct collection *collection, struct asking *asking)
{
	arena_init(&collection->arena, LOCKS_SIZE_MAX);
	collection->end = &collection->first;
	lock_all(
	    asking->answer->locks, asking->answer->wall_s, collect, collection);
	if (collection->err != ERR_NONE)
		fail(asking, collection->err);
}

static void
list_locks(struct asking *asking)
{
	struct collection all = { .err = ERR_NONE };
	bool is_heard = true;

	collect_all(&all, asking);
	for (const struct collected *one = all.first;
	     one != NULL && is_heard && asking->code == CODE_OK;
	     one = one->next)
		is_heard = send_json(asking, lock_json(&one->lock));
	arena_done(&all.arena);
}

/* With the rights of its own holder, whoever that is. */
static void
release_one(struct asking *asking, const struct lock *lock)
{
	const struct admin_answer *answer = asking->answer;
	enum err err;

	err = lock_release(answer->locks, lock->path, lock->token,
	    lock->principal, answer->wall_s);
	if (err == ERR_TOKEN) /* it went by itself meanwhile */
		return;
	if (err != ERR_NONE) {
		fail(asking, err);
		return;
	}
	note(asking, "took away", lock->token, lock->path, lock->principal);
	(void)send_json(asking, lock_json(lock));
}

static void
release_matching(struct asking *asking, struct collection *wanted)
{
	collect_all(wanted, asking);
	if (wanted->first == NULL && asking->code == CODE_OK)
		conclude(asking, CODE_ABSENT,
		    wanted->token.len > 0
		        ? "there is no lock of that token"
		        : "no lock has its root there: see tarry locks");
	/* One that cannot be released does not keep the others. */
	for (const struct collected *one = wanted->first; one != NULL;
	     one = one->next)
		release_one(asking, &one->lock);
	arena_done(&wanted->arena);
}

static void
release_locks(struct asking *asking)
{
	struct collection wanted = { .token = text_of(asking, "token") };
	struct str path = text_of(asking, "path");
	struct arena arena;
	bool has_slash;
	enum err err = ERR_NONE;

	if ((wanted.token.len > 0) == (path.len > 0)) {
		conclude(asking, CODE_BAD_REQUEST,
		    "name a lock by its token, or by its path");
		return;
	}
	arena_init(&arena, PATH_MEMORY_MAX);
	if (path.len > 0)
		err =
		    uri_path_normalise(&arena, path, &wanted.path, &has_slash);
	if (err == ERR_NONE)
		release_matching(asking, &wanted);
	else
		conclude(asking, CODE_BAD_REQUEST,
		    "this is no path: write it as tarry locks shows it");
	arena_done(&arena);
}

static void
hand_on_sockets(struct asking *asking)
{
	const struct admin_answer *answer = asking->answer;

	if (answer->send_sockets == NULL)
		conclude(asking, CODE_FAILED, "there are no sockets");
	else
		(void)answer->send_sockets(answer->context);
}

static void
retire(struct asking *asking)
{
	const struct admin_answer *answer = asking->answer;

	if (answer->retire == NULL) {
		conclude(
		    asking, CODE_FAILED, "this server is stopped by signals");
		return;
	}
	answer->retire(answer->context);
}

static const struct {
	const char *name;
	void (*run)(struct asking *asking);
} commands[] = {
	{ "ops", list_operations },
	{ "cancel", cancel_operation },
	{ "locks", list_locks },
	{ "unlock", release_locks },
	{ "sockets", hand_on_sockets },
	{ "retire", retire },
};

static void
run(struct asking *asking)
{
	struct str name = text_of(asking, "command");

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (str_is(name, commands[i].name)) {
			commands[i].run(asking);
			return;
		}
	}
	conclude(asking, CODE_BAD_REQUEST,
	    "the server knows no such command: is it of another version?");
}

static void
end(struct asking *asking)
{
	/* Made first: sending it may fail, and change them. */
	json_t *json = json_pack("{sb ss ss sI}", "end", true, "code",
	    code_names[asking->code], "message", asking->message, "omitted",
	    (json_int_t)asking->omitted_count);

	(void)send_json(asking, json);
}

void
admin_answer_give(const struct admin_answer *answer, struct str request)
{
	struct asking asking = { .answer = answer };
	json_t *json;

	json =
	    json_loadb(request.data, request.len, JSON_REJECT_DUPLICATES, NULL);
	asking.request = json;
	if (json_is_object(json))
		run(&asking);
	else
		conclude(&asking, CODE_BAD_REQUEST,
		    "a request is one line with a JSON object");
	json_decref(json);
	end(&asking);
}

void
admin_answer_refuse(const struct admin_answer *answer)
{
	struct asking asking = { .answer = answer };

	conclude(&asking, CODE_REFUSED,
	    "only the user who runs the server may ask, and root");
	end(&asking);
}
