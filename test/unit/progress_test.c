/*
 * progress_test.c - the promises of op/progress.c, one test each.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "op/progress.h"

static const struct str a = STR("/a");
static const struct str b = STR("/b");
static const struct str c = STR("/c");

static struct progress_counts
counts_of(const struct progress *progress)
{
	struct progress_counts counts;

	progress_read(progress, &counts);
	return counts;
}

/* What see() was shown: "path:err " one after another. */
struct shown {
	char text[4096];
	size_t count;
	size_t count_max;
};

static bool
show(void *context, const struct progress_member *member)
{
	struct shown *shown = context;
	size_t len = strlen(shown->text);

	(void)snprintf(shown->text + len, sizeof(shown->text) - len,
	    "%.*s:%s%s ", STR_ARG(member->path),
	    member->err == ERR_NONE ? "good" : "bad",
	    member->is_destination ? "@" : "");
	return ++shown->count < shown->count_max;
}

static void
counts_what_it_is_told(void **state)
{
	struct progress *progress = progress_new();
	struct progress_counts counts;

	(void)state;
	progress_total(progress, 3, 100);
	progress_total(progress, 2, 50);
	progress_member_done(progress, a);
	progress_member_failed(progress, b, ERR_DENIED);
	progress_destination_failed(progress, c, ERR_SPACE);
	progress_bytes(progress, 70);
	counts = counts_of(progress);
	assert_int_equal(counts.members_done, 3);
	assert_int_equal(counts.members_total, 5);
	assert_int_equal(counts.bytes_done, 70);
	assert_int_equal(counts.bytes_total, 150);
	assert_int_equal(counts.failures, 2);
	progress_free(progress);
}

static void
never_shows_less_in_total_than_is_done(void **state)
{
	struct progress *progress = progress_new();

	(void)state;
	progress_member_done(progress, a);
	progress_bytes(progress, 10);
	assert_int_equal(counts_of(progress).members_total, 0); /* unknown */
	assert_int_equal(counts_of(progress).bytes_total, 0);
	progress_total(progress, 1, 10);
	assert_int_equal(counts_of(progress).members_total, 1);
	progress_member_done(progress, b);
	progress_bytes(progress, 1);
	assert_int_equal(counts_of(progress).members_total, 2);
	assert_int_equal(counts_of(progress).bytes_total, 11);
	progress_free(progress);
}

static void
changes_its_version_with_every_counter(void **state)
{
	struct progress *progress = progress_new();
	uint64_t version = progress_version(progress);

	(void)state;
	assert_int_equal(version, 1);
	progress_bytes(progress, 0);
	assert_true(progress_version(progress) == version);
	progress_bytes(progress, 1);
	assert_true(progress_version(progress) > version);
	version = progress_version(progress);
	progress_total(progress, 1, 0);
	assert_true(progress_version(progress) > version);
	version = progress_version(progress);
	progress_member_done(progress, a);
	assert_true(progress_version(progress) > version);
	version = progress_version(progress);
	progress_member_failed(progress, a, ERR_DENIED);
	assert_true(progress_version(progress) > version);
	progress_free(progress);
}

static void
shows_failures_before_the_newest_good(void **state)
{
	struct progress *progress = progress_new();
	struct shown shown = { .count_max = 99 };
	struct shown two = { .count_max = 2 };

	(void)state;
	progress_member_done(progress, a);
	progress_member_failed(progress, b, ERR_DENIED);
	progress_member_done(progress, c);
	progress_destination_failed(progress, a, ERR_SPACE);
	progress_recent(progress, show, &shown);
	assert_string_equal(shown.text, "/a:bad@ /b:bad /c:good /a:good ");
	progress_recent(progress, show, &two);
	assert_string_equal(two.text, "/a:bad@ /b:bad ");
	progress_free(progress);
}

static void
shows_failures_in_their_order(void **state)
{
	struct progress *progress = progress_new();
	struct shown shown = { .count_max = 99 };

	(void)state;
	progress_member_failed(progress, b, ERR_DENIED);
	progress_member_done(progress, c);
	progress_destination_failed(progress, a, ERR_SPACE);
	progress_failures(progress, show, &shown);
	assert_string_equal(shown.text, "/b:bad /a:bad@ ");
	progress_free(progress);
}

static bool
count(void *context, const struct progress_member *member)
{
	(void)member;
	(*(size_t *)context)++;
	return true;
}

