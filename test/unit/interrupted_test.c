/*
 * interrupted_test.c - tests src/dav/interrupted.c, over one marked resource.
 */
#include "dav/interrupted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dav/dav.h"
#include "dav/store.h"
#include "op/operation.h"

enum { MARK = 7, RESULT_SIZE_MAX = 4096 };

struct place {
	struct store store; /* the first: that is how ops get here */
	const char *path;
};

static bool
is_marked(struct store *store, struct str path, uint64_t mark_id)
{
	const struct place *place = (struct place *)store;

	return mark_id == MARK && str_is(path, place->path);
}

static const struct store_ops ops = { .is_marked = is_marked };

static struct operation_snapshot
transfer(enum operation_state state, uint64_t mark_id, bool is_created)
{
	return (struct operation_snapshot){ .source = STR("/a"),
		.destination = STR("/b c"),
		.state = state,
		.mark = { mark_id, is_created } };
}

/* The status, with 1000 added if it is said to be done. */
static int
ask(const char *marked, const struct operation_snapshot *was, const char *words)
{
	struct place place = { .store = { &ops }, .path = marked };
	struct dav dav = { .store = &place.store,
		.has_homes = was->owner.len > 0 };
	struct operation_result result = { .outcome = OPERATION_CANCELLED };
	int status;

	buf_init(&result.fields, RESULT_SIZE_MAX);
	buf_init(&result.body, RESULT_SIZE_MAX);
	interrupted_answer(&dav, was, &result);
	buf_add_str(&result.fields, buf_str(&result.body));
	buf_add_char(&result.fields, '\0');
	assert_non_null(strstr(result.fields.data, words));
	status = result.status;
	if (result.outcome == OPERATION_DONE)
		status += 1000;
	else
		assert_int_equal(result.outcome, OPERATION_FAILED);
	buf_done(&result.fields);
	buf_done(&result.body);
	return status;
}

static void
answers_as_if_nothing_had_been_when_the_mark_is_there(void **state)
{
	struct operation_snapshot was;

	(void)state;
	was = transfer(OPERATION_COMMITTING, MARK, true);
	assert_int_equal(ask("/b c", &was, "Location: /b%20c\r\n"), 1201);
	was.mark.is_created = false;
	assert_int_equal(ask("/b c", &was, ""), 1204);
}

static void
says_that_it_failed_when_it_is_not(void **state)
{
	static const struct {
		const char *marked;
		enum operation_state state;
		uint64_t mark_id;
	} rows[] = {
		{ "/a", OPERATION_COMMITTING, MARK },
		{ "/b c", OPERATION_COMMITTING, MARK + 1 },
		{ "/b c", OPERATION_COMMITTING, 0 },
		{ "/b c", OPERATION_RUNNING, MARK },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct operation_snapshot was =
		    transfer(rows[i].state, rows[i].mark_id, true);

		assert_int_equal(ask(rows[i].marked, &was, "ask again"), 503);
	}
}

static void
takes_a_removal_for_done_when_the_mark_has_gone(void **state)
{
	struct operation_snapshot was;

	(void)state;
	was = transfer(OPERATION_COMMITTING, MARK, false);
	was.destination = (struct str){ "", 0 };
	assert_int_equal(ask("/b c", &was, ""), 1204);
	assert_int_equal(ask("/a", &was, "ask again"), 503);
}

static void
does_not_hide_that_members_failed(void **state)
{
	struct operation_snapshot was;

	(void)state;
	was = transfer(OPERATION_COMMITTING, MARK, true);
	was.counts.failures = 1;
	assert_int_equal(ask("/b c", &was, "some members failed"), 1503);
}

/* Of paths that lie elsewhere nothing is cut off. */
static void
tells_a_place_as_its_owner_calls_it(void **state)
{
	struct operation_snapshot was;

	(void)state;
	was = transfer(OPERATION_COMMITTING, MARK, true);
	was.owner = str_of("ann");
	was.destination = str_of("/ann/b");
	assert_int_equal(ask("/ann/b", &was, "Location: /b\r\n"), 1201);
	was.destination = str_of("/anna/b");
	assert_int_equal(ask("/anna/b", &was, "Location: /anna/b\r\n"), 1201);
	was.destination = str_of("/a");
	assert_int_equal(ask("/a", &was, "Location: /a\r\n"), 1201);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    answers_as_if_nothing_had_been_when_the_mark_is_there),
		cmocka_unit_test(says_that_it_failed_when_it_is_not),
		cmocka_unit_test(
		    takes_a_removal_for_done_when_the_mark_has_gone),
		cmocka_unit_test(does_not_hide_that_members_failed),
		cmocka_unit_test(tells_a_place_as_its_owner_calls_it),
	};

	return cmocka_run_group_tests_name("interrupted", tests, NULL, NULL);
}
