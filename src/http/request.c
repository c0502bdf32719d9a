/*
 * request.c - see request.h.
 */
#include "http/request.h"

#include "base/limits.h"
#include "http/octet.h"
#include "http/uri.h"

#define CONTENT_SIZE_MAX ((uint64_t)INT64_MAX) /* of a file: off_t */

void
request_clear(struct request *request, enum http_version version)
{
	static const struct str none = { NULL, 0 };

	CHECK(request->arena != NULL);
	request->flaw = NULL;
	request->version = version;
	request->form = TARGET_PATH;
	request->method = request->target = request->authority = none;
	request->path = request->query = none;
	request->fields = (struct fields){ 0 };
	request->has_final_slash = false;
	request->has_body = false;
	request->lacks_size = false;
	request->body_size = 0;
	request->expects_continue = false;
}

int
request_refuse(struct request *request, int status, const char *flaw)
{
	CHECK(status >= 400);
	request->flaw = flaw;
	return status;
}

static bool
is_target(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (octet_is_control(text.data[i]) || text.data[i] == '#')
			return false;
	}
	return text.len > 0;
}

int
request_take_line(struct request *request, struct str method, struct str target)
{
	if (!octet_all_token(method))
		return request_refuse(
		    request, 400, "The request line has no valid method.");
	request->method = method;
	if (!is_target(target))
		return request_refuse(request, 400,
		    "The request target is empty, or has a control character"
		    " or a \"#\" in it: percent-encode them.");
	request->target = target;
	if (method.len > METHOD_SIZE_MAX)
		return request_refuse(request, 501, /* RFC 9112, 3 */
		    "No method that is known here has such a long name.");
	if (target.len > TARGET_SIZE_MAX)
		return request_refuse(
		    request, 414, "The request target is longer than 8 KiB.");
	return 0;
}

int
request_add_field(struct request *request, struct str name, struct str value)
{
	enum err err;

	if (!octet_all_value(value))
		return request_refuse(request, 400,
		    "A field value has a control character in it.");
	err = fields_add(&request->fields, request->arena, name, value);
	if (err != ERR_NONE)
		return request_refuse(request, 431,
		    "The header section has more than 128 fields.");
	return 0;
}

int
request_read_host(struct request *request, bool is_needed)
{
	size_t count = fields_count(&request->fields, "Host");
	struct str authority = fields_get(&request->fields, "Host");

	if (count > 1 || (count == 0 && is_needed))
		return request_refuse(request, 400, "Send one Host field.");
	if (!uri_authority_is_valid(authority))
		return request_refuse(
		    request, 400, "The Host field is no host and port.");
	request->authority = authority;
	return 0;
}

int
request_read_target(struct request *request)
{
	struct str rest = request->target;
	struct str scheme;
	struct str path;
	enum err err = ERR_NONE;

	if (str_is(rest, "*")) {
		request->form = TARGET_ASTERISK;
		if (str_is(request->method, "OPTIONS"))
			return 0;
		return request_refuse(request, 400,
		    "Only OPTIONS may have the request target \"*\".");
	}
	/* Its target is an authority. */
	if (str_is(request->method, "CONNECT"))
		return request_refuse(
		    request, 400, "This server is no tunnel.");
	if (rest.data[0] != '/')
		err = uri_parse_absolute(
		    rest, &scheme, &request->authority, &rest);
	if (err != ERR_NONE)
		return request_refuse(request, 400,
		    "The request target is neither an absolute path nor an"
		    " absolute http or https URI.");
	uri_split_query(rest, &path, &request->query);
	err = uri_path_normalise(
	    request->arena, path, &request->path, &request->has_final_slash);
	if (err == ERR_LIMIT)
		return request_refuse(request, 414,
		    "The path of the request target is too long.");
	if (err != ERR_NONE)
		return request_refuse(request, 400,
		    "The path of the request target has a bad percent-encoding,"
		    " an encoded slash or NUL, or a \"..\" segment.");
	return 0;
}

int
request_read_length(struct request *request)
{
	size_t count = fields_count(&request->fields, "Content-Length");
	struct str length = fields_get(&request->fields, "Content-Length");
	enum err err;

	if (count == 0)
		return 0;
	request->has_body = true;
	if (count > 1 || !octet_all_digit(length))
		return request_refuse(
		    request, 400, "Content-Length is one number, sent once.");
	err = str_to_u64(length, CONTENT_SIZE_MAX, &request->body_size);
	if (err != ERR_NONE)
		return request_refuse(request, 413,
		    "Content-Length is larger than any file can be.");
	return 0;
}

int
request_read_expect(struct request *request)
{
	const struct field *expect = fields_find(&request->fields, "Expect");

	if (expect == NULL || request->version == HTTP_1_0)
		return 0; /* RFC 9110, 10.1.1 */
	if (!str_is_nocase(expect->value, "100-continue") ||
	    fields_count(&request->fields, "Expect") > 1)
		return request_refuse(request, 417,
		    "The only expectation that is known is 100-continue.");
	request->expects_continue = request->body_size > 0;
	return 0;
}