static void
keeps_the_last_few_that_went_well(void **state)
{
	struct progress *progress = progress_new();
	struct shown newest = { .count_max = 1 };
	size_t seen = 0;
	char path[32];

	(void)state;
	for (int i = 0; i < RECENT_COUNT_MAX + 5; i++) {
		(void)snprintf(path, sizeof(path), "/%d", i);
		progress_member_done(progress, str_of(path));
		if (i == RECENT_COUNT_MAX - 1)
			progress_recent(progress, count, &seen);
	}
	assert_int_equal(seen, RECENT_COUNT_MAX);
	seen = 0;
	progress_recent(progress, count, &seen);
	assert_int_equal(seen, RECENT_COUNT_MAX);
	progress_recent(progress, show, &newest);
	(void)snprintf(path, sizeof(path), "/%d:good ", RECENT_COUNT_MAX + 4);
	assert_string_equal(newest.text, path);
	progress_free(progress);
}

static void
counts_a_member_whose_name_is_too_long(void **state)
{
	static char name[PATH_SIZE_MAX + 1];
	struct progress *progress = progress_new();
	size_t seen = 0;

	(void)state;
	progress_member_done(progress, str_make(name, PATH_SIZE_MAX));
	progress_recent(progress, count, &seen);
	assert_int_equal(seen, 1);
	for (int i = 0; i < RECENT_COUNT_MAX; i++)
		progress_member_done(progress, a);
	progress_member_done(progress, str_make(name, PATH_SIZE_MAX + 1));
	progress_member_done(progress, str_make(name, PATH_SIZE_MAX + 1));
	seen = 0;
	progress_recent(progress, count, &seen);
	assert_int_equal(seen, RECENT_COUNT_MAX - 1);
	assert_int_equal(
	    counts_of(progress).members_done, RECENT_COUNT_MAX + 3);
	progress_free(progress);
}

static void
keeps_failures_up_to_the_limit(void **state)
{
	struct progress *progress = progress_new();
	size_t seen = 0;

	(void)state;
	for (int i = 0; i < FAILURE_COUNT_MAX; i++)
		progress_member_failed(progress, a, ERR_DENIED);
	progress_failures(progress, count, &seen);
	assert_int_equal(seen, FAILURE_COUNT_MAX);
	progress_member_failed(progress, a, ERR_DENIED);
	seen = 0;
	progress_failures(progress, count, &seen);
	assert_int_equal(seen, FAILURE_COUNT_MAX);
	assert_int_equal(counts_of(progress).failures, FAILURE_COUNT_MAX + 1);
	progress_free(progress);
}

static void
keeps_texts_up_to_the_limit(void **state)
{
	static char name[PATH_SIZE_MAX];
	struct progress *progress = progress_new();
	size_t seen = 0;
	int count_max = FAILURE_TEXT_SIZE_MAX / PATH_SIZE_MAX + 1;

	(void)state;
	assert_true(count_max < FAILURE_COUNT_MAX);
	for (int i = 0; i < count_max; i++)
		progress_member_failed(
		    progress, str_make(name, sizeof(name)), ERR_DENIED);
	progress_failures(progress, count, &seen);
	assert_in_range(seen, count_max - 100, count_max - 1);
	assert_int_equal(counts_of(progress).failures, count_max);
	progress_free(progress);
}

static void
cancels_until_it_is_committed(void **state)
{
	struct progress *progress = progress_new();
	struct progress *other = progress_new();

	(void)state;
	assert_false(progress_is_cancelled(progress));
	progress_cancel(progress);
	progress_cancel(progress);
	assert_true(progress_is_cancelled(progress));
	assert_false(progress_commit(progress, NULL));
	assert_true(progress_is_cancelled(progress));

	assert_true(progress_commit(other, NULL));
	progress_cancel(other);
	assert_false(progress_is_cancelled(other));
	assert_true(progress_commit(other, NULL));
	progress_free(progress);
	progress_free(other);
}

static void
add_one(void *context)
{
	(*(int *)context)++;
}

static void
tells_of_a_commit_once(void **state)
{
	struct progress *progress = progress_new();
	struct progress *cancelled = progress_new();
	int commit_count = 0;

	(void)state;
	progress_on_commit(progress, add_one, &commit_count);
	assert_true(
	    progress_commit(progress, &(struct progress_mark){ .id = 1 }));
	assert_true(
	    progress_commit(progress, &(struct progress_mark){ .id = 2 }));
	assert_true(progress_mark(progress).id == 1);
	assert_int_equal(commit_count, 1);
	expect_assert_failure(
	    progress_on_commit(progress, add_one, &commit_count));

	progress_on_commit(cancelled, add_one, &commit_count);
	progress_cancel(cancelled);
	assert_false(progress_commit(cancelled, NULL));
	assert_int_equal(commit_count, 1);
	progress_free(progress);
	progress_free(cancelled);
}

