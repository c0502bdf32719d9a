/*
 * upload_shelf_test.c - uploads that may be continued.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "dav/upload_shelf.h"

enum { HOUR_MS = 3600 * 1000 };

static int live_count; /* uploads that were not freed */

static enum err
take(struct upload *upload, struct str octets)
{
	(void)upload;
	(void)octets;
	return ERR_NONE;
}

static enum err
commit(struct upload *upload, const struct upload_options *options,
    bool *out_is_created, struct resource *out_resource)
{
	(void)upload;
	(void)options;
	*out_is_created = true;
	*out_resource = (struct resource){ .size = 1 };
	return ERR_NONE;
}

static void
drop(struct upload *upload)
{
	(void)upload;
	live_count--;
}

static const struct store_ops ops = {
	.upload_write = take,
	.upload_commit = commit,
	.upload_free = drop,
};
static struct store store = { .ops = &ops };

static void
count_up(void *out, size_t size)
{
	static unsigned next = 1;
	unsigned value = next++;

	memset(out, 0, size);
	memcpy(out, &value, sizeof(value));
}

static enum err
add_of(struct upload_shelf *shelf, const char *principal, int64_t now_ms,
    char out_id[UPLOAD_ID_SIZE])
{
	static int any;
	const struct upload_terms terms = {
		.path = STR("/a"),
		.principal = str_of(principal),
	};

	live_count++;
	return upload_shelf_add_take(
	    shelf, (struct upload *)(void *)&any, &terms, now_ms, out_id);
}

static enum err
add(struct upload_shelf *shelf, int64_t now_ms, char out_id[UPLOAD_ID_SIZE])
{
	return add_of(shelf, "ann", now_ms, out_id);
}

static struct shelved *
find(struct upload_shelf *shelf, const char *id, int64_t now_ms)
{
	return upload_shelf_find(
	    shelf, str_of(id), (struct str)STR("ann"), now_ms);
}

static bool
has(struct upload_shelf *shelf, const char *id, int64_t now_ms)
{
	struct shelved *found = find(shelf, id, now_ms);

	if (found != NULL)
		upload_shelf_put(shelf, found);
	return found != NULL;
}

static void
is_written_by_who_took_over_last(void **state)
{
	struct upload_shelf *shelf = upload_shelf_new(&store, count_up);
	char id[UPLOAD_ID_SIZE];
	struct shelved *shelved;
	struct resource resource;
	uint64_t old_turn;
	uint64_t turn;
	bool is_created;

	(void)state;
	assert_int_equal(add(shelf, 0, id), ERR_NONE);
	shelved = find(shelf, id, 0);
	assert_int_equal(upload_shelf_take_over(shelved, &old_turn), 0);
	assert_int_equal(
	    upload_shelf_write(shelved, old_turn, (struct str)STR("123"), 0),
	    ERR_NONE);
	assert_int_equal(upload_shelf_take_over(shelved, &turn), 3);
	assert_int_equal(
	    upload_shelf_write(shelved, old_turn, (struct str)STR("4"), 0),
	    ERR_CONFLICT);
	assert_int_equal(
	    upload_shelf_commit(shelved, old_turn, &is_created, &resource),
	    ERR_CONFLICT);
	assert_int_equal(
	    upload_shelf_write(shelved, turn, (struct str)STR("4"), 0),
	    ERR_NONE);
	assert_int_equal(
	    upload_shelf_commit(shelved, turn, &is_created, &resource),
	    ERR_NONE);
	assert_int_equal(
	    upload_shelf_write(shelved, turn, (struct str)STR("5"), 0),
	    ERR_CONFLICT);
	upload_shelf_drop(shelf, shelved);
	upload_shelf_drop(shelf, shelved); /* another may have done so */
	assert_false(has(shelf, id, 0));
	assert_int_equal(live_count, 1);
	upload_shelf_put(shelf, shelved);
	assert_int_equal(live_count, 0);
	upload_shelf_free(shelf);
}

