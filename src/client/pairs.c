/*
 * pairs.c - see pairs.h.
 */
#include "client/pairs.h"

enum { STATUS_DIGIT_COUNT = 3 };

static bool
is_digit(char octet)
{
	return octet >= '0' && octet <= '9';
}

/* Exactly three digits at its start that are no part of something longer. */
static int
status_at(struct str text)
{
	int status = 0;

	if (text.len <= STATUS_DIGIT_COUNT)
		return -1;
	for (size_t i = 0; i < STATUS_DIGIT_COUNT; i++) {
		if (!is_digit(text.data[i]))
			return -1;
		status = status * 10 + text.data[i] - '0';
	}
	return is_digit(text.data[STATUS_DIGIT_COUNT]) || status < 100 ? -1
	                                                               : status;
}

bool
pairs_next(struct str *value, struct pair *out_pair)
{
	while (value->len > 0) {
		int status = status_at(*value);
		struct str rest;
		size_t end;

		if (status == -1) {
			/* A number that is none is passed over whole. */
			bool was_digit = is_digit(value->data[0]);

			do
				*value = str_from(*value, 1);
			while (was_digit && value->len > 0 &&
			       is_digit(value->data[0]));
			continue;
		}
		rest = str_trim(str_from(*value, STATUS_DIGIT_COUNT));
		*value = str_from(*value, STATUS_DIGIT_COUNT);
		if (rest.len == 0 || rest.data[0] != '<')
			continue;
		rest = str_from(rest, 1);
		end = str_find(rest, '>');
		if (end == 0 || end == rest.len)
			continue;
		out_pair->status = status;
		out_pair->uri = str_make(rest.data, end);
		*value = str_from(rest, end + 1);
		return true;
	}
	return false;
}

/* Takes the digits at the start.  False: none, or too many. */
static bool
take_number(struct str *text, uint64_t *out_number)
{
	size_t size = 0;
	enum err err;

	while (size < text->len && is_digit(text->data[size]))
		size++;
	err = str_to_u64(str_make(text->data, size), INT64_MAX, out_number);
	if (err != ERR_NONE)
		return false;
	*text = str_from(*text, size);
	return true;
}

bool
pairs_progress(struct str value, uint64_t *out_done, uint64_t *out_total)
{
	struct str rest = str_trim(value);
	uint64_t done;
	uint64_t total = 0;

	if (!take_number(&rest, &done))
		return false;
	rest = str_trim(rest);
	if (rest.len > 0 && rest.data[0] == '/') {
		rest = str_trim(str_from(rest, 1));
		if (!take_number(&rest, &total) || total < done)
			total = 0;
	}
	*out_done = done;
	*out_total = total;
	return true;
}