static void
bears_that_nobody_looks(void **state)
{
	(void)state;
	progress_total(NULL, 1, 1);
	progress_bytes(NULL, 1);
	progress_member_done(NULL, a);
	progress_member_failed(NULL, a, ERR_DENIED);
	progress_destination_failed(NULL, a, ERR_DENIED);
	assert_false(progress_is_cancelled(NULL));
	assert_true(progress_commit(NULL, NULL));
	progress_free(NULL);
}

static void
trims_to_the_first_failures(void **state)
{
	struct progress *progress = progress_new();
	struct shown shown = { .count_max = 99 };

	(void)state;
	progress_member_failed(progress, a, ERR_DENIED);
	progress_member_failed(progress, b, ERR_DENIED);
	progress_member_failed(progress, c, ERR_DENIED);
	progress_member_done(progress, a);
	progress_trim(progress, 2);
	progress_recent(progress, show, &shown);
	assert_string_equal(shown.text, "/b:bad /a:bad ");
	assert_int_equal(counts_of(progress).failures, 3);
	assert_int_equal(counts_of(progress).members_done, 4);
	progress_free(progress);
}

static void
restores_counters(void **state)
{
	static const struct progress_counts counts = { 1, 2, 3, 4, 1 };
	static const struct progress_mark mark = { 9, true };
	struct progress *progress = progress_new();
	struct progress_counts read;

	(void)state;
	progress_restore(progress, &counts, &mark);
	read = counts_of(progress);
	assert_memory_equal(&read, &counts, sizeof(counts));
	assert_true(progress_mark(progress).id == 9);
	assert_true(progress_mark(progress).is_created);
	progress_free(progress);
}

static void
stops_on_a_failure_without_an_error(void **state)
{
	struct progress *progress = progress_new();

	(void)state;
	expect_assert_failure(progress_member_failed(progress, a, ERR_NONE));
	progress_free(progress);
}

enum { ROUND_COUNT = 20000 };

static void *
work(void *context)
{
	struct progress *progress = context;

	for (int i = 0; i < ROUND_COUNT; i++) {
		progress_total(progress, 1, 1);
		if (i % 10 == 0)
			progress_member_failed(progress, a, ERR_DENIED);
		else
			progress_member_done(progress, b);
		progress_bytes(progress, 1);
	}
	progress_cancel(progress);
	return NULL;
}

static void
never_counts_down_while_it_is_read(void **state)
{
	struct progress *progress = progress_new();
	struct progress_counts before = { 0 };
	pthread_t thread;
	bool is_fine = true;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, work, progress), 0);
	while (!progress_is_cancelled(progress)) {
		struct progress_counts now = counts_of(progress);
		size_t seen = 0;

		is_fine = is_fine && now.members_done >= before.members_done &&
		          now.members_total >= before.members_total &&
		          now.bytes_done >= before.bytes_done &&
		          now.failures >= before.failures &&
		          now.failures <= now.members_done &&
		          now.members_done <= now.members_total;
		progress_recent(progress, count, &seen);
		before = now;
	}
	(void)pthread_join(thread, NULL);
	assert_true(is_fine);
	assert_int_equal(counts_of(progress).members_done, ROUND_COUNT);
	assert_int_equal(counts_of(progress).failures, ROUND_COUNT / 10);
	progress_free(progress);
}

static void
knows_how_many_members_are_too_many(void **state)
{
	struct progress *progress = progress_new();

	(void)state;
	assert_false(progress_is_too_many(progress, UINT64_MAX));
	progress_limit(progress, 3);
	assert_false(progress_is_too_many(progress, 3));
	assert_true(progress_is_too_many(progress, 4));
	assert_false(progress_is_too_many(NULL, 4));
	progress_free(progress);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_what_it_is_told),
		cmocka_unit_test(never_shows_less_in_total_than_is_done),
		cmocka_unit_test(changes_its_version_with_every_counter),
		cmocka_unit_test(shows_failures_before_the_newest_good),
		cmocka_unit_test(shows_failures_in_their_order),
		cmocka_unit_test(keeps_the_last_few_that_went_well),
		cmocka_unit_test(counts_a_member_whose_name_is_too_long),
		cmocka_unit_test(keeps_failures_up_to_the_limit),
		cmocka_unit_test(keeps_texts_up_to_the_limit),
		cmocka_unit_test(cancels_until_it_is_committed),
		cmocka_unit_test(tells_of_a_commit_once),
		cmocka_unit_test(bears_that_nobody_looks),
		cmocka_unit_test(trims_to_the_first_failures),
		cmocka_unit_test(restores_counters),
		cmocka_unit_test(stops_on_a_failure_without_an_error),
		cmocka_unit_test(never_counts_down_while_it_is_read),
		cmocka_unit_test(knows_how_many_members_are_too_many),
	};

	return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
