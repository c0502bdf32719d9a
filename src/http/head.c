/*
 * head.c - see head.h.  The request line is RFC 9112, 3; the field lines are
 * 5; what frames the body is 6.
 */
#include "http/head.h"

#include <string.h>

#include "http/octet.h"
#include "http/uri.h"

enum { CRLF_SIZE = 2 };

#define CONTENT_SIZE_MAX ((uint64_t)INT64_MAX) /* of a file: off_t */

_Static_assert(REQUEST_LINE_SIZE_MAX < (size_t)HEAD_SIZE_MAX, "414 before 431");

static enum err
scan_fails(struct head_scan *scan, enum err err, int status)
{
	scan->status = status;
	return err;
}

/* One empty line is let pass (RFC 9112, 2.2); then a method must begin. */
static enum err
scan_start(struct head_scan *scan, struct str data)
{
	if (data.len > 0 && data.data[0] == '\r') {
		if (data.len < CRLF_SIZE)
			return ERR_AGAIN;
		if (data.data[1] != '\n')
			return scan_fails(scan, ERR_SYNTAX, 400);
		scan->start = CRLF_SIZE;
	}
	if (data.len == scan->start)
		return ERR_AGAIN;
	if (!octet_is_token(data.data[scan->start]))
		return scan_fails(scan, ERR_SYNTAX, 400);
	scan->line_start = scan->start;
	scan->scanned = scan->start;
	return ERR_NONE;
}

enum err
head_scan(struct head_scan *scan, struct str data)
{
	size_t end;

	CHECK(data.len >= scan->scanned);
	CHECK(scan->status == 0);
	if (scan->scanned == 0) {
		enum err err = scan_start(scan, data);

		if (err != ERR_NONE)
			return err;
	}
	end = data.len - scan->start > HEAD_SIZE_MAX
	          ? scan->start + HEAD_SIZE_MAX
	          : data.len;
	while (scan->scanned < end) {
		struct str rest = { data.data + scan->scanned,
			end - scan->scanned };
		size_t at = scan->scanned + str_find(rest, '\n');
		size_t line_size = at - scan->line_start;

		/* The line need not be whole yet; its last may be its CR. */
		if (scan->line_start == scan->start &&
		    line_size > REQUEST_LINE_SIZE_MAX + 1)
			return scan_fails(scan, ERR_LIMIT, 414);
		scan->scanned = at;
		if (at == end)
			break;
		if (line_size == 0 || data.data[at - 1] != '\r')
			return scan_fails(scan, ERR_SYNTAX, 400);
		scan->scanned = at + 1;
		scan->line_start = at + 1;
		if (line_size == 1) {
			scan->size = at + 1 - scan->start;
			return ERR_NONE;
		}
	}
	if (end - scan->start == HEAD_SIZE_MAX)
		return scan_fails(scan, ERR_LIMIT, 431);
	return ERR_AGAIN;
}

/* False: no line is left, or it does not end in CRLF. */
static bool
cut_line(struct str *rest, struct str *out_line)
{
	size_t size = str_find(*rest, '\n');

	if (size == rest->len || size == 0 || rest->data[size - 1] != '\r')
		return false;
	*out_line = str_make(rest->data, size - 1);
	*rest = str_from(*rest, size + 1);
	return true;
}

static int
refuse(struct request *request, int status, const char *flaw)
{
	request->flaw = flaw;
	return status;
}

