/*
 * turn.c - see turn.h.
 *
 * claim_ask() and claim_withdraw() may find that the claim was granted before
 * granted() has told so.  Who of the two is the second to know, goes on.
 */
#include "dav/turn.h"

#include <stddef.h>

#include "op/claim.h"

enum turn_state {
	TURN_ASKING,   /* turn_ask() has not returned */
	TURN_WAITING,  /* granted() will tell */
	TURN_LEAVING,  /* turn_leave() has not returned */
	TURN_TOO_LATE, /* it was granted, and granted() is about to tell */
	TURN_COME,
	TURN_LEFT,
};

/* False: another was faster. */
static bool
move(struct turn *turn, int from, int to)
{
	return atomic_compare_exchange_strong(&turn->state, &from, to);
}

static void
on_granted(struct claim *claim)
{
	struct turn *turn = claim->context;
	int before = atomic_exchange(&turn->state, TURN_COME);

	CHECK(before != TURN_COME);
	CHECK(before != TURN_LEFT);
	if (before == TURN_WAITING || before == TURN_TOO_LATE)
		turn->come(turn);
}

bool
turn_ask(struct turn *turn)
{
	CHECK(turn->come != NULL);
	turn->claim->granted = on_granted;
	turn->claim->context = turn;
	atomic_store(&turn->state, TURN_ASKING);
	claim_ask(turn->table, turn->claim);
	return !move(turn, TURN_ASKING, TURN_WAITING);
}

bool
turn_leave(struct turn *turn)
{
	if (!move(turn, TURN_WAITING, TURN_LEAVING))
		return false;
	if (claim_withdraw(turn->table, turn->claim)) {
		atomic_store(&turn->state, TURN_LEFT);
		return true;
	}
	if (!move(turn, TURN_LEAVING, TURN_TOO_LATE))
		turn->come(turn); /* we were told while we tried to leave */
	return false;
}
