/*
 * status_uri.c - see status_uri.h.
 */
#include "http/status_uri.h"

#include "http/uri.h"

static const struct str name = STR("Status-URI:");
static const struct str line_end = STR("\r\n");

void
status_uri_begin(struct status_uri *it, struct buf *lines, struct str scheme,
    struct str authority)
{
	*it = (struct status_uri){
		.lines = lines,
		.scheme = scheme,
		.authority = authority,
		.start = lines->len,
	};
	buf_init(&it->pair, STATUS_URI_SIZE_MAX);
	if (!uri_authority_is_valid(authority))
		it->authority = str_of(NULL);
}

/* Puts " 404 <http://host/a>" together; false: it is too long. */
static bool
pair_make(struct status_uri *it, int status, struct str path)
{
	struct buf *pair = &it->pair;

	buf_clear(pair);
	if (it->count == 0)
		buf_add_str(pair, name);
	buf_add_char(pair, ' ');
	buf_add_u64(pair, (uint64_t)status);
	buf_add_text(pair, " <");
	buf_add_str(pair, it->scheme);
	buf_add_text(pair, "://");
	buf_add_str(pair, it->authority);
	uri_path_encode(pair, path);
	buf_add_char(pair, '>');
	return pair->err == ERR_NONE;
}

/* Whether that much more, and the end of the line, has a place. */
static bool
fits(const struct status_uri *it, size_t size)
{
	size_t line_size = it->lines->len - it->start;

	if (line_size + size + line_end.len > STATUS_URI_SIZE_MAX)
		return false;
	return size + line_end.len <= it->lines->size_max - it->lines->len;
}

bool
status_uri_add(struct status_uri *it, int status, struct str path)
{
	CHECK(status >= 100 && status <= 599);
	if (it->authority.len == 0 || it->count == STATUS_URI_COUNT_MAX ||
	    it->lines->err != ERR_NONE)
		return false;
	if (!pair_make(it, status, path) || !fits(it, it->pair.len))
		return false;
	buf_add_str(it->lines, buf_str(&it->pair));
	it->count++;
	return true;
}

void
status_uri_end(struct status_uri *it)
{
	if (it->count > 0)
		buf_add_str(it->lines, line_end);
	buf_done(&it->pair);
}

void
status_uri_progress(struct buf *lines, uint64_t done, uint64_t total)
{
	if (total > 0 && total < done)
		total = done;
	buf_add_text(lines, "Progress: ");
	buf_add_u64(lines, done);
	buf_add_char(lines, '/');
	if (total > 0)
		buf_add_u64(lines, total);
	buf_add_str(lines, line_end);
}
