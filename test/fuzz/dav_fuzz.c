/*
 * dav_fuzz.c - any requests, one after the other, upon a tree in memory: each
 * "METHOD target", its field lines, an empty line, its body, and a line "--".
 * So Destination, Depth, Overwrite, Timeout, X-OC-Mtime, Lock-Token and the
 * bodies of LOCK are read, and what they ask for is done.
 *
 * Whatever is asked: the answer is one, of a known status and well-formed, and
 * the root and what is reserved stay as they are.  The same once more from a
 * user with a root of her own: of what is not hers, or what rules keep from
 * her, she changes nothing and reads nothing.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/limits.h"
#include "dav/access.h"
#include "dav/call.h"
#include "dav/dav.h"
#include "dav/home.h"
#include "dav/lock.h"
#include "dav/media.h"
#include "dav/prepare.h"
#include "dav/store.h"
#include "dav/xml.h"
#include "http/head.h"
#include "http/octet.h"
#include "store/mem.h"

enum {
	PULL_SIZE = 4096,
	ANSWER_SIZE_MAX = 16 * 1024 * 1024,
	SECRET_FILE_SIZE = 4711,
};

#define SECRET "s-e-c-r-e-t"
#define TELLING "-c-r-" /* a text that has this may say it */

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

	if (home_enter(call) == STEP_ANSWERED)
		return;
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
check_secret(const struct call *call, struct str answer)
{
	CHECK(answer.len == 0 ||
	      memmem(answer.data, answer.len, SECRET, strlen(SECRET)) == NULL);
	CHECK(call->response->body != RESPONSE_FILE ||
	      call->response->file_size != SECRET_FILE_SIZE);
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
		.access = access_slot_take(dav->access),
		.wall_s = 1800000000,
	};
	struct buf answer;

	if (call.method == NULL || request->form != TARGET_PATH) {
		access_unref(call.access);
		return;
	}
	request->body_size = body.len;
	request->has_body = body.len > 0;
	response_init(&response, request->arena);
	buf_init(&answer, ANSWER_SIZE_MAX);
	buf_init(&call.body, XML_SIZE_MAX);
	run(&call, body);
	collect(&call, &answer);
	check_answer(&call, buf_str(&answer));
	if (dav->has_homes)
		check_secret(&call, buf_str(&answer));
	if (call.method->free != NULL)
		call.method->free(&call);
	access_unref(call.access);
	buf_done(&call.body);
	buf_done(&answer);
	response_done(&response);
}

static void
send_one(const struct dav *dav, struct str text)
{
	struct request request = { .scheme = STR("http"),
		.peer = STR("192.0.2.1"),
		.principal = str_of(dav->has_homes ? "ann" : NULL) };
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

static void
put(struct store *store, const char *path)
{
	const struct upload_options options = { .has_modified = false };
	char content[SECRET_FILE_SIZE] = { 0 };
	struct upload *upload;
	struct resource resource;
	bool is_created;

	CHECK(store->ops->upload(store, str_of(path), &upload) == ERR_NONE);
	CHECK(store->ops->upload_write(
	          upload, str_make(content, sizeof(content))) == ERR_NONE);
	CHECK(store->ops->upload_commit(
	          upload, &options, &is_created, &resource) == ERR_NONE);
	store->ops->upload_free(upload);
}

static const char *const kept[] = { "/bob", "/bob/" SECRET, "/ann/keep",
	"/ann/keep/" SECRET };

enum { KEPT_COUNT = sizeof(kept) / sizeof(kept[0]) };

static void
make_home(struct dav *dav, struct resource was[KEPT_COUNT])
{
	struct access *access = access_new();
	struct store *store = dav->store;
	struct buf why;

	CHECK(access != NULL);
	buf_init(&why, 1024);
	CHECK(access_add(access, str_of("* /keep none"), &why) == ERR_NONE);
	CHECK(access_add(access, str_of("@ /a read"), &why) == ERR_NONE);
	buf_done(&why);
	dav->has_homes = true;
	dav->access = access_slot_new();
	CHECK(dav->access != NULL);
	access_slot_put(dav->access, access);
	CHECK(store->ops->make_collection(store, str_of("/ann")) == ERR_NONE);
	for (size_t i = 0; i < KEPT_COUNT; i += 2) {
		CHECK(store->ops->make_collection(store, str_of(kept[i])) ==
		      ERR_NONE);
		put(store, kept[i + 1]);
	}
	for (size_t i = 0; i < KEPT_COUNT; i++)
		CHECK(store->ops->look(store, str_of(kept[i]), &was[i]) ==
		      ERR_NONE);
}

static void
check_home(const struct dav *dav, const struct resource was[KEPT_COUNT])
{
	struct store *store = dav->store;
	struct resource now;

	for (size_t i = 0; i < KEPT_COUNT; i++) {
		CHECK(
		    store->ops->look(store, str_of(kept[i]), &now) == ERR_NONE);
		CHECK(now.is_collection == was[i].is_collection);
		CHECK(now.has_props == was[i].has_props);
		CHECK(now.modified_ns == was[i].modified_ns);
		CHECK(strcmp(now.etag, was[i].etag) == 0);
	}
}

static void
send_all(const struct media *media, struct str rest, bool has_homes)
{
	struct dav dav = {
		.random = count_up, .body_size_max = UINT64_MAX, .media = media
	};
	struct resource was[KEPT_COUNT];
	struct resource resource;

	next_random = 0;
	dav.store = mem_new();
	CHECK(dav.store != NULL);
	dav.locks = lock_table_new(dav.store, count_up);
	CHECK(dav.locks != NULL);
	if (has_homes)
		make_home(&dav, was);
	while (rest.len > 0)
		send_one(&dav, cut_request(&rest));
	if (has_homes)
		check_home(&dav, was);
	CHECK(dav.store->ops->look(dav.store, str_of("/"), &resource) ==
	      ERR_NONE);
	CHECK(dav.store->ops->look(dav.store, str_of("/.tarry"), &resource) !=
	      ERR_NONE);
	access_slot_free(dav.access);
	lock_table_free(dav.locks);
	dav.store->ops->free(dav.store);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { size == 0 ? "" : (const char *)data, size };
	struct media *media = media_new(NULL);

	send_all(media, text, false);
	if (memmem(text.data, text.len, TELLING, strlen(TELLING)) == NULL)
		send_all(media, text, true);
	media_free(media);
	return 0;
}
