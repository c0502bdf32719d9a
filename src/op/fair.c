/*
 * fair.c - see fair.h.  A principal is there as long as something of his is.
 */
#include "op/fair.h"

#include <stdlib.h>
#include <string.h>

struct fair_principal {
	struct fair_principal *previous;
	struct fair_principal *next;
	struct fair_item *first; /* ready */
	struct fair_item *last;
	size_t count;
	size_t running;
	size_t name_size;
	char name[];
};

void
fair_init(struct fair *fair, size_t count_max, size_t running_max)
{
	CHECK(count_max > 0);
	CHECK(running_max > 0);
	*fair =
	    (struct fair){ .count_max = count_max, .running_max = running_max };
}

void
fair_done(struct fair *fair)
{
	CHECK(fair->first == NULL);
}

static void
append(struct fair *fair, struct fair_principal *who)
{
	who->next = NULL;
	who->previous = fair->last;
	if (fair->last != NULL)
		fair->last->next = who;
	else
		fair->first = who;
	fair->last = who;
}

static void
take_out(struct fair *fair, struct fair_principal *who)
{
	if (who->previous != NULL)
		who->previous->next = who->next;
	else
		fair->first = who->next;
	if (who->next != NULL)
		who->next->previous = who->previous;
	else
		fair->last = who->previous;
}

static struct fair_principal *
find(const struct fair *fair, struct str name)
{
	struct fair_principal *who;

	for (who = fair->first; who != NULL; who = who->next)
		if (str_equal(str_make(who->name, who->name_size), name))
			return who;
	return NULL;
}

static struct fair_principal *
add(struct fair *fair, struct str name)
{
	struct fair_principal *who = malloc(sizeof(*who) + name.len);

	if (who == NULL)
		return NULL;
	*who = (struct fair_principal){ .name_size = name.len };
	if (name.len > 0)
		memcpy(who->name, name.data, name.len);
	append(fair, who);
	return who;
}

enum err
fair_enter(struct fair *fair, struct str principal, struct fair_item *item)
{
	struct fair_principal *who = find(fair, principal);

	if (who == NULL)
		who = add(fair, principal);
	if (who == NULL)
		return ERR_MEMORY;
	if (who->count == fair->count_max)
		return ERR_BUSY;
	who->count++;
	item->state = FAIR_ENTERED;
	item->principal = who;
	return ERR_NONE;
}

void
fair_ready(struct fair *fair, struct fair_item *item)
{
	struct fair_principal *who = item->principal;

	(void)fair;
	CHECK(item->state == FAIR_ENTERED);
	item->state = FAIR_READY;
	item->next = NULL;
	item->previous = who->last;
	if (who->last != NULL)
		who->last->next = item;
	else
		who->first = item;
	who->last = item;
}

void
fair_withdraw(struct fair *fair, struct fair_item *item)
{
	struct fair_principal *who = item->principal;

	(void)fair;
	CHECK(item->state == FAIR_READY);
	item->state = FAIR_ENTERED;
	if (item->previous != NULL)
		item->previous->next = item->next;
	else
		who->first = item->next;
	if (item->next != NULL)
		item->next->previous = item->previous;
	else
		who->last = item->previous;
}

struct fair_item *
fair_take(struct fair *fair)
{
	struct fair_principal *who = fair->first;
	struct fair_item *item;

	while (who != NULL &&
	       (who->first == NULL || who->running == fair->running_max))
		who = who->next;
	if (who == NULL)
		return NULL;
	item = who->first;
	fair_withdraw(fair, item);
	item->state = FAIR_TAKEN;
	who->running++;
	take_out(fair, who);
	append(fair, who); /* behind everybody else */
	return item;
}

void
fair_leave(struct fair *fair, struct fair_item *item)
{
	struct fair_principal *who = item->principal;

	CHECK(item->state != FAIR_READY);
	CHECK(who->count > 0);
	if (item->state == FAIR_TAKEN)
		who->running--;
	item->principal = NULL;
	if (--who->count > 0)
		return;
	take_out(fair, who);
	free(who);
}
