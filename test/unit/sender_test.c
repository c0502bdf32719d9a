/*
 * sender_test.c - octets, then a body, then a file, however they leave.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/sender.h"

enum { FD = 7, OFFSET = 100, FILE_SIZE = 4 };

static void
fill(struct sender *sender)
{
	buf_add_text(&sender->out, "head");
	sender->body = str_of("body");
	sender->fd = FD;
	sender->file_offset = OFFSET;
	sender->file_size = FILE_SIZE;
}

static void
has_nothing_to_send_at_first(void **state)
{
	struct sender sender;
	struct conn_output out = { .fd = -1 };

	(void)state;
	sender_init(&sender);
	assert_true(sender_is_empty(&sender));
	assert_false(sender_output(&sender, &out));
	sender_done(&sender);
}

/* What is left of "headbodyfile" after so many octets. */
static void
expect_left(const struct conn_output *out, size_t sent)
{
	struct str head = str_of("head");
	struct str body = str_of("body");

	head = str_from(head, sent < 4 ? sent : 4);
	body = str_from(body, sent < 4 ? 0 : sent < 8 ? sent - 4 : 4);
	assert_true(str_equal(out->head, head));
	assert_true(str_equal(out->body, body));
	assert_int_equal(out->fd, FD);
	assert_int_equal(out->file_offset, OFFSET + (sent < 8 ? 0 : sent - 8));
	assert_int_equal(out->file_size, FILE_SIZE - (sent < 8 ? 0 : sent - 8));
}

static void
goes_on_where_it_was_cut(void **state)
{
	enum { ALL = 4 + 4 + FILE_SIZE };

	(void)state;
	for (size_t first = 1; first < ALL; first++) {
		struct conn_output out = { .fd = -1 };
		struct sender sender;

		sender_init(&sender);
		fill(&sender);
		assert_true(sender_output(&sender, &out));
		expect_left(&out, 0);
		sender_sent(&sender, first);
		assert_false(sender_is_empty(&sender));
		assert_true(sender_output(&sender, &out));
		expect_left(&out, first);
		sender_sent(&sender, ALL - first);
		assert_true(sender_is_empty(&sender));
		assert_false(sender_output(&sender, &out));
		assert_null(sender.body.data); /* nothing borrowed is kept */
		assert_int_equal(sender.fd, -1);
		sender_done(&sender);
	}
}

static void
takes_more_while_some_waits(void **state)
{
	struct conn_output out = { .fd = -1 };
	struct sender sender;

	(void)state;
	sender_init(&sender);
	buf_add_text(&sender.out, "one");
	sender_sent(&sender, 2);
	buf_add_text(&sender.out, "two");
	assert_true(sender_output(&sender, &out));
	assert_true(str_is(out.head, "etwo"));
	sender_sent(&sender, 4);
	buf_add_text(&sender.out, "three");
	assert_true(sender_output(&sender, &out));
	assert_true(str_is(out.head, "three"));
	sender_done(&sender);
	assert_true(sender_is_empty(&sender));
}

static void
never_sends_more_than_there_is(void **state)
{
	struct sender sender;

	(void)state;
	sender_init(&sender);
	buf_add_text(&sender.out, "abc");
	expect_assert_failure(sender_sent(&sender, 4));
	sender_done(&sender);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_nothing_to_send_at_first),
		cmocka_unit_test(goes_on_where_it_was_cut),
		cmocka_unit_test(takes_more_while_some_waits),
		cmocka_unit_test(never_sends_more_than_there_is),
	};

	return cmocka_run_group_tests_name("sender", tests, NULL, NULL);
}
