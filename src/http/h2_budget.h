/*
 * h2_budget.h - so many, and so many more each second: what a peer may do that
 * costs us work and itself nothing.
 */
#ifndef H2_BUDGET_H
#define H2_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

struct h2_budget {
	int64_t filled_ms;
	uint32_t left;
	uint32_t count_max;
	uint32_t per_second;
};

void h2_budget_init(struct h2_budget *budget, uint32_t count_max,
    uint32_t per_second, int64_t now_ms); /* it is full */

/* False: nothing is left. */
bool h2_budget_spend(struct h2_budget *budget, int64_t now_ms);

/* For work of ours that the peer has to speak of, never above its maximum. */
void h2_budget_earn(struct h2_budget *budget, uint32_t count);

#endif
