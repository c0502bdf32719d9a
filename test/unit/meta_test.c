/*
 * meta_test.c - the promises of store/meta.c and of what is kept in it.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/meta.h"
#include "store/meta_journal.h"
#include "store/meta_prop.h"
#include "store/meta_range.h"

enum { PATH_TEXT_SIZE = 256, THREAD_COUNT = 8, ROUND_COUNT = 50 };

struct rig {
	char directory[PATH_TEXT_SIZE];
	char path[PATH_TEXT_SIZE];
	struct meta *meta;
};

/* One property of one resource; fails on purpose after it was written. */
struct wish {
	const char *path;
	const char *name;
	enum err err;
};

static struct rig *
rig_of(void **state)
{
	return *state;
}

static int
setup(void **state)
{
	static struct rig rig;
	const char *directory = getenv("TMPDIR");

	rig = (struct rig){ .meta = NULL };
	(void)snprintf(rig.directory, sizeof(rig.directory),
	    "%.200s/meta_test.XXXXXX", /* tidy: allow */
	    directory == NULL ? "/tmp" : directory);
	assert_non_null(mkdtemp(rig.directory));
	(void)snprintf(
	    rig.path, sizeof(rig.path), "%.240s/meta.db", rig.directory);
	assert_int_equal(
	    meta_open(rig.path, META_DB_SYNC_OFF, &rig.meta), ERR_NONE);
	*state = &rig;
	return 0;
}

static int
teardown(void **state)
{
	struct rig *rig = rig_of(state);

	meta_close(rig->meta);
	(void)unlink(rig->path);
	return rmdir(rig->directory);
}

static enum err
apply(struct meta_db *db, void *context)
{
	const struct wish *wish = context;
	const struct prop_change change = {
		.prop = { .space = str_of(""),
		    .name = str_of(wish->name),
		    .xml = str_of("x") },
	};
	enum err err;

	err = meta_prop_change(db, str_of(wish->path), &change, 1);
	return err == ERR_NONE ? wish->err : err;
}

static enum err
count_prop(void *context, const struct prop *prop)
{
	(void)prop;
	(*(int *)context)++;
	return ERR_NONE;
}

static int
count_of(struct meta *meta, const char *path)
{
	struct meta_db *db;
	int count = 0;

	assert_int_equal(meta_read_begin(meta, &db), ERR_NONE);
	assert_int_equal(
	    meta_prop_each(db, str_of(path), count_prop, &count), ERR_NONE);
	meta_read_end(meta, db);
	return count;
}

static void
knows_whether_there_is_anything(void **state)
{
	struct wish wish = { "/f", "p", ERR_NONE };
	struct meta *meta = rig_of(state)->meta;
	const struct meta_entry entry = { .kind = META_REMOVE,
		.source = str_of("/f") };

	assert_false(meta_has_props(meta));
	assert_false(meta_has_locks(meta));
	assert_int_equal(meta_change(meta, apply, &wish), ERR_NONE);
	assert_true(meta_has_props(meta));
	assert_int_equal(
	    meta_journal_end(meta, &entry, META_HAPPENED), ERR_NONE);
	assert_false(meta_has_props(meta));
}

static void
undoes_a_change_that_fails(void **state)
{
	struct wish wish = { "/f", "p", ERR_LIMIT };
	struct meta *meta = rig_of(state)->meta;

	assert_int_equal(meta_change(meta, apply, &wish), ERR_LIMIT);
	assert_int_equal(count_of(meta, "/f"), 0);
}

struct runner {
	struct meta *meta;
	char path[16];
	bool is_good;
};

/* Every other change fails, in the middle of everybody else's. */
static void *
run(void *context)
{
	struct runner *runner = context;
	char name[16];

	runner->is_good = true;
	for (int i = 0; i < ROUND_COUNT; i++) {
		struct wish wish = { runner->path, name,
			i % 2 == 0 ? ERR_NONE : ERR_LIMIT };
		enum err err;

		(void)snprintf(name, sizeof(name), "p%d", i);
		err = meta_change(runner->meta, apply, &wish);
		if (err != wish.err || !meta_has_props(runner->meta))
			runner->is_good = false;
	}
	return NULL;
}

