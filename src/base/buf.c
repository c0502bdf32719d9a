/*
 * buf.c - see buf.h.
 */
#include "base/buf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY_MIN = 256 };

void
buf_init(struct buf *buf, size_t size_max)
{
	CHECK(size_max > 0);
	*buf = (struct buf){ .size_max = size_max };
}

void
buf_done(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){ .size_max = buf->size_max };
}

static size_t
grown(const struct buf *buf, size_t need)
{
	size_t capacity = buf->capacity == 0 ? CAPACITY_MIN : buf->capacity;

	while (capacity < need)
		capacity *= 2;
	return capacity > buf->size_max ? buf->size_max : capacity;
}

char *
buf_room(struct buf *buf, size_t size)
{
	if (buf->err != ERR_NONE)
		return NULL;
	CHECK(buf->len <= buf->size_max);
	if (size > buf->size_max - buf->len) {
		buf->err = ERR_LIMIT;
		return NULL;
	}
	if (buf->len + size > buf->capacity || buf->data == NULL) {
		size_t capacity = grown(buf, buf->len + size);
		char *data = realloc(buf->data, capacity);

		if (data == NULL) {
			buf->err = ERR_MEMORY;
			return NULL;
		}
		buf->data = data;
		buf->capacity = capacity;
	}
	return buf->data + buf->len;
}

void
buf_grew(struct buf *buf, size_t size)
{
	CHECK(size <= buf->capacity - buf->len);
	buf->len += size;
}

void
buf_add(struct buf *buf, const void *data, size_t size)
{
	char *room;

	if (size == 0)
		return;
	room = buf_room(buf, size);
	if (room == NULL)
		return;
	memcpy(room, data, size);
	buf->len += size;
}

void
buf_add_str(struct buf *buf, struct str s)
{
	buf_add(buf, s.data, s.len);
}

void
buf_add_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void
buf_add_char(struct buf *buf, char octet)
{
	buf_add(buf, &octet, 1);
}

void
buf_add_u64(struct buf *buf, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	buf_add(buf, digits + at, sizeof(digits) - at);
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	va_list again;
	char *room;
	int size;

	va_start(args, format);
	va_copy(again, args);
	size = vsnprintf(NULL, 0, format, args);
	va_end(args);
	CHECK(size >= 0);
	/* The NUL that vsnprintf adds needs a place, but is not content. */
	room = buf_room(buf, (size_t)size + 1);
	if (room != NULL) {
		(void)vsnprintf(room, (size_t)size + 1, format, again);
		buf->len += (size_t)size;
	}
	va_end(again);
}

void
buf_clear(struct buf *buf)
{
	buf->len = 0;
	buf->err = ERR_NONE;
}

void
buf_cut(struct buf *buf, size_t size)
{
	CHECK(size <= buf->len);
	buf->len -= size;
	if (size > 0 && buf->len > 0)
		memmove(buf->data, buf->data + size, buf->len);
}

struct str
buf_str(const struct buf *buf)
{
	return (struct str){ buf->data, buf->len };
}
