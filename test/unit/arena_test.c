/*
 * arena_test.c - memory that goes all at once, with a ceiling.
 */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

enum { SIZE_MAX_SMALL = 10000 };

static void
gives_zeroed_memory_aligned_for_any_type(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, SIZE_MAX_SMALL);
	for (size_t size = 0; size < 100; size++) {
		unsigned char *data = arena_alloc(&arena, size);

		assert_non_null(data);
		assert_int_equal((uintptr_t)data % alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(data[i], 0);
		memset(data, 0xff, size);
	}
	arena_done(&arena);
}

static void
keeps_what_it_gave_apart(void **state)
{
	enum { COUNT = 200 };
	unsigned char *parts[COUNT];
	struct arena arena;

	(void)state;
	arena_init(&arena, 1000000);
	for (int i = 0; i < COUNT; i++) {
		parts[i] = arena_alloc(&arena, (size_t)i * 7);
		assert_non_null(parts[i]);
		memset(parts[i], i, (size_t)i * 7);
	}
	for (int i = 0; i < COUNT; i++) {
		for (int j = 0; j < i * 7; j++)
			assert_int_equal(parts[i][j], i);
	}
	arena_done(&arena);
}

static void
has_a_ceiling(void **state)
{
	enum { BLOCK_HEAD = alignof(max_align_t) };
	struct arena arena;

	(void)state;
	arena_init(&arena, SIZE_MAX_SMALL);
	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_null(arena_alloc(&arena, SIZE_MAX_SMALL - BLOCK_HEAD + 1));
	assert_non_null(arena_alloc(&arena, SIZE_MAX_SMALL - BLOCK_HEAD));
	assert_null(arena_alloc(&arena, 1));
	assert_true(arena.size <= SIZE_MAX_SMALL);
	arena_done(&arena);

	assert_non_null(arena_alloc(&arena, 1)); /* and can be used again */
	arena_done(&arena);
}

static void
never_takes_more_than_its_ceiling_in_small_parts(void **state)
{
	struct arena arena;
	size_t count = 0;

	(void)state;
	arena_init(&arena, SIZE_MAX_SMALL);
	while (arena_alloc(&arena, 100) != NULL)
		count++;
	assert_true(arena.size <= SIZE_MAX_SMALL);
	assert_in_range(count, 80, 100);
	arena_done(&arena);
}

static void
copies_text_with_a_nul_behind_it(void **state)
{
	struct arena arena;
	struct str copy;
	char text[] = "abc";

	(void)state;
	arena_init(&arena, 2000);
	assert_int_equal(arena_copy(&arena, str_of(text), &copy), ERR_NONE);
	text[0] = 'x';
	assert_string_equal(copy.data, "abc");
	assert_int_equal(copy.len, 3);
	assert_int_equal(arena_copy(&arena, str_of(NULL), &copy), ERR_NONE);
	assert_string_equal(copy.data, "");
	assert_int_equal(
	    arena_copy(&arena, str_make(text, 2000), &copy), ERR_LIMIT);
	assert_int_equal(copy.len, 0);
	arena_done(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_zeroed_memory_aligned_for_any_type),
		cmocka_unit_test(keeps_what_it_gave_apart),
		cmocka_unit_test(has_a_ceiling),
		cmocka_unit_test(
		    never_takes_more_than_its_ceiling_in_small_parts),
		cmocka_unit_test(copies_text_with_a_nul_behind_it),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
