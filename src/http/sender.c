/*
 * sender.c - see sender.h.
 */
#include "http/sender.h"

#include "base/limits.h"

void
sender_init(struct sender *sender)
{
	*sender = (struct sender){ .fd = -1 };
	buf_init(&sender->out, OUT_SIZE_MAX);
}

void
sender_done(struct sender *sender)
{
	buf_done(&sender->out);
	sender_init(sender);
}

bool
sender_is_empty(const struct sender *sender)
{
	return sender->out.len == sender->out_sent && sender->body.len == 0 &&
	       sender->file_size == 0;
}

bool
sender_output(const struct sender *sender, struct conn_output *out)
{
	if (sender_is_empty(sender))
		return false;
	out->head = str_from(buf_str(&sender->out), sender->out_sent);
	out->body = sender->body;
	out->fd = sender->fd;
	out->file_offset = sender->file_offset;
	out->file_size = sender->file_size;
	return true;
}

static size_t
less(size_t a, size_t b)
{
	return a < b ? a : b;
}

void
sender_sent(struct sender *sender, size_t size)
{
	size_t part = less(size, sender->out.len - sender->out_sent);

	sender->out_sent += part;
	size -= part;
	part = less(size, sender->body.len);
	sender->body = str_from(sender->body, part);
	size -= part;
	CHECK(size <= sender->file_size);
	sender->file_offset += size;
	sender->file_size -= size;
	if (sender->out_sent == sender->out.len) {
		buf_clear(&sender->out);
		sender->out_sent = 0;
	}
	if (sender->file_size == 0)
		sender->fd = -1;
	if (sender->body.len == 0)
		sender->body = str_of(NULL); /* it may be gone by now */
}
