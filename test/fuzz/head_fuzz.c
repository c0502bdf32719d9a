/*
 * head_fuzz.c - what a connection begins with: the end of the head is found at
 * the same place however it is cut, and a request that is let in is sound.
 */
#include <stddef.h>
#include <stdint.h>

#include "http/head.h"
#include "http/octet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err
scan_in_steps(struct str text, size_t step, struct head_scan *scan)
{
	enum err err = ERR_AGAIN;

	*scan = (struct head_scan){ 0 };
	for (size_t size = 0; size < text.len && err == ERR_AGAIN;) {
		size = size + step < text.len ? size + step : text.len;
		err = head_scan(scan, str_make(text.data, size));
	}
	return err;
}

static void
check_scan(struct str text, struct head_scan *out_scan)
{
	enum err want = scan_in_steps(text, text.len, out_scan);

	for (size_t step = 1; step < 8 && step < text.len; step += 3) {
		struct head_scan scan;

		CHECK(scan_in_steps(text, step, &scan) == want);
		CHECK(scan.status == out_scan->status);
		CHECK(scan.start == out_scan->start);
		CHECK(scan.size == out_scan->size);
	}
	CHECK(out_scan->start + out_scan->size <= text.len);
	CHECK((want == ERR_NONE) == (out_scan->size > 0));
	CHECK(
	    (want == ERR_NONE || want == ERR_AGAIN) == (out_scan->status == 0));
}

static void
check_path(struct str path)
{
	struct str rest = path;

	CHECK(path.data[0] == '/');
	CHECK(path.len == 1 || path.data[path.len - 1] != '/');
	CHECK(!str_has(path, '\0'));
	rest = str_from(rest, 1);
	while (rest.len > 0) {
		struct str name = str_cut(&rest, '/');

		CHECK(name.len > 0);
		CHECK(!str_is(name, "."));
		CHECK(!str_is(name, ".."));
	}
}

static void
check_request(const struct request *request)
{
	size_t length_count = fields_count(&request->fields, "Content-Length");
	size_t coding_count =
	    fields_count(&request->fields, "Transfer-Encoding");

	CHECK(request->version == HTTP_1_0 || request->version == HTTP_1_1);
	CHECK(octet_all_token(request->method));
	CHECK(request->fields.count <= FIELD_COUNT_MAX);
	CHECK(length_count + (coding_count > 0) <= 1);
	CHECK(request->has_body == (length_count + coding_count > 0));
	CHECK((request->body_size == BODY_SIZE_UNKNOWN) == (coding_count > 0));
	CHECK(request->has_body || request->body_size == 0);
	CHECK(request->body_size > 0 || !request->expects_continue);
	for (size_t i = 0; i < request->fields.count; i++) {
		CHECK(octet_all_token(request->fields.items[i].name));
		CHECK(octet_all_value(request->fields.items[i].value));
	}
	if (request->form == TARGET_PATH)
		check_path(request->path);
	else
		CHECK(str_is(request->method, "OPTIONS"));
}

static void
parse(struct str head)
{
	struct request request = { 0 };
	struct arena arena;
	bool wants_close;

	arena_init(&arena, REQUEST_MEMORY_MAX);
	request.arena = &arena;
	if (head_parse(head, &request, &wants_close) == 0)
		check_request(&request);
	arena_done(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct head_scan scan;

	check_scan(text, &scan);
	parse(
	    scan.size > 0 ? str_make(text.data + scan.start, scan.size) : text);
	return 0;
}
