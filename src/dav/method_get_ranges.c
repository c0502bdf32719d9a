/*
 * method_get_ranges.c - several ranges of a file in one body.
 *
 *	--B CRLF Content-Type CRLF Content-Range CRLF CRLF octets CRLF
 *	--B ... --B-- CRLF
 *
 * The size is known before the first octet is read, since the parts' heads are
 * written twice: once to be counted.
 */
#include "dav/method_get.h"

#include <errno.h>
#include <unistd.h>

#include "dav/answer.h"
#include "dav/dav.h"

enum { HEADS_SIZE_MAX = RANGE_COUNT_MAX * 1024 };

struct get_ranges {
	struct get_body body;
	struct range ranges[RANGE_COUNT_MAX];
	size_t count;
	size_t index;       /* of the range being sent */
	bool is_head_sent;  /* of that range */
	uint64_t sent_size; /* of that range */
	uint64_t file_size;
	struct str type;
	char boundary[GET_TOKEN_SIZE];
	int fd;
};

static void
add_head(const struct get_ranges *it, size_t index, struct buf *out)
{
	const struct range *range = &it->ranges[index];

	buf_printf(out,
	    "%s--%s\r\nContent-Type: %.*s\r\n"
	    "Content-Range: bytes %llu-%llu/%llu\r\n\r\n",
	    index == 0 ? "" : "\r\n", it->boundary, STR_ARG(it->type),
	    (unsigned long long)range->offset,
	    (unsigned long long)(range->offset + range->size - 1),
	    (unsigned long long)it->file_size);
}

static void
add_end(const struct get_ranges *it, struct buf *out)
{
	buf_printf(out, "\r\n--%s--\r\n", it->boundary);
}

/* ERR_STORAGE: the file has become shorter: the body cannot be completed. */
static enum err
add_octets(struct get_ranges *it, struct buf *out, size_t room)
{
	const struct range *range = &it->ranges[it->index];
	uint64_t left = range->size - it->sent_size;
	size_t size = left < room ? (size_t)left : room;
	char *to = buf_room(out, size);
	ssize_t got;

	if (to == NULL)
		return out->err;
	do
		got = pread(
		    it->fd, to, size, (off_t)(range->offset + it->sent_size));
	while (got == -1 && errno == EINTR);
	if (got <= 0)
		return ERR_STORAGE;
	buf_grew(out, (size_t)got);
	it->sent_size += (size_t)got;
	return ERR_NONE;
}

static bool
pull_ranges(struct call *call, size_t size_max)
{
	struct get_ranges *it = call->state;
	struct buf *out = &call->response->bytes;

	while (out->len < size_max) {
		if (!it->is_head_sent) {
			add_head(it, it->index, out);
			it->is_head_sent = true;
			continue;
		}
		if (it->sent_size < it->ranges[it->index].size) {
			out->err = add_octets(it, out, size_max - out->len);
			if (out->err != ERR_NONE)
				return true;
			continue;
		}
		if (++it->index == it->count) {
			add_end(it, out);
			return true;
		}
		it->is_head_sent = false;
		it->sent_size = 0;
	}
	return false;
}

static void
free_ranges(struct call *call)
{
	struct get_ranges *it = call->state;

	(void)close(it->fd); /* it was only read */
}

/* ERR_LIMIT or ERR_MEMORY. */
static enum err
whole_size(const struct get_ranges *it, uint64_t *out_size)
{
	struct buf heads;
	enum err err;

	buf_init(&heads, HEADS_SIZE_MAX);
	*out_size = 0;
	for (size_t i = 0; i < it->count; i++) {
		add_head(it, i, &heads);
		*out_size += it->ranges[i].size;
	}
	add_end(it, &heads);
	*out_size += heads.len;
	err = heads.err;
	buf_done(&heads);
	return err;
}

void
method_get_ranges_take(
    struct call *call, const struct get_ranges_options *options)
{
	struct response *response = call->response;
	struct get_ranges *it = arena_alloc(call->request->arena, sizeof(*it));
	struct buf type;

	CHECK(options->count <= RANGE_COUNT_MAX);
	if (it == NULL) {
		(void)close(options->fd); /* it was only read */
		(void)answer_error(call, ERR_MEMORY);
		return;
	}
	*it = (struct get_ranges){
		.body = { .pull = pull_ranges, .free = free_ranges },
		.count = options->count,
		.file_size = options->resource.size,
		.type = options->type,
		.fd = options->fd,
	};
	call->state = it;
	for (size_t i = 0; i < it->count; i++)
		it->ranges[i] = options->ranges[i];
	method_get_token(call, it->boundary);
	if (whole_size(it, &response->pulled_size) != ERR_NONE) {
		(void)answer_error(call, ERR_MEMORY);
		return;
	}
	response->status = 206;
	response->body = RESPONSE_PULLED;
	buf_init(&type, 128);
	buf_printf(&type, "multipart/byteranges; boundary=%s", it->boundary);
	response_field(response, "Content-Type", buf_str(&type));
	buf_done(&type);
}