static void
lasts_for_a_day_since_something_came(void **state)
{
	const int64_t age_ms = UPLOAD_AGE_S * INT64_C(1000);
	struct upload_shelf *shelf = upload_shelf_new(&store, count_up);
	char id[UPLOAD_ID_SIZE];
	struct shelved *shelved;
	uint64_t turn;

	(void)state;
	assert_int_equal(add(shelf, 0, id), ERR_NONE);
	assert_true(has(shelf, id, age_ms - 1));
	shelved = find(shelf, id, 0);
	(void)upload_shelf_take_over(shelved, &turn);
	assert_int_equal(
	    upload_shelf_write(shelved, turn, (struct str)STR("1"), HOUR_MS),
	    ERR_NONE);
	/* What is in use does not go. */
	assert_true(has(shelf, id, HOUR_MS + age_ms));
	upload_shelf_put(shelf, shelved);
	assert_true(has(shelf, id, HOUR_MS + age_ms - 1));
	assert_false(has(shelf, id, HOUR_MS + age_ms));
	assert_int_equal(live_count, 0);
	upload_shelf_free(shelf);
}

static void
makes_room_by_what_was_idle_for_long(void **state)
{
	struct upload_shelf *shelf = upload_shelf_new(&store, count_up);
	char first[UPLOAD_ID_SIZE];
	char id[UPLOAD_ID_SIZE];

	(void)state;
	assert_int_equal(add(shelf, 0, first), ERR_NONE);
	for (int i = 1; i < UPLOAD_COUNT_MAX; i++) {
		char name[] = { (char)('b' + i / UPLOAD_COUNT_EACH_MAX), '\0' };

		assert_int_equal(add_of(shelf, name, 1, id), ERR_NONE);
	}
	assert_int_equal(live_count, UPLOAD_COUNT_MAX);
	assert_int_equal(add(shelf, HOUR_MS - 1, id), ERR_BUSY);
	assert_int_equal(live_count, UPLOAD_COUNT_MAX);
	assert_int_equal(add(shelf, HOUR_MS, id), ERR_NONE);
	assert_false(has(shelf, first, HOUR_MS));
	assert_int_equal(live_count, UPLOAD_COUNT_MAX);
	upload_shelf_free(shelf);
	assert_int_equal(live_count, 0);
}

static void
leaves_room_for_others(void **state)
{
	struct upload_shelf *shelf = upload_shelf_new(&store, count_up);
	char other[UPLOAD_ID_SIZE];
	char first[UPLOAD_ID_SIZE];
	char id[UPLOAD_ID_SIZE];

	(void)state;
	assert_int_equal(add_of(shelf, "bob", 0, other), ERR_NONE);
	assert_int_equal(add(shelf, 1, first), ERR_NONE);
	for (int i = 1; i < UPLOAD_COUNT_EACH_MAX; i++)
		assert_int_equal(add(shelf, 2, id), ERR_NONE);
	assert_int_equal(add(shelf, HOUR_MS, id), ERR_BUSY);
	assert_int_equal(add_of(shelf, "bob", HOUR_MS, id), ERR_NONE);
	assert_int_equal(add_of(shelf, "", HOUR_MS, id), ERR_NONE);
	/* What makes room is one's own. */
	assert_int_equal(add(shelf, HOUR_MS + 1, id), ERR_NONE);
	assert_false(has(shelf, first, HOUR_MS + 1));
	assert_int_equal(live_count, UPLOAD_COUNT_EACH_MAX + 3);
	upload_shelf_free(shelf);
	assert_int_equal(live_count, 0);
}

static void
is_found_by_its_owner(void **state)
{
	struct upload_shelf *shelf = upload_shelf_new(&store, count_up);
	char id[UPLOAD_ID_SIZE];

	(void)state;
	assert_int_equal(add(shelf, 0, id), ERR_NONE);
	assert_true(has(shelf, id, 0));
	assert_null(
	    upload_shelf_find(shelf, str_of(id), (struct str)STR("eve"), 0));
	assert_null(
	    upload_shelf_find(shelf, str_of(id), (struct str)STR(""), 0));
	upload_shelf_free(shelf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_written_by_who_took_over_last),
		cmocka_unit_test(lasts_for_a_day_since_something_came),
		cmocka_unit_test(leaves_room_for_others),
		cmocka_unit_test(makes_room_by_what_was_idle_for_long),
		cmocka_unit_test(is_found_by_its_owner),
	};

	return cmocka_run_group_tests_name("upload_shelf", tests, NULL, NULL);
}