static void
gives_each_of_many_callers_its_own_result(void **state)
{
	struct runner runners[THREAD_COUNT];
	pthread_t threads[THREAD_COUNT];
	struct meta *meta = rig_of(state)->meta;

	for (int i = 0; i < THREAD_COUNT; i++) {
		runners[i].meta = meta;
		(void)snprintf(
		    runners[i].path, sizeof(runners[i].path), "/f%d", i);
		assert_int_equal(
		    pthread_create(&threads[i], NULL, run, &runners[i]), 0);
	}
	for (int i = 0; i < THREAD_COUNT; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (int i = 0; i < THREAD_COUNT; i++) {
		assert_true(runners[i].is_good);
		assert_int_equal(
		    count_of(meta, runners[i].path), ROUND_COUNT / 2);
	}
}

static void
lets_readers_read_meanwhile(void **state)
{
	struct wish wish = { "/f", "p", ERR_NONE };
	struct meta *meta = rig_of(state)->meta;
	struct meta_db *dbs[20];

	assert_int_equal(meta_change(meta, apply, &wish), ERR_NONE);
	for (int i = 0; i < 20; i++) {
		int count = 0;

		assert_int_equal(meta_read_begin(meta, &dbs[i]), ERR_NONE);
		assert_int_equal(
		    meta_prop_each(dbs[i], str_of("/f"), count_prop, &count),
		    ERR_NONE);
		assert_int_equal(count, 1);
	}
	for (int i = 0; i < 20; i++)
		meta_read_end(meta, dbs[i]);
}

static void
keeps_its_rows(void **state)
{
	struct wish wish = { "/f", "p", ERR_NONE };
	struct rig *rig = rig_of(state);

	assert_int_equal(meta_change(rig->meta, apply, &wish), ERR_NONE);
	meta_close(rig->meta);
	assert_int_equal(
	    meta_open(rig->path, META_DB_SYNC_FULL, &rig->meta), ERR_NONE);
	assert_true(meta_has_props(rig->meta));
	assert_int_equal(count_of(rig->meta, "/f"), 1);
}

static enum err
age(struct meta_db *db, void *context)
{
	(void)context;
	return meta_db_execute(db, "PRAGMA user_version = 2");
}

static void
refuses_what_it_does_not_know(void **state)
{
	struct rig *rig = rig_of(state);
	FILE *file;

	assert_int_equal(meta_change(rig->meta, age, NULL), ERR_NONE);
	meta_close(rig->meta);
	rig->meta = NULL;
	assert_int_equal(
	    meta_open(rig->path, META_DB_SYNC_OFF, &rig->meta), ERR_RANGE);
	file = fopen(rig->path, "w");
	assert_non_null(file);
	assert_true(fputs("This is no database, however long it may be, and "
	                  "never was one; nor will it be opened as one.",
	                file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(
	    meta_open(rig->path, META_DB_SYNC_OFF, &rig->meta), ERR_STORAGE);
	assert_null(rig->meta);
}

static enum err
see_entry(void *context, const struct meta_entry *entry)
{
	assert_int_equal(entry->kind, META_COPY);
	assert_true(str_is(entry->source, "/a"));
	assert_true(str_is(entry->destination, "/b"));
	assert_true(str_is(entry->stage, "1"));
	assert_true(entry->ino == UINT64_MAX);
	assert_true(entry->is_exchanging);
	assert_false(entry->is_shallow);
	*(int64_t *)context = entry->id;
	return ERR_NONE;
}

static void
keeps_a_journal(void **state)
{
	struct meta_entry entry = { .kind = META_COPY,
		.source = str_of("/a"),
		.destination = str_of("/b"),
		.stage = str_of("1"),
		.ino = UINT64_MAX,
		.is_exchanging = true };
	struct meta *meta = rig_of(state)->meta;
	int64_t id = 0;

	assert_int_equal(
	    meta_journal_next(meta, 0, see_entry, &id), ERR_ABSENT);
	assert_int_equal(meta_journal_begin(meta, &entry), ERR_NONE);
	assert_int_equal(meta_journal_next(meta, 0, see_entry, &id), ERR_NONE);
	assert_true(id == entry.id && id != 0);
	assert_int_equal(
	    meta_journal_next(meta, id, see_entry, &id), ERR_ABSENT);
	meta_journal_undo(meta, &entry);
	assert_int_equal(
	    meta_journal_next(meta, 0, see_entry, &id), ERR_ABSENT);
}

static void
tells_trees_from_neighbours(void **state)
{
	static const struct {
		const char *path;
		bool is_owed;
	} rows[] = {
		{ "/a", true },
		{ "/a/b", true },
		{ "/a/b/c", true },
		{ "/a/b/c/d", false },
		{ "/a/b-", false },
		{ "/a/b0", false },
		{ "/a-", true },
		{ "/a0", false },
	};
	struct wish wishes[] = { { "/a/b/c", "p", ERR_NONE },
		{ "/a-/x", "p", ERR_NONE } };
	struct meta *meta = rig_of(state)->meta;

	for (int i = 0; i < 2; i++)
		assert_int_equal(
		    meta_change(meta, apply, &wishes[i]), ERR_NONE);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool is_owed = !rows[i].is_owed;

		assert_int_equal(
		    meta_journal_is_owed(meta, str_of(rows[i].path), &is_owed),
		    ERR_NONE);
		assert_int_equal(is_owed, rows[i].is_owed);
	}
}

static void
splits_paths(void **state)
{
	static const struct {
		const char *path;
		const char *parent;
		const char *name;
	} rows[] = {
		{ "/", "", "" },
		{ "/a", "/", "a" },
		{ "/a/b", "/a", "b" },
		{ "/a/b/c", "/a/b", "c" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str parent;
		struct str name;

		meta_range_split(str_of(rows[i].path), &parent, &name);
		assert_true(str_is(parent, rows[i].parent));
		assert_true(str_is(name, rows[i].name));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(knows_whether_there_is_anything),
		T(undoes_a_change_that_fails),
		T(gives_each_of_many_callers_its_own_result),
		T(lets_readers_read_meanwhile),
		T(keeps_its_rows),
		T(refuses_what_it_does_not_know),
		T(keeps_a_journal),
		T(tells_trees_from_neighbours),
		T(splits_paths),
#undef T
	};

	return cmocka_run_group_tests_name("meta", tests, NULL, NULL);
}