static int
parse_version(struct str text, struct request *request)
{
	if (text.len != strlen("HTTP/1.1") ||
	    !str_starts(text, (struct str)STR("HTTP/")) ||
	    !octet_is_digit(text.data[5]) || text.data[6] != '.' ||
	    !octet_is_digit(text.data[7]))
		return refuse(request, 400,
		    "The request line is not \"METHOD target HTTP/1.1\".");
	if (text.data[5] != '1')
		return refuse(
		    request, 505, "This server speaks HTTP/1.1 and HTTP/1.0.");
	request->version = text.data[7] == '0' ? HTTP_1_0 : HTTP_1_1;
	return 0;
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

static int
parse_request_line(struct str line, struct request *request)
{
	struct str rest = line;
	struct str method = str_cut(&rest, ' ');
	struct str target = str_cut(&rest, ' ');

	if (!octet_all_token(method))
		return refuse(
		    request, 400, "The request line has no valid method.");
	request->method = method;
	if (!is_target(target))
		return refuse(request, 400,
		    "The request target is empty, or has a control character"
		    " or a \"#\" in it: percent-encode them.");
	request->target = target;
	if (method.len > METHOD_SIZE_MAX)
		return refuse(request, 501, /* RFC 9112, 3 */
		    "No method that is known here has such a long name.");
	if (target.len > TARGET_SIZE_MAX)
		return refuse(
		    request, 414, "The request target is longer than 8 KiB.");
	return parse_version(rest, request);
}

/*
 * A name that is a token, with its colon at once: so a folded line, which
 * begins with white space, is refused as well (RFC 9112, 5.1 and 5.2).
 */
static int
parse_field(struct str line, struct request *request)
{
	struct str name = { line.data, str_find(line, ':') };
	struct str value;
	enum err err;

	if (name.len == line.len || !octet_all_token(name))
		return refuse(request, 400,
		    "A field line is not a name, a colon at once, and a value"
		    " on the same line.");
	value = str_trim(str_from(line, name.len + 1));
	if (!octet_all_value(value))
		return refuse(request, 400,
		    "A field value has a control character in it.");
	err = fields_add(&request->fields, request->arena, name, value);
	if (err != ERR_NONE)
		return refuse(request, 431,
		    "The header section has more than 128 fields.");
	return 0;
}

/* RFC 9112, 3.2: exactly one Host; HTTP/1.0 may be without. */
static int
read_host(struct request *request)
{
	size_t count = fields_count(&request->fields, "Host");
	struct str authority = fields_get(&request->fields, "Host");

	if (count > 1 || (count == 0 && request->version != HTTP_1_0))
		return refuse(request, 400, "Send one Host field.");
	if (!uri_authority_is_valid(authority))
		return refuse(
		    request, 400, "The Host field is no host and port.");
	request->authority = authority;
	return 0;
}

static int
read_target(struct request *request)
{
	struct str rest = request->target;
	struct str scheme;
	struct str path;
	enum err err = ERR_NONE;

	if (str_is(rest, "*")) {
		request->form = TARGET_ASTERISK;
		if (str_is(request->method, "OPTIONS"))
			return 0;
		return refuse(request, 400,
		    "Only OPTIONS may have the request target \"*\".");
	}
	/* Its target is an authority. */
	if (str_is(request->method, "CONNECT"))
		return refuse(request, 400, "This server is no tunnel.");
	if (rest.data[0] != '/')
		err = uri_parse_absolute(
		    rest, &scheme, &request->authority, &rest);
	if (err != ERR_NONE)
		return refuse(request, 400,
		    "The request target is neither an absolute path nor an"
		    " absolute http or https URI.");
	uri_split_query(rest, &path, &request->query);
	err = uri_path_normalise(
	    request->arena, path, &request->path, &request->has_final_slash);
	if (err == ERR_LIMIT)
		return refuse(request, 414,
		    "The path of the request target is too long.");
	if (err != ERR_NONE)
		return refuse(request, 400,
		    "The path of the request target has a bad percent-encoding,"
		    " an encoded slash or NUL, or a \"..\" segment.");
	return 0;
}

/*
 * We know "chunked" alone.  A list that does not end in it, or says it twice,
 * leaves the length in doubt (RFC 9112, 6.1 and 6.3).
 */
static int
read_codings(struct str codings, struct request *request)
{
	static const char flaw[] = "Transfer-Encoding must end in \"chunked\","
	                           " said once.";
	bool is_chunked = false;
	bool is_known = true;

	if (str_ends(codings, (struct str)STR(",")))
		return refuse(request, 400, flaw);
	do {
		struct str coding = str_trim(str_cut(&codings, ','));

		if (is_chunked || coding.len == 0)
			return refuse(request, 400, flaw);
		is_chunked = str_is_nocase(coding, "chunked");
		if (!is_chunked)
			is_known = false;
	} while (codings.len > 0);
	if (!is_chunked)
		return refuse(request, 400, flaw);
	if (!is_known)
		return refuse(request, 501,
		    "The only transfer coding that is known is chunked.");
	return 0;
}

static int
read_framing(struct request *request)
{
	const struct fields *fields = &request->fields;
	size_t length_count = fields_count(fields, "Content-Length");
	struct str codings;
	struct str length;
	enum err err;

	if (fields_join(fields, request->arena, "Transfer-Encoding",
	        &codings) != ERR_NONE)
		return refuse(request, 431, "The header section is too large.");
	request->has_body = length_count > 0 || codings.data != NULL;
	if (codings.data != NULL) {
		request->body_size = BODY_SIZE_UNKNOWN;
		if (length_count > 0)
			return refuse(request, 400,
			    "Send Content-Length or Transfer-Encoding, not"
			    " both.");
		if (request->version == HTTP_1_0)
			return refuse(
			    request, 400, "HTTP/1.0 has no Transfer-Encoding.");
		return read_codings(codings, request);
	}
	if (length_count == 0)
		return 0;
	length = fields_get(fields, "Content-Length");
	if (length_count > 1 || !octet_all_digit(length))
		return refuse(
		    request, 400, "Content-Length is one number, sent once.");
	err = str_to_u64(length, CONTENT_SIZE_MAX, &request->body_size);
	if (err != ERR_NONE)
		return refuse(request, 413,
		    "Content-Length is larger than any file can be.");
	return 0;
}

static int
read_expect(struct request *request)
{
	const struct field *expect = fields_find(&request->fields, "Expect");

	if (expect == NULL || request->version == HTTP_1_0)
		return 0; /* RFC 9110, 10.1.1 */
	if (!str_is_nocase(expect->value, "100-continue") ||
	    fields_count(&request->fields, "Expect") > 1)
		return refuse(request, 417,
		    "The only expectation that is known is 100-continue.");
	request->expects_continue = request->body_size > 0;
	return 0;
}

/* RFC 9112, 9.3 */
static bool
wants_close(const struct request *request)
{
	const struct fields *fields = &request->fields;

	if (fields_has_token(fields, "Connection", "close"))
		return true;
	return request->version == HTTP_1_0 &&
	       !fields_has_token(fields, "Connection", "keep-alive");
}

static int
parse_lines(struct str head, struct request *request)
{
	static const char flaw[] =
	    "The head is not lines that end in CRLF, and an empty one.";
	struct str line;
	int status;

	if (!cut_line(&head, &line))
		return refuse(request, 400, flaw);
	status = parse_request_line(line, request);
	while (status == 0) {
		if (!cut_line(&head, &line) || (line.len == 0 && head.len > 0))
			return refuse(request, 400, flaw);
		if (line.len == 0)
			return 0;
		status = parse_field(line, request);
	}
	return status;
}

int
head_parse(struct str head, struct request *request, bool *out_wants_close)
{
	static int (*const steps[])(struct request *) = { read_host,
		read_target, read_framing, read_expect };
	int status;

	CHECK(request->arena != NULL);
	request->flaw = NULL;
	request->version = HTTP_1_1; /* until it is known: to answer with */
	request->form = TARGET_PATH;
	request->method = request->target = request->authority = request->path =
	    request->query = (struct str){ NULL, 0 };
	request->fields = (struct fields){ 0 };
	request->has_final_slash = false;
	request->has_body = false;
	request->body_size = 0;
	request->expects_continue = false;
	status = parse_lines(head, request);
	for (size_t i = 0; status == 0 && i < sizeof(steps) / sizeof(*steps);
	     i++)
		status = steps[i](request);
	if (status == 0)
		*out_wants_close = wants_close(request);
	return status;
}
