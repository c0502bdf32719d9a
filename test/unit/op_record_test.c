/*
 * op_record_test.c - the promises of op/op_record.c, one test each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "op/op_record.h"

enum {
	SIZE_MAX_HERE = 64 * 1024,
	STATE_OFFSET = 11,
	ENDED_OFFSET = 43,
	STATUS_OFFSET = 107
};

static const struct op_record whole = {
	.owner = STR("ann"),
	.method = STR("COPY"),
	.source = STR("/a\0b"),
	.destination = STR("/b"),
	.fingerprint = STR("f"),
	.payload = STR("p"),
	.key = STR(""),
	.state = OPERATION_DONE,
	.is_interrupted = true,
	.created_s = 1700000000,
	.started_s = 1700000001,
	.ended_s = INT64_C(1) << 53,
	.counts = { 1, 2, 3, UINT64_MAX, 5 },
	.mark = { UINT64_MAX, true },
	.status = 207,
	.fields = STR("A: b\r\n"),
	.body = STR("body"),
};

static void
reads_what_it_wrote(void **state)
{
	struct op_record record;
	struct buf octets;

	(void)state;
	buf_init(&octets, SIZE_MAX_HERE);
	op_record_write(&octets, &whole);
	assert_int_equal(octets.err, ERR_NONE);
	assert_int_equal(op_record_read(buf_str(&octets), &record), ERR_NONE);
	assert_true(str_equal(record.owner, whole.owner));
	assert_true(str_equal(record.method, whole.method));
	assert_true(str_equal(record.source, whole.source));
	assert_true(str_equal(record.destination, whole.destination));
	assert_true(str_equal(record.fingerprint, whole.fingerprint));
	assert_true(str_equal(record.payload, whole.payload));
	assert_true(str_equal(record.key, whole.key));
	assert_int_equal(record.state, whole.state);
	assert_true(record.is_interrupted);
	assert_true(record.mark.id == UINT64_MAX);
	assert_true(record.mark.is_created);
	assert_true(record.created_s == whole.created_s);
	assert_true(record.started_s == whole.started_s);
	assert_true(record.ended_s == whole.ended_s);
	assert_memory_equal(
	    &record.counts, &whole.counts, sizeof(whole.counts));
	assert_int_equal(record.status, whole.status);
	assert_true(str_equal(record.fields, whole.fields));
	assert_true(str_equal(record.body, whole.body));
	buf_done(&octets);
}

static void
refuses_what_was_cut_at_any_octet(void **state)
{
	struct op_record record;
	struct buf octets;

	(void)state;
	buf_init(&octets, SIZE_MAX_HERE);
	op_record_write(&octets, &whole);
	for (size_t size = 0; size < octets.len; size++) {
		/* Of exactly this size, so that a step beyond it is seen. */
		char *copy = malloc(size == 0 ? 1 : size);

		assert_non_null(copy);
		memcpy(copy, octets.data, size);
		assert_int_equal(
		    op_record_read(str_make(copy, size), &record), ERR_SYNTAX);
		free(copy);
	}
	buf_add_char(&octets, 'x');
	assert_int_equal(op_record_read(buf_str(&octets), &record), ERR_SYNTAX);
	buf_done(&octets);
}

static void
refuses_values_that_cannot_be(void **state)
{
	static const struct {
		size_t offset;
		unsigned char octet;
		enum err err;
	} rows[] = {
		{ STATE_OFFSET, OPERATION_CANCELLED, ERR_NONE },
		{ STATE_OFFSET, OPERATION_CANCELLED + 1, ERR_SYNTAX },
		{ STATE_OFFSET + 7, 1, ERR_SYNTAX },
		{ STATUS_OFFSET, 100, ERR_NONE },
		{ STATUS_OFFSET, 99, ERR_SYNTAX },    /* of one that ended */
		{ STATUS_OFFSET + 1, 4, ERR_SYNTAX }, /* above 999 */
		{ ENDED_OFFSET, 1, ERR_SYNTAX },      /* one too late */
		{ ENDED_OFFSET + 7, 0x80, ERR_SYNTAX }, { 0, 'T', ERR_SYNTAX },
		{ 9, '1', ERR_SYNTAX }, /* another format */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct op_record record;
		struct buf octets;

		buf_init(&octets, SIZE_MAX_HERE);
		op_record_write(&octets, &whole);
		octets.data[rows[i].offset] = (char)rows[i].octet;
		assert_int_equal(
		    op_record_read(buf_str(&octets), &record), rows[i].err);
		buf_done(&octets);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_wrote),
		cmocka_unit_test(refuses_what_was_cut_at_any_octet),
		cmocka_unit_test(refuses_values_that_cannot_be),
	};

	return cmocka_run_group_tests_name("op_record", tests, NULL, NULL);
}
