/*
 * claim.c - see claim.h.
 *
 * All claims stand in one list, in the order they were asked.  A claim is
 * granted when none before it conflicts with it.  Nobody is told under the
 * mutex: those to be told are chained first, and no owner touches a claim of
 * his that was granted before he was told.
 */
#include "op/claim.h"

#include <pthread.h>
#include <stdlib.h>

struct claim_table {
	pthread_mutex_t lock;
	struct claim *first;
	struct claim *last;
};

struct claim_table *
claim_table_new(void)
{
	struct claim_table *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return NULL;
	if (pthread_mutex_init(&table->lock, NULL) != 0) {
		free(table);
		return NULL;
	}
	return table;
}

void
claim_table_free(struct claim_table *table)
{
	if (table == NULL)
		return;
	CHECK(table->first == NULL);
	(void)pthread_mutex_destroy(&table->lock);
	free(table);
}

/* Both are normalised, so a component ends at a slash or at the end. */
static bool
lies_below(struct str path, struct str tree)
{
	if (!str_starts(path, tree))
		return false;
	return path.len == tree.len || tree.len == 1 ||
	       path.data[tree.len] == '/';
}

static bool
parts_conflict(const struct claim_part *a, const struct claim_part *b)
{
	if (a->mode == CLAIM_SHARED && b->mode == CLAIM_SHARED)
		return false;
	return str_equal(a->path, b->path) ||
	       (a->is_subtree && lies_below(b->path, a->path)) ||
	       (b->is_subtree && lies_below(a->path, b->path));
}

bool
claim_conflicts(const struct claim *a, const struct claim *b)
{
	for (size_t i = 0; i < a->part_count; i++)
		for (size_t j = 0; j < b->part_count; j++)
			if (parts_conflict(&a->parts[i], &b->parts[j]))
				return true;
	return false;
}

static void
check_parts(const struct claim *claim)
{
	CHECK(claim->granted != NULL);
	CHECK(claim->part_count <= CLAIM_PART_COUNT_MAX);
	for (size_t i = 0; i < claim->part_count; i++) {
		CHECK(claim->parts[i].path.len > 0);
		CHECK(claim->parts[i].path.data[0] == '/');
	}
}

static bool
must_wait(const struct claim *claim)
{
	const struct claim *earlier;

	for (earlier = claim->previous; earlier != NULL;
	     earlier = earlier->previous)
		if (claim_conflicts(earlier, claim))
			return true;
	return false;
}

void
claim_ask(struct claim_table *table, struct claim *claim)
{
	bool is_granted;

	check_parts(claim);
	(void)pthread_mutex_lock(&table->lock);
	claim->next = NULL;
	claim->ready = NULL;
	claim->previous = table->last;
	if (table->last != NULL)
		table->last->next = claim;
	else
		table->first = claim;
	table->last = claim;
	is_granted = !must_wait(claim);
	claim->is_granted = is_granted;
	(void)pthread_mutex_unlock(&table->lock);
	if (is_granted)
		claim->granted(claim);
}

/* Takes the claim out; returns the chain of those that no longer wait. */
static struct claim *
take_out(struct claim_table *table, struct claim *claim)
{
	struct claim *chain = NULL;
	struct claim **end = &chain;

	if (claim->previous != NULL)
		claim->previous->next = claim->next;
	else
		table->first = claim->next;
	if (claim->next != NULL)
		claim->next->previous = claim->previous;
	else
		table->last = claim->previous;
	for (struct claim *later = claim->next; later != NULL;
	     later = later->next) {
		if (later->is_granted || !claim_conflicts(claim, later) ||
		    must_wait(later))
			continue;
		later->is_granted = true;
		*end = later;
		end = &later->ready;
	}
	return chain;
}

static void
tell(struct claim *chain)
{
	while (chain != NULL) {
		struct claim *claim = chain;

		chain = claim->ready;
		claim->granted(claim);
	}
}

bool
claim_withdraw(struct claim_table *table, struct claim *claim)
{
	struct claim *chain;

	(void)pthread_mutex_lock(&table->lock);
	if (claim->is_granted) {
		(void)pthread_mutex_unlock(&table->lock);
		return false;
	}
	chain = take_out(table, claim);
	(void)pthread_mutex_unlock(&table->lock);
	tell(chain);
	return true;
}

void
claim_release(struct claim_table *table, struct claim *claim)
{
	struct claim *chain;

	(void)pthread_mutex_lock(&table->lock);
	CHECK(claim->is_granted);
	chain = take_out(table, claim);
	claim->is_granted = false;
	(void)pthread_mutex_unlock(&table->lock);
	tell(chain);
}
