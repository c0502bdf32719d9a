/*
 * watch_test.c - tests src/dav/watch.c, against operations that do what the
 * test says: so each order of events can be had on one thread.
 */
#include "dav/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What happens while the operation is being observed. */
enum meanwhile { NOTHING, IT_ENDS, WE_LEAVE };

struct operation {
	bool has_ended;
	enum meanwhile meanwhile;
	struct operation_observer *observer;
	struct watch *watch;
	size_t unref_count;
};

struct rig {
	struct watch watch;
	struct operation operation;
	size_t over_count;
};

bool
operation_observe(
    struct operation *operation, struct operation_observer *observer)
{
	if (operation->has_ended)
		return false;
	operation->observer = observer;
	if (operation->meanwhile == IT_ENDS)
		observer->done(observer);
	if (operation->meanwhile == WE_LEAVE)
		assert_false(watch_leave(operation->watch));
	return true;
}

void
operation_unobserve(
    struct operation *operation, struct operation_observer *observer)
{
	(void)observer;
	operation->observer = NULL;
}

void
operation_unref(struct operation *operation)
{
	operation->unref_count++;
}

static void
on_over(struct watch *watch)
{
	struct rig *rig = (struct rig *)watch; /* the first member */

	rig->over_count++;
}

static void
rig_init(struct rig *rig)
{
	*rig = (struct rig){ .over_count = 0 };
	rig->operation.watch = &rig->watch;
	rig->watch.over = on_over;
	watch_init(&rig->watch, &rig->operation);
}

static void
rig_done(struct rig *rig)
{
	watch_done(&rig->watch);
	assert_null(rig->operation.observer);
	assert_int_equal(rig->operation.unref_count, 1);
	watch_done(&rig->watch); /* harmless */
	assert_int_equal(rig->operation.unref_count, 1);
}

static void
is_over_once_when_the_operation_ends(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	assert_true(watch_begin(&rig.watch));
	assert_true(watch_is_on(&rig.watch));
	rig.operation.observer->done(rig.operation.observer);
	assert_int_equal(rig.over_count, 1);
	assert_false(watch_is_on(&rig.watch));
	assert_false(watch_leave(&rig.watch));
	assert_int_equal(rig.over_count, 1);
	rig_done(&rig);
}

static void
does_not_begin_with_what_has_ended(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.operation.has_ended = true;

	assert_false(watch_begin(&rig.watch));
	assert_int_equal(rig.over_count, 0);
	rig_done(&rig);
}

static void
does_not_begin_if_it_ends_meanwhile(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.operation.meanwhile = IT_ENDS;

	assert_false(watch_begin(&rig.watch));
	assert_int_equal(rig.over_count, 0);
	rig_done(&rig);
}

static void
does_not_begin_if_it_is_left_meanwhile(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.operation.meanwhile = WE_LEAVE;

	assert_false(watch_begin(&rig.watch));
	assert_int_equal(rig.over_count, 0);
	rig_done(&rig);
}

static void
does_not_begin_if_it_was_left_before(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	assert_false(watch_leave(&rig.watch));
	assert_false(watch_begin(&rig.watch));
	rig_done(&rig);
}

static void
is_never_over_for_one_who_left(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	assert_true(watch_begin(&rig.watch));
	assert_true(watch_leave(&rig.watch));
	rig.operation.observer->done(rig.operation.observer);
	assert_int_equal(rig.over_count, 0);
	rig_done(&rig);
}

static void
minds_another_state_only_if_told(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	assert_true(watch_begin(&rig.watch));
	assert_null(rig.operation.observer->changed);
	assert_true(watch_leave(&rig.watch));
	watch_end(&rig.watch);
	assert_null(rig.operation.observer);

	rig.watch.minds_state = true;
	assert_true(watch_begin(&rig.watch));
	rig.operation.observer->changed(rig.operation.observer);
	assert_int_equal(rig.over_count, 1);
	rig.operation.observer->done(rig.operation.observer);
	assert_int_equal(rig.over_count, 1);
	rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_over_once_when_the_operation_ends),
		cmocka_unit_test(does_not_begin_with_what_has_ended),
		cmocka_unit_test(does_not_begin_if_it_ends_meanwhile),
		cmocka_unit_test(does_not_begin_if_it_is_left_meanwhile),
		cmocka_unit_test(does_not_begin_if_it_was_left_before),
		cmocka_unit_test(is_never_over_for_one_who_left),
		cmocka_unit_test(minds_another_state_only_if_told),
	};

	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
