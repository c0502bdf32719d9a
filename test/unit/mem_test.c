/*
 * mem_test.c - the promises of a store, kept by store/mem.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/mem.h"
#include "store_suite.h"
#include "store_tool.h"

static struct store_rig rig;

static int
setup(void **state)
{
	rig.store = mem_new();
	*state = &rig;
	return rig.store == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	struct store *store = store_tool_of(state);

	store->ops->free(store);
	return 0;
}

int
main(void)
{
	return store_suite_run("mem", setup, teardown);
}
