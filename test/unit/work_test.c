/*
 * work_test.c - the promises of dav/work.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "dav/dav.h"
#include "dav/work.h"
#include "op/progress.h"

struct look {
	struct arena arena;
	struct dav dav;
	struct request request;
	struct response response;
	struct call call;
	struct work work;
};

static void
begin(struct look *look)
{
	*look = (struct look){ .request = { .arena = &look->arena } };
	arena_init(&look->arena, REQUEST_MEMORY_MAX);
	response_init(&look->response, &look->arena);
	look->call.dav = &look->dav;
	look->call.request = &look->request;
	look->call.response = &look->response;
	look->call.path = str_of("/a");
	look->call.destination = str_of("/b");
	assert_int_equal(work_begin(&look->work, &look->call), STEP_ON);
}

static void
end(struct look *look)
{
	work_done(&look->work);
	response_done(&look->response);
	arena_done(&look->arena);
}

static void
answers_what_became_of_the_whole(void **state)
{
	static const struct {
		enum err err;
		int want;
	} rows[] = {
		{ ERR_NONE, 204 },
		{ ERR_SPACE, 507 },
		{ ERR_CANCELLED, 424 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct look look;

		begin(&look);
		assert_false(work_has_failures(&look.work));
		(void)work_answer(&look.work, rows[i].err, 204);
		assert_int_equal(look.response.status, rows[i].want);
		end(&look);
	}
}

static void
names_members_that_failed_in_a_207(void **state)
{
	struct look look;

	(void)state;
	begin(&look);
	progress_member_failed(look.work.progress, str_of("/a/c"), ERR_DENIED);
	assert_true(work_has_failures(&look.work));
	(void)work_answer(&look.work, ERR_NONE, 204);
	assert_int_equal(look.response.status, 207);
	end(&look);
}

static void
hides_no_failure_of_the_whole_in_a_207(void **state)
{
	struct look look;

	(void)state;
	begin(&look);
	progress_member_failed(look.work.progress, str_of("/a"), ERR_DENIED);
	(void)work_answer(&look.work, ERR_NONE, 204);
	assert_int_equal(look.response.status, 403);
	end(&look);

	begin(&look);
	progress_destination_failed(
	    look.work.progress, str_of("/b"), ERR_SPACE);
	(void)work_answer(&look.work, ERR_NONE, 204);
	assert_int_equal(look.response.status, 507);
	end(&look);

	begin(&look);
	progress_member_failed(look.work.progress, str_of("/a"), ERR_DENIED);
	progress_member_failed(look.work.progress, str_of("/a/c"), ERR_DENIED);
	(void)work_answer(&look.work, ERR_NONE, 204);
	assert_int_equal(look.response.status, 207);
	end(&look);
}

static void
counts_in_the_progress_of_the_call_if_it_has_one(void **state)
{
	struct progress *progress = progress_new();
	struct look look;

	(void)state;
	assert_non_null(progress);
	begin(&look);
	work_done(&look.work);
	look.call.progress = progress;
	assert_int_equal(work_begin(&look.work, &look.call), STEP_ON);
	assert_ptr_equal(look.work.progress, progress);
	end(&look);
	progress_free(progress);
}

static void
limits_the_members_of_whoever_has_no_name(void **state)
{
	static const struct {
		const char *principal;
		bool is_too_many;
	} rows[] = { { "", true }, { "ada", false } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct look look;

		begin(&look);
		work_done(&look.work);
		look.dav.anonymous_tree_max = 5;
		look.request.principal = str_of(rows[i].principal);
		assert_int_equal(work_begin(&look.work, &look.call), STEP_ON);
		assert_false(progress_is_too_many(look.work.progress, 5));
		assert_int_equal(progress_is_too_many(look.work.progress, 6),
		    rows[i].is_too_many);
		end(&look);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_what_became_of_the_whole),
		cmocka_unit_test(names_members_that_failed_in_a_207),
		cmocka_unit_test(hides_no_failure_of_the_whole_in_a_207),
		cmocka_unit_test(
		    counts_in_the_progress_of_the_call_if_it_has_one),
		cmocka_unit_test(limits_the_members_of_whoever_has_no_name),
	};

	return cmocka_run_group_tests_name("work", tests, NULL, NULL);
}
