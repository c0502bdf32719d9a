/*
 * dav_fuzz.c - any requests, one after the other, upon a tree in memory: each
 * "METHOD target", its field lines, an empty line, its body, and a line "--".
 * So Destination, Depth, Overwrite, Timeout, X-OC-Mtime, Lock-Token and the
 * bodies of LOCK are read, and what they ask for is done.
 *
 * Whatever is asked: the answer is one, of a known status and well-formed, and
 * the root and what is reserved stay as they are.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/limits.h"
#include "dav/call.h"
#include "dav/dav.h"
#include "dav/lock.h"
#include "dav/media.h"
#include "dav/prepare.h"
#include "dav/store.h"
#include "dav/xml.h"
#include "http/head.h"
#include "http/octet.h"
#include "store/mem.h"

enum { PULL_SIZE = 4096, ANSWER_SIZE_MAX = 16 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned next_random; /* the same in each run */

static void
count_up(void *out, size_t size)
{
	unsigned value = ++next_random;

	memset(out, 0, size);
	memcpy(out, &value, size < sizeof(value) ? size : sizeof(value));
}

/* Cuts what stands before the line "--". */
static struct str
cut_request(struct str *rest)
{
	struct str all = *rest;

	while (rest->len > 0) {
		size_t size = (size_t)(rest->data - all.data);

		if (str_is(str_cut(rest, '\n'), "--"))
			return str_make(all.data, size);
	}
	return all;
}

/* Its head, with CRLFs, and what is left: its body. */
static bool
read_head(struct str *text, struct buf *head)
{
	struct str line = str_cut(text, '\n');

	buf_printf(head, "%.*s HTTP/1.1\r\nHost: h\r\n", STR_ARG(line));
	while (text->len > 0) {
		line = str_cut(text, '\n');
		if (line.len == 0)
			break;
		buf_printf(head, "%.*s\r\n", STR_ARG(line));
	}
	buf_add_text(head, "\r\n");
	return head->err == ERR_NONE;
}

static void
run(struct call *call, struct str body)
{
	const struct method *method = call->method;

	if (prepare_call(call) == STEP_ANSWERED)
		return;
	if (method->check(call) == STEP_ANSWERED)
		return;
	if (method->body == BODY_XML)
		buf_add_str(&call->body, body);
	if (method->body == BODY_UPLOADED && body.len > 0 &&
	    method->upload(call, body) == STEP_ANSWERED)
		return;
	if (method->claims != NULL) {
		method->claims(call);
		CHECK(call->claim.part_count > 0);
	}
	method->run(call);
}

static void
collect(struct call *call, struct buf *answer)
{
	struct buf *bytes = &call->response->bytes;
	bool is_last = false;

	if (call->response->body == RESPONSE_BYTES)
		buf_add_str(answer, buf_str(bytes));
	while (call->response->body == RESPONSE_PULLED && !is_last) {
		is_last = call->method->pull(call, PULL_SIZE);
		CHECK(bytes->err == ERR_NONE);
		buf_add_str(answer, buf_str(bytes));
		buf_clear(bytes);
	}
}

static void
check_answer(const struct call *call, struct str answer)
{
	const struct response *response = call->response;
	struct str type = fields_get(&response->fields, "Content-Type");
	struct xml_node *root;
	struct arena arena;
	enum err err;

	CHECK(response->status >= 200);
	CHECK(response->status != 500);
	CHECK(response->status < 508);
	for (size_t i = 0; i < response->fields.count; i++)
		CHECK(octet_all_value(response->fields.items[i].value));
	if (!str_starts(type, str_of("application/xml")))
		return;
	arena_init(&arena, REQUEST_MEMORY_MAX);
	err = xml_parse(answer, &arena, &root);
	CHECK(err == ERR_NONE || err == ERR_LIMIT);
	arena_done(&arena);
}

static void
play(const struct dav *dav, struct request *request, struct str body)
{
	struct response response;
	struct call call = {
		.dav = (struct dav *)(uintptr_t)dav,
		.method = method_find(request->method),
		.request = request,
		.response = &response,
		.path = request->path,
		.wall_s = 1800000000,
	};
	struct buf answer;

	if (call.method == NULL || request->form != TARGET_PATH)
		return;
	request->body_size = body.len;
	request->has_body = body.len > 0;
	response_init(&response, request->arena);
	buf_init(&answer, ANSWER_SIZE_MAX);
	buf_init(&call.body, XML_SIZE_MAX);
	run(&call, body);
	collect(&call, &answer);
	check_answer(&call, buf_str(&answer));
	if (call.method->free != NULL)
		call.method->free(&call);
	buf_done(&call.body);
	buf_done(&answer);
	response_done(&response);
}

static void
send_one(const struct dav *dav, struct str text)
{
	struct request request = { .scheme = STR("http"),
		.peer = STR("192.0.2.1") };
	struct arena arena;
	struct buf head;
	bool wants_close;

	arena_init(&arena, REQUEST_MEMORY_MAX);
	request.arena = &arena;
	buf_init(&head, HEAD_SIZE_MAX);
	if (read_head(&text, &head) &&
	    head_parse(buf_str(&head), &request, &wants_close) == 0)
		play(dav, &request, text);
	buf_done(&head);
	arena_done(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = { (const char *)data, size };
	struct dav dav = { .random = count_up, .body_size_max = UINT64_MAX };
	struct media *media = media_new(NULL);
	struct resource resource;

	next_random = 0;
	dav.media = media;
	dav.store = mem_new();
	CHECK(dav.store != NULL);
	dav.locks = lock_table_new(dav.store, count_up);
	CHECK(dav.locks != NULL);
	while (rest.len > 0)
		send_one(&dav, cut_request(&rest));
	CHECK(dav.store->ops->look(dav.store, str_of("/"), &resource) ==
	      ERR_NONE);
	CHECK(dav.store->ops->look(dav.store, str_of("/.tarry"), &resource) !=
	      ERR_NONE);
	lock_table_free(dav.locks);
	media_free(media);
	dav.store->ops->free(dav.store);
	return 0;
}
