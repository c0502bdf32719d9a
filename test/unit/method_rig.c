/*
 * method_rig.c - see method_rig.h.
 */
#include "method_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "dav/access.h"
#include "dav/call.h"
#include "dav/home.h"
#include "dav/lock.h"
#include "dav/media.h"
#include "dav/prepare.h"
#include "dav/upload_resource.h"
#include "dav/upload_shelf.h"
#include "http/head.h"
#include "store/mem.h"

enum {
	PIECE_SIZE = 7,  /* of an upload: so that there are several */
	PULL_SIZE = 300, /* of an answer: likewise */
	BODY_SIZE_MAX = 16 * 1024 * 1024,
	WALL_S = 1800000000,
};

/* Not random, but never the same. */
static void
count_up(void *out, size_t size)
{
	static unsigned next = 1;
	unsigned value = next++;

	memset(out, 0, size);
	memcpy(out, &value, size < sizeof(value) ? size : sizeof(value));
}

void
rig_init(struct rig *rig)
{
	*rig = (struct rig){ .principal = "", .wall_s = WALL_S };
	rig->dav.store = mem_new();
	assert_non_null(rig->dav.store);
	rig->dav.locks = lock_table_new(rig->dav.store, count_up);
	assert_non_null(rig->dav.locks);
	rig->dav.media = media_new(NULL);
	assert_non_null(rig->dav.media);
	rig->dav.random = count_up;
	rig->ops = *rig->dav.store->ops;
	rig->dav.store->ops = &rig->ops;
	rig->dav.body_size_max = UINT64_MAX;
	rig->dav.uploads = upload_shelf_new(rig->dav.store, count_up);
	assert_non_null(rig->dav.uploads);
	arena_init(&rig->arena, REQUEST_MEMORY_MAX);
	response_init(&rig->response, &rig->arena);
	buf_init(&rig->body, BODY_SIZE_MAX);
}

void
rig_done(struct rig *rig)
{
	response_done(&rig->response);
	arena_done(&rig->arena);
	buf_done(&rig->body);
	lock_table_free(rig->dav.locks);
	access_slot_free(rig->dav.access);
	upload_shelf_free(rig->dav.uploads);
	media_free((struct media *)(uintptr_t)rig->dav.media);
	rig->dav.store->ops->free(rig->dav.store);
}

static void
parse(struct rig *rig, struct request *request, const char *line,
    const char *fields)
{
	struct str head;
	struct buf text;
	bool wants_close;

	buf_init(&text, HEAD_SIZE_MAX);
	buf_printf(&text, "%s HTTP/1.1\r\nHost: example.org\r\n%s\r\n", line,
	    fields == NULL ? "" : fields);
	assert_int_equal(text.err, ERR_NONE);
	assert_int_equal(
	    arena_copy(&rig->arena, buf_str(&text), &head), ERR_NONE);
	buf_done(&text);
	*request = (struct request){ .scheme = STR("http"),
		.peer = STR("192.0.2.1"),
		.peer_is_loopback = rig->peer_is_loopback,
		.principal = str_of(rig->principal),
		.arena = &rig->arena };
	assert_int_equal(head_parse(head, request, &wants_close), 0);
}

static enum step
upload(struct call *call, struct str body)
{
	while (body.len > 0) {
		size_t size = body.len < PIECE_SIZE ? body.len : PIECE_SIZE;

		if (call->method->upload(call, str_make(body.data, size)) ==
		    STEP_ANSWERED)
			return STEP_ANSWERED;
		body = str_from(body, size);
	}
	return STEP_ON;
}

/* Also of what was refused: that is looked at again under the claim. */
static void
claim(struct rig *rig, struct call *call)
{
	if (call->method->claims == NULL)
		return;
	call->method->claims(call);
	assert_in_range(call->claim.part_count, 1, 2);
	rig->claim = call->claim;
}

static void
run(struct rig *rig, struct call *call, struct str body)
{
	rig->claim.part_count = 0;
	rig->step = RIG_PREPARE;
	if (home_enter(call) == STEP_ANSWERED)
		return;
	if (prepare_call(call) == STEP_ANSWERED)
		return;
	rig->step = RIG_CHECK;
	if (call->method->check(call) == STEP_ANSWERED) {
		claim(rig, call);
		return;
	}
	rig->step = RIG_UPLOAD;
	if (call->method->body == BODY_XML)
		buf_add_str(&call->body, body);
	else if (call->method->body == BODY_UPLOADED &&
	         upload(call, body) == STEP_ANSWERED)
		return;
	rig->step = RIG_RUN;
	claim(rig, call);
	call->method->run(call);
}

