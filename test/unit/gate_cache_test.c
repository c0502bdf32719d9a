/*
 * gate_cache_test.c - what is remembered of who was right, and for how long.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http/gate_cache.h"

enum { T0 = 1000 };

static int
set_up(void **state)
{
	struct gate_cache *cache = calloc(1, sizeof(*cache));

	*state = cache;
	return cache != NULL && gate_cache_init(cache) == ERR_NONE ? 0 : -1;
}

static int
tear_down(void **state)
{
	gate_cache_done(*state);
	free(*state);
	return 0;
}

static void
make_digest(uint32_t number, unsigned char out[GATE_DIGEST_SIZE])
{
	memset(out, 0x5a, GATE_DIGEST_SIZE);
	memcpy(out, &number, sizeof(number));
	memcpy(out + 8, &number, sizeof(number));
}

static void
put(struct gate_cache *cache, uint32_t number, const char *name,
    int64_t until_ms)
{
	unsigned char digest[GATE_DIGEST_SIZE];
	struct gate_cache_entry entry = {
		.digest = digest,
		.name = str_of(name),
		.now_ms = T0 + number,
		.until_ms = until_ms,
		.generation = gate_cache_generation(cache),
	};

	make_digest(number, digest);
	gate_cache_put(cache, &entry);
}

static bool
has(struct gate_cache *cache, uint32_t number, const char *name, int64_t at_ms)
{
	unsigned char digest[GATE_DIGEST_SIZE];
	char got[PRINCIPAL_SIZE_MAX];
	size_t size;

	make_digest(number, digest);
	size = gate_cache_get(cache, digest, at_ms, got);
	if (size == 0)
		return false;
	assert_int_equal(size, strlen(name));
	assert_memory_equal(got, name, size);
	return true;
}

static void
knows_whose_they_are_for_two_minutes(void **state)
{
	put(*state, 0, "ann", INT64_MAX);
	put(*state, 7, "bob", INT64_MAX);
	assert_true(has(*state, 0, "ann", T0));
	assert_true(has(*state, 7, "bob", T0 + 7));
	assert_false(has(*state, 8, "", T0));
	assert_true(has(*state, 0, "ann", T0 + GATE_CACHE_MS - 1));
	assert_false(has(*state, 0, "ann", T0 + GATE_CACHE_MS));
}

static void
knows_a_token_no_longer_than_it_is_good(void **state)
{
	put(*state, 0, "ann", T0 + 10);
	assert_true(has(*state, 0, "ann", T0 + 9));
	assert_false(has(*state, 0, "ann", T0 + 10));
}

static void
compares_all_of_a_digest(void **state)
{
	unsigned char digest[GATE_DIGEST_SIZE];
	char got[PRINCIPAL_SIZE_MAX];

	put(*state, 3, "ann", INT64_MAX);
	make_digest(3, digest);
	digest[GATE_DIGEST_SIZE - 1] ^= 1;
	assert_int_equal(gate_cache_get(*state, digest, T0, got), 0);
}

static void
forgets_all_when_it_is_told_to(void **state)
{
	put(*state, 0, "ann", INT64_MAX);
	gate_cache_clear(*state);
	assert_false(has(*state, 0, "ann", T0));
}

static void
takes_nothing_that_was_verified_before(void **state)
{
	unsigned char digest[GATE_DIGEST_SIZE];
	struct gate_cache_entry entry = {
		.digest = digest,
		.name = STR("ann"),
		.now_ms = T0,
		.until_ms = INT64_MAX,
		.generation = gate_cache_generation(*state),
	};

	make_digest(0, digest);
	gate_cache_clear(*state);
	gate_cache_put(*state, &entry);
	assert_false(has(*state, 0, "ann", T0));
}

static void
replaces_what_is_there(void **state)
{
	put(*state, 5, "ann", INT64_MAX);
	put(*state, 5, "bob", INT64_MAX);
	assert_true(has(*state, 5, "bob", T0 + 5));
}

/* Those of one set: the least recent goes. */
static void
makes_room_for_the_latest(void **state)
{
	enum { SET_COUNT = GATE_CACHE_COUNT / 4 };

	for (uint32_t i = 0; i < 5; i++)
		put(*state, 1 + i * SET_COUNT, "ann", INT64_MAX);
	assert_false(has(*state, 1, "ann", T0 + 1));
	for (uint32_t i = 1; i < 5; i++)
		assert_true(has(*state, 1 + i * SET_COUNT, "ann", T0 + 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		TEST(knows_whose_they_are_for_two_minutes),
		TEST(knows_a_token_no_longer_than_it_is_good),
		TEST(compares_all_of_a_digest),
		TEST(forgets_all_when_it_is_told_to),
		TEST(takes_nothing_that_was_verified_before),
		TEST(replaces_what_is_there),
		TEST(makes_room_for_the_latest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
