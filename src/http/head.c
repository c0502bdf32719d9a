/*
 * head.c - see head.h.  The request line is RFC 9112, 3; the field lines are
 * 5; what frames the body is 6.
 */
#include "http/head.h"

#include <string.h>

#include "http/octet.h"

enum { CRLF_SIZE = 2 };

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
parse_version(struct str text, struct request *request)
{
	if (text.len != strlen("HTTP/1.1") ||
	    !str_starts(text, (struct str)STR("HTTP/")) ||
	    !octet_is_digit(text.data[5]) || text.data[6] != '.' ||
	    !octet_is_digit(text.data[7]))
		return request_refuse(request, 400,
		    "The request line is not \"METHOD target HTTP/1.1\".");
	if (text.data[5] != '1')
		return request_refuse(
		    request, 505, "This server speaks HTTP/1.1 and HTTP/1.0.");
	request->version = text.data[7] == '0' ? HTTP_1_0 : HTTP_1_1;
	return 0;
}

static int
parse_request_line(struct str line, struct request *request)
{
	struct str rest = line;
	struct str method = str_cut(&rest, ' ');
	struct str target = str_cut(&rest, ' ');

	int status = request_take_line(request, method, target);

	return status != 0 ? status : parse_version(rest, request);
}

/*
 * A name that is a token, with its colon at once: so a folded line, which
 * begins with white space, is refused as well (RFC 9112, 5.1 and 5.2).
 */
static int
parse_field(struct str line, struct request *request)
{
	struct str name = { line.data, str_find(line, ':') };

	if (name.len == line.len || !octet_all_token(name))
		return request_refuse(request, 400,
		    "A field line is not a name, a colon at once, and a value"
		    " on the same line.");
	return request_add_field(
	    request, name, str_trim(str_from(line, name.len + 1)));
}

/* RFC 9112, 3.2: exactly one Host; HTTP/1.0 may be without. */
static int
read_host(struct request *request)
{
	return request_read_host(request, request->version != HTTP_1_0);
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
		return request_refuse(request, 400, flaw);
	do {
		struct str coding = str_trim(str_cut(&codings, ','));

		if (is_chunked || coding.len == 0)
			return request_refuse(request, 400, flaw);
		is_chunked = str_is_nocase(coding, "chunked");
		if (!is_chunked)
			is_known = false;
	} while (codings.len > 0);
	if (!is_chunked)
		return request_refuse(request, 400, flaw);
	if (!is_known)
		return request_refuse(request, 501,
		    "The only transfer coding that is known is chunked.");
	return 0;
}

static int
read_framing(struct request *request)
{
	const struct fields *fields = &request->fields;
	struct str codings;
	int status;

	if (fields_join(fields, request->arena, "Transfer-Encoding",
	        &codings) != ERR_NONE)
		return request_refuse(
		    request, 431, "The header section is too large.");
	request->has_body = codings.data != NULL;
	if (codings.data != NULL) {
		request->body_size = BODY_SIZE_UNKNOWN;
		if (fields_find(fields, "Content-Length") != NULL)
			return request_refuse(request, 400,
			    "Send Content-Length or Transfer-Encoding, not"
			    " both.");
		if (request->version == HTTP_1_0)
			return request_refuse(
			    request, 400, "HTTP/1.0 has no Transfer-Encoding.");
		return read_codings(codings, request);
	}
	status = request_read_length(request);
	request->lacks_size =
	    request->version == HTTP_1_0 && !request->has_body;
	return status;
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
		return request_refuse(request, 400, flaw);
	status = parse_request_line(line, request);
	while (status == 0) {
		if (!cut_line(&head, &line) || (line.len == 0 && head.len > 0))
			return request_refuse(request, 400, flaw);
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
		request_read_target, read_framing, request_read_expect };
	int status;

	/* Until it is known: a version to answer with. */
	request_clear(request, HTTP_1_1);
	status = parse_lines(head, request);
	for (size_t i = 0; status == 0 && i < sizeof(steps) / sizeof(*steps);
	     i++)
		status = steps[i](request);
	if (status == 0)
		*out_wants_close = wants_close(request);
	return status;
}