static void
collect_file(struct rig *rig)
{
	struct response *response = &rig->response;
	char *room = buf_room(&rig->body, response->file_size);

	assert_non_null(room);
	assert_int_equal(pread(response->fd, room, response->file_size,
	                     (off_t)response->file_offset),
	    response->file_size);
	buf_grew(&rig->body, response->file_size);
}

static void
collect_pulled(struct rig *rig, struct call *call)
{
	struct buf *bytes = &rig->response.bytes;
	bool is_first = true;
	bool is_last;

	do {
		is_last = call->method->pull(call, PULL_SIZE);
		if (bytes->err != ERR_NONE)
			return; /* dispatch.c breaks the exchange */
		if (is_first)
			rig->first_pull_size = bytes->len;
		is_first = false;
		buf_add_str(&rig->body, buf_str(bytes));
		buf_clear(bytes);
	} while (!is_last);
}

static void
collect(struct rig *rig, struct call *call)
{
	buf_clear(&rig->body);
	if (str_is(call->request->method, "HEAD"))
		return;
	switch (rig->response.body) {
	case RESPONSE_EMPTY:
		break;
	case RESPONSE_BYTES:
		buf_add_str(&rig->body, buf_str(&rig->response.bytes));
		break;
	case RESPONSE_FILE:
		collect_file(rig);
		break;
	case RESPONSE_PULLED:
		collect_pulled(rig, call);
		break;
	}
}

int
rig_send(
    struct rig *rig, const char *line, const char *fields, const char *body)
{
	struct request request;
	struct call call = {
		.dav = &rig->dav,
		.request = &request,
		.response = &rig->response,
		.wall_s = rig->wall_s,
	};

	response_done(&rig->response);
	arena_done(&rig->arena);
	response_init(&rig->response, &rig->arena);
	parse(rig, &request, line, fields);
	if (body != NULL) {
		request.has_body = true;
		request.body_size = strlen(body);
	}
	call.method = upload_resource_is_at(request.path)
	                  ? upload_resource_method(request.method)
	                  : method_find(request.method);
	assert_non_null(call.method);
	call.path = request.path;
	call.access = access_slot_take(rig->dav.access);
	buf_init(&call.body, XML_SIZE_MAX);
	run(rig, &call, str_of(body));
	collect(rig, &call);
	if (call.method->free != NULL)
		call.method->free(&call);
	buf_done(&call.body);
	access_unref(call.access);
	buf_add_char(&rig->body, '\0');
	assert_int_not_equal(rig->response.status, 0);
	assert_false(rig->response.is_short_of_memory);
	return rig->response.status;
}

void
rig_rules(struct rig *rig, const char *const *rules)
{
	struct access *access = access_new();
	struct buf why;

	assert_non_null(access);
	buf_init(&why, 1024);
	for (size_t i = 0; rules[i] != NULL; i++)
		assert_int_equal(
		    access_add(access, str_of(rules[i]), &why), ERR_NONE);
	buf_done(&why);
	if (rig->dav.access == NULL)
		rig->dav.access = access_slot_new();
	assert_non_null(rig->dav.access);
	access_slot_put(rig->dav.access, access);
}

const char *
rig_field(const struct rig *rig, const char *name)
{
	const struct field *field = fields_find(&rig->response.fields, name);
	char *text;

	if (field == NULL)
		return "";
	text = arena_alloc(
	    (struct arena *)(uintptr_t)&rig->arena, field->value.len + 1);
	assert_non_null(text);
	memcpy(text, field->value.data, field->value.len);
	return text;
}

const char *
rig_body(const struct rig *rig)
{
	return rig->body.data;
}

bool
rig_says(const struct rig *rig, const char *text)
{
	return strstr(rig_body(rig), text) != NULL;
}

bool
rig_exists(struct rig *rig, const char *path)
{
	struct store *store = rig->dav.store;
	struct resource resource;

	return store->ops->look(store, str_of(path), &resource) == ERR_NONE;
}

const char *
rig_format(struct rig *rig, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(rig->text, sizeof(rig->text), format, args);
	va_end(args);
	return rig->text;
}

void
rig_play(struct rig *rig, const struct rig_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct rig_row *row = &rows[i];
		int status = rig_send(rig, row->line, row->fields, row->body);

		if (status != row->status)
			fail_msg("%zu: %s: %d, not %d\n%s", i, row->line,
			    status, row->status, rig_body(rig));
	}
}
