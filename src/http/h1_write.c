/*
 * h1_write.c - see h1_write.h.
 */
#include "http/h1_write.h"

#include "http/interim_line.h"
#include "http/status.h"

enum h1_framing
h1_write_framing(const struct request *request, const struct response *response,
    uint64_t *out_content_size)
{
	if (!status_has_content(response->status))
		return H1_NONE;
	*out_content_size = response_content_size(response);
	if (*out_content_size != BODY_SIZE_UNKNOWN)
		return H1_LENGTH;
	return request->version == HTTP_1_0 ? H1_CLOSE : H1_CHUNKED;
}

static void
status_line(struct buf *out, int status)
{
	buf_add_text(out, "HTTP/1.1 ");
	buf_add_u64(out, (uint64_t)status);
	buf_add_char(out, ' ');
	buf_add_text(out, status_reason(status));
	buf_add_text(out, "\r\n");
}

static void
field_line(struct buf *out, struct str name, struct str value)
{
	buf_add_str(out, name);
	buf_add(out, ": ", 2);
	buf_add_str(out, value);
	buf_add(out, "\r\n", 2);
}

void
h1_write_final(struct buf *out, const struct response *response,
    const struct h1_head *head)
{
	CHECK(response->status >= 200);
	status_line(out, response->status);
	field_line(out, str_of("Date"), head->date);
	for (size_t i = 0; i < response->fields.count; i++)
		field_line(out, response->fields.items[i].name,
		    response->fields.items[i].value);
	switch (head->framing) {
	case H1_LENGTH:
		buf_add_text(out, "Content-Length: ");
		buf_add_u64(out, head->content_size);
		buf_add_text(out, "\r\n");
		break;
	case H1_CHUNKED:
		buf_add_text(out, "Transfer-Encoding: chunked\r\n");
		break;
	case H1_NONE:
	case H1_CLOSE:
		break;
	}
	if (head->closes)
		buf_add_text(out, "Connection: close\r\n");
	else if (head->is_http_1_0)
		buf_add_text(out, "Connection: keep-alive\r\n");
	buf_add_text(out, "\r\n");
}

void
h1_write_interim(struct buf *out, int status, struct str lines)
{
	struct str rest = lines;

	CHECK(status >= 100);
	CHECK(status < 200);
	CHECK(lines.len == 0 || str_ends(lines, (struct str)STR("\r\n")));
	while (rest.len > 0)
		(void)interim_line_cut(&rest); /* for its checks */
	status_line(out, status);
	buf_add_str(out, lines);
	buf_add_text(out, "\r\n");
}

void
h1_write_chunk(struct buf *out, bool is_first, size_t size)
{
	if (!is_first)
		buf_add_text(out, "\r\n"); /* ends the chunk before */
	buf_printf(out, "%zx\r\n", size);
	if (size == 0)
		buf_add_text(out, "\r\n"); /* no trailers */
}
