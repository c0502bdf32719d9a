/*
 * turn_test.c - tests src/dav/turn.c, against a claim table that does what the
 * test says: so each order of events can be had on one thread.
 */
#include "dav/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "op/claim.h"

/* When granted() is called. */
enum moment { AT_ASK, LATER, AT_WITHDRAW, AFTER_WITHDRAW };

struct rig {
	struct turn turn;
	struct claim claim;
	enum moment moment;
	size_t come_count;
	size_t withdraw_count;
};

static void
on_come(struct turn *turn)
{
	struct rig *rig = (struct rig *)turn; /* the first member */

	rig->come_count++;
}

static struct rig *
rig_of(struct claim *claim)
{
	return (struct rig *)claim->context;
}

void
claim_ask(struct claim_table *table, struct claim *claim)
{
	(void)table;
	if (rig_of(claim)->moment == AT_ASK)
		claim->granted(claim);
}

bool
claim_withdraw(struct claim_table *table, struct claim *claim)
{
	struct rig *rig = rig_of(claim);

	(void)table;
	rig->withdraw_count++;
	if (rig->moment == AT_WITHDRAW)
		claim->granted(claim);
	return rig->moment == LATER;
}

static void
rig_init(struct rig *rig, enum moment moment)
{
	*rig = (struct rig){ .moment = moment };
	rig->turn.claim = &rig->claim;
	rig->turn.come = on_come;
}

static void
is_ours_at_once_where_nothing_is_in_the_way(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, AT_ASK);

	assert_true(turn_ask(&rig.turn));
	assert_false(turn_leave(&rig.turn));
	assert_int_equal(rig.come_count, 0);
	assert_int_equal(rig.withdraw_count, 0);
}

static void
comes_when_it_is_granted(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, LATER);

	assert_false(turn_ask(&rig.turn));
	assert_int_equal(rig.come_count, 0);
	rig.claim.granted(&rig.claim);
	assert_int_equal(rig.come_count, 1);
}

static void
never_comes_to_one_who_left(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, LATER);

	assert_false(turn_ask(&rig.turn));
	assert_true(turn_leave(&rig.turn));
	assert_int_equal(rig.come_count, 0);
	assert_false(turn_leave(&rig.turn)); /* once is enough */
	assert_int_equal(rig.withdraw_count, 1);
}

/* The claim is back in no table then: it must not be withdrawn from one. */
static void
cannot_be_left_once_it_has_come(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, LATER);

	assert_false(turn_ask(&rig.turn));
	rig.claim.granted(&rig.claim);
	assert_false(turn_leave(&rig.turn));
	assert_int_equal(rig.withdraw_count, 0);
	assert_int_equal(rig.come_count, 1);
}

static void
comes_once_if_it_is_granted_while_we_leave(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, AT_WITHDRAW);

	assert_false(turn_ask(&rig.turn));
	assert_false(turn_leave(&rig.turn));
	assert_int_equal(rig.come_count, 1);
}

static void
comes_once_if_we_hear_of_the_grant_after_we_tried(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, AFTER_WITHDRAW);

	assert_false(turn_ask(&rig.turn));
	assert_false(turn_leave(&rig.turn));
	assert_int_equal(rig.come_count, 0);
	rig.claim.granted(&rig.claim);
	assert_int_equal(rig.come_count, 1);
}

static void
cannot_be_left_before_it_was_asked(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, LATER);

	assert_false(turn_leave(&rig.turn));
	assert_int_equal(rig.withdraw_count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_ours_at_once_where_nothing_is_in_the_way),
		cmocka_unit_test(comes_when_it_is_granted),
		cmocka_unit_test(never_comes_to_one_who_left),
		cmocka_unit_test(cannot_be_left_once_it_has_come),
		cmocka_unit_test(comes_once_if_it_is_granted_while_we_leave),
		cmocka_unit_test(
		    comes_once_if_we_hear_of_the_grant_after_we_tried),
		cmocka_unit_test(cannot_be_left_before_it_was_asked),
	};

	return cmocka_run_group_tests_name("turn", tests, NULL, NULL);
}
