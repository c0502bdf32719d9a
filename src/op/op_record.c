/*
 * op_record.c - see op_record.h.
 *
 * A mark, the numbers (8 octets each, the lowest first), the texts (each with
 * its length before it, as a number).
 */
#include "op/op_record.h"

static const struct str mark = STR("tarry-op-2\n");

enum {
	NUMBER_STATE,
	NUMBER_IS_INTERRUPTED,
	NUMBER_CREATED_S,
	NUMBER_STARTED_S,
	NUMBER_ENDED_S,
	NUMBER_MEMBERS_DONE,
	NUMBER_MEMBERS_TOTAL,
	NUMBER_BYTES_DONE,
	NUMBER_BYTES_TOTAL,
	NUMBER_FAILURES,
	NUMBER_MARK,
	NUMBER_IS_CREATED,
	NUMBER_STATUS,
	NUMBER_COUNT,
};

enum { NUMBER_SIZE = 8, TEXT_COUNT = 9 };

#define TIME_S_MAX (UINT64_C(1) << 53) /* so that times can be subtracted */

static void
add_number(struct buf *out, uint64_t value)
{
	for (unsigned shift = 0; shift < 64; shift += 8)
		buf_add_char(out, (char)(value >> shift & 0xff));
}

static void
add_text(struct buf *out, struct str text)
{
	add_number(out, text.len);
	buf_add_str(out, text);
}

void
op_record_write(struct buf *out, const struct op_record *record)
{
	const struct progress_counts *counts = &record->counts;
	const uint64_t numbers[] = {
		[NUMBER_STATE] = record->state,
		[NUMBER_IS_INTERRUPTED] = record->is_interrupted,
		[NUMBER_CREATED_S] = (uint64_t)record->created_s,
		[NUMBER_STARTED_S] = (uint64_t)record->started_s,
		[NUMBER_ENDED_S] = (uint64_t)record->ended_s,
		[NUMBER_MEMBERS_DONE] = counts->members_done,
		[NUMBER_MEMBERS_TOTAL] = counts->members_total,
		[NUMBER_BYTES_DONE] = counts->bytes_done,
		[NUMBER_BYTES_TOTAL] = counts->bytes_total,
		[NUMBER_FAILURES] = counts->failures,
		[NUMBER_MARK] = record->mark.id,
		[NUMBER_IS_CREATED] = record->mark.is_created,
		[NUMBER_STATUS] = (uint64_t)record->status,
	};
	const struct str texts[] = { record->owner, record->method,
		record->source, record->destination, record->fingerprint,
		record->payload, record->key, record->fields, record->body };

	_Static_assert(sizeof(numbers) / 8 == NUMBER_COUNT, "all numbers");
	_Static_assert(
	    sizeof(texts) / sizeof(texts[0]) == TEXT_COUNT, "all texts");
	buf_add_str(out, mark);
	for (size_t i = 0; i < NUMBER_COUNT; i++)
		add_number(out, numbers[i]);
	for (size_t i = 0; i < TEXT_COUNT; i++)
		add_text(out, texts[i]);
}

static bool
take_number(struct str *rest, uint64_t *out_value)
{
	uint64_t value = 0;

	if (rest->len < NUMBER_SIZE)
		return false;
	for (size_t i = NUMBER_SIZE; i > 0; i--)
		value = value << 8 | (unsigned char)rest->data[i - 1];
	*rest = str_from(*rest, NUMBER_SIZE);
	*out_value = value;
	return true;
}

static bool
take_text(struct str *rest, struct str *out_text)
{
	uint64_t len;

	if (!take_number(rest, &len) || len > rest->len)
		return false;
	*out_text = str_make(rest->data, (size_t)len);
	*rest = str_from(*rest, (size_t)len);
	return true;
}

enum err
op_record_read(struct str octets, struct op_record *out_record)
{
	uint64_t numbers[NUMBER_COUNT];
	struct op_record record = { .status = 0 };
	struct str *const texts[TEXT_COUNT] = { &record.owner, &record.method,
		&record.source, &record.destination, &record.fingerprint,
		&record.payload, &record.key, &record.fields, &record.body };

	if (!str_starts(octets, mark))
		return ERR_SYNTAX;
	octets = str_from(octets, mark.len);
	for (size_t i = 0; i < NUMBER_COUNT; i++)
		if (!take_number(&octets, &numbers[i]))
			return ERR_SYNTAX;
	for (size_t i = 0; i < TEXT_COUNT; i++)
		if (!take_text(&octets, texts[i]))
			return ERR_SYNTAX;
	if (octets.len > 0 || numbers[NUMBER_STATE] > OPERATION_CANCELLED ||
	    numbers[NUMBER_STATUS] > 999)
		return ERR_SYNTAX;
	for (size_t i = NUMBER_CREATED_S; i <= NUMBER_ENDED_S; i++)
		if (numbers[i] > TIME_S_MAX)
			return ERR_SYNTAX;
	record.state = (enum operation_state)numbers[NUMBER_STATE];
	record.is_interrupted = numbers[NUMBER_IS_INTERRUPTED] != 0;
	record.created_s = (int64_t)numbers[NUMBER_CREATED_S];
	record.started_s = (int64_t)numbers[NUMBER_STARTED_S];
	record.ended_s = (int64_t)numbers[NUMBER_ENDED_S];
	record.counts = (struct progress_counts){
		.members_done = numbers[NUMBER_MEMBERS_DONE],
		.members_total = numbers[NUMBER_MEMBERS_TOTAL],
		.bytes_done = numbers[NUMBER_BYTES_DONE],
		.bytes_total = numbers[NUMBER_BYTES_TOTAL],
		.failures = numbers[NUMBER_FAILURES],
	};
	record.mark.id = numbers[NUMBER_MARK];
	record.mark.is_created = numbers[NUMBER_IS_CREATED] != 0;
	record.status = (int)numbers[NUMBER_STATUS];
	if (operation_state_is_final(record.state) && record.status < 100)
		return ERR_SYNTAX;
	*out_record = record;
	return ERR_NONE;
}
