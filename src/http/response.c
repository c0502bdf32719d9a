/*
 * response.c - see response.h.
 */
#include "http/response.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/limits.h"
#include "http/octet.h"

void
response_init(struct response *response, struct arena *arena)
{
	CHECK(arena != NULL);
	*response = (struct response){ .fd = -1, .arena = arena };
	buf_init(&response->bytes, OUT_SIZE_MAX);
}

/* Neither a file nor bytes are left. */
static void
drop_body(struct response *response)
{
	if (response->fd != -1)
		(void)close(response->fd); /* it was only read */
	response->fd = -1;
	buf_done(&response->bytes);
	response->body = RESPONSE_EMPTY;
}

void
response_done(struct response *response)
{
	drop_body(response);
}

void
response_reset(struct response *response)
{
	drop_body(response);
	response_init(response, response->arena);
}

uint64_t
response_content_size(const struct response *response)
{
	switch (response->body) {
	case RESPONSE_EMPTY:
		return 0;
	case RESPONSE_BYTES:
		return response->bytes.len;
	case RESPONSE_FILE:
		return response->file_size;
	case RESPONSE_PULLED:
		return response->pulled_size;
	}
	UNREACHABLE("a body of no kind");
}

/* A copy of value that may stand in a field (RFC 9110, 5.5). */
static enum err
copy_value(struct arena *arena, struct str value, struct str *out_copy)
{
	char *data = arena_alloc(arena, value.len);

	if (data == NULL)
		return ERR_LIMIT;
	for (size_t i = 0; i < value.len; i++)
		data[i] = octet_is_value(value.data[i]) ? value.data[i] : ' ';
	*out_copy = str_trim(str_make(data, value.len));
	return ERR_NONE;
}

void
response_field(struct response *response, const char *name, struct str value)
{
	struct str copy;
	enum err err;

	CHECK(octet_all_token(str_of(name)));
	err = copy_value(response->arena, value, &copy);
	if (err == ERR_NONE)
		err = fields_add(
		    &response->fields, response->arena, str_of(name), copy);
	if (err != ERR_NONE)
		response->is_short_of_memory = true;
}

void
response_field_text(
    struct response *response, const char *name, const char *value)
{
	response_field(response, name, str_of(value));
}

void
response_field_u64(struct response *response, const char *name, uint64_t value)
{
	char digits[sizeof("18446744073709551615")];

	(void)snprintf(digits, sizeof(digits), "%" PRIu64, value);
	response_field_text(response, name, digits);
}

/* The size of the UTF-8 character that s begins with; 0: it is none. */
static size_t
utf8_size(struct str s)
{
	const unsigned char *octets = (const unsigned char *)s.data;
	unsigned char second_min = 0x80;
	unsigned char second_max = 0xbf;
	size_t size = 1;

	if (octets[0] < 0x80)
		return 1;
	if (octets[0] >= 0xc2 && octets[0] <= 0xdf)
		size = 2;
	else if (octets[0] >= 0xe0 && octets[0] <= 0xef)
		size = 3;
	else if (octets[0] >= 0xf0 && octets[0] <= 0xf4)
		size = 4;
	if (size == 1 || size > s.len)
		return 0;
	/* RFC 3629, 4: no longer form than needed, no surrogate. */
	if (octets[0] == 0xe0)
		second_min = 0xa0;
	else if (octets[0] == 0xed)
		second_max = 0x9f;
	else if (octets[0] == 0xf0)
		second_min = 0x90;
	else if (octets[0] == 0xf4)
		second_max = 0x8f;
	if (octets[1] < second_min || octets[1] > second_max)
		return 0;
	for (size_t i = 2; i < size; i++) {
		if (octets[i] < 0x80 || octets[i] > 0xbf)
			return 0;
	}
	return size;
}

/* A JSON string (RFC 8259, 7).  Octets that are no UTF-8 become U+FFFD. */
static void
add_json(struct buf *out, struct str text)
{
	buf_add_char(out, '"');
	while (text.len > 0) {
		size_t size = utf8_size(text);
		char octet = text.data[0];

		if (size == 0)
			buf_add_text(out, "\xef\xbf\xbd");
		else if (octet == '"' || octet == '\\')
			buf_printf(out, "\\%c", octet);
		else if (octet_is_control(octet))
			buf_printf(out, "\\u%04x", (unsigned)octet);
		else
			buf_add(out, text.data, size);
		text = str_from(text, size == 0 ? 1 : size);
	}
	buf_add_char(out, '"');
}

static void
drop_field(struct fields *fields, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < fields->count; i++) {
		if (!str_is_nocase(fields->items[i].name, name))
			fields->items[count++] = fields->items[i];
	}
	fields->count = count;
}

void
response_problem(struct response *response, int status, const char *detail)
{
	struct buf *out = &response->bytes;

	CHECK(status >= 400);
	drop_body(response);
	drop_field(&response->fields, "Content-Type");
	response->status = status;
	response->body = RESPONSE_BYTES;
	response_field_text(
	    response, "Content-Type", "application/problem+json");
	buf_printf(out, "{\"status\":%d,\"title\":", status);
	add_json(out, str_of(status_reason(status)));
	response->detail = NULL;
	if (detail != NULL) {
		struct str kept;

		if (arena_copy(response->arena, str_of(detail), &kept) ==
		    ERR_NONE)
			response->detail = kept.data;
		buf_add_text(out, ",\"detail\":");
		add_json(out, str_of(detail));
	}
	buf_add_text(out, "}\n");
	if (out->err != ERR_NONE)
		response->is_short_of_memory = true;
}
