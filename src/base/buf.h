/*
 * buf.h - bytes that grow up to a stated maximum.
 *
 *	init -> add, add, add -> look at err, then at data and len -> done
 *
 * An add that does not fit, or for which there is no memory, adds nothing and
 * leaves its error in buf->err; every later add is then ignored.  So text is
 * built without a check at each piece, and judged once, at the end.
 */
#ifndef BUF_H
#define BUF_H

#include <stdarg.h>
#include <stddef.h>

#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

struct buf {
	char *data;
	size_t len;
	size_t capacity;
	size_t size_max;
	enum err err; /* ERR_NONE, ERR_LIMIT or ERR_MEMORY: sticky */
};

void buf_init(struct buf *buf, size_t size_max); /* allocates nothing yet */
void buf_done(struct buf *buf); /* frees; the buf can be used again */

void buf_add(struct buf *buf, const void *data, size_t size);
void buf_add_str(struct buf *buf, struct str s);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_char(struct buf *buf, char octet);
void buf_add_u64(struct buf *buf, uint64_t value);
/* Needs room for one octet more than it adds. */
void buf_printf(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Room for size more bytes: a pointer to write at, valid until the next call,
 * or NULL with buf->err set.  buf_grew() then says how many were written.
 */
char *buf_room(struct buf *buf, size_t size);
void buf_grew(struct buf *buf, size_t size);

void buf_clear(struct buf *buf); /* empty, without an error, memory kept */
void buf_cut(struct buf *buf, size_t size); /* drops the first size bytes */
struct str buf_str(const struct buf *buf);

#endif
