/*
 * h2_budget.c - see h2_budget.h.
 */
#include "http/h2_budget.h"

#include "base/check.h"

enum { SECOND_MS = 1000 };

void
h2_budget_init(struct h2_budget *budget, uint32_t count_max,
    uint32_t per_second, int64_t now_ms)
{
	CHECK(per_second > 0);
	*budget = (struct h2_budget){ .filled_ms = now_ms,
		.left = count_max,
		.count_max = count_max,
		.per_second = per_second };
}

void
h2_budget_earn(struct h2_budget *budget, uint32_t count)
{
	uint32_t room = budget->count_max - budget->left;

	budget->left += count < room ? count : room;
}

bool
h2_budget_spend(struct h2_budget *budget, int64_t now_ms)
{
	int64_t seconds = (now_ms - budget->filled_ms) / SECOND_MS;
	int64_t enough = budget->count_max / budget->per_second + 1;

	CHECK(seconds >= 0);
	budget->filled_ms += seconds * SECOND_MS;
	if (seconds > enough)
		seconds = enough;
	h2_budget_earn(budget, (uint32_t)seconds * budget->per_second);
	if (budget->left == 0)
		return false;
	budget->left--;
	return true;
}
