/*
 * store_suite.c - see store_suite.h.
 */
#include "store_suite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "op/progress.h"
#include "store_suite_meta.h"
#include "store_tool.h"

static void
has_a_root(void **state)
{
	struct store *store = store_tool_of(state);

	assert_true(store_tool_look(store, "/").is_collection);
	assert_string_equal(store_tool_list(store, "/"), "");
}

static void
shows_what_was_uploaded(void **state)
{
	struct store *store = store_tool_of(state);

	store_tool_put(store, "/a", "hello");
	assert_string_equal(store_tool_get(store, "/a"), "hello");
	assert_int_equal(store_tool_look(store, "/a").size, 5);
	assert_string_equal(store_tool_list(store, "/"), "a ");
}

static void
shows_nothing_before_the_commit(void **state)
{
	struct store *store = store_tool_of(state);
	struct upload *upload;

	store_tool_put(store, "/a", "old");
	assert_int_equal(
	    store->ops->upload(store, str_of("/a"), &upload), ERR_NONE);
	assert_int_equal(
	    store->ops->upload_write(upload, str_of("new")), ERR_NONE);
	assert_string_equal(store_tool_get(store, "/a"), "old");
	assert_string_equal(store_tool_list(store, "/"), "a ");
	store->ops->upload_free(upload);
	assert_string_equal(store_tool_get(store, "/a"), "old");
}

static void
says_whether_an_upload_created(void **state)
{
	const struct upload_options options = { .has_modified = true,
		.modified_ns = 1000000000 * INT64_C(86400) + 5 };
	struct store *store = store_tool_of(state);
	struct resource resource;
	struct upload *upload;
	bool is_created;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    store->ops->upload(store, str_of("/a"), &upload), ERR_NONE);
		assert_int_equal(store->ops->upload_commit(
		                     upload, &options, &is_created, &resource),
		    ERR_NONE);
		store->ops->upload_free(upload);
		assert_true(is_created == (i == 0));
		assert_int_equal(resource.modified_ns / 1000000000, 86400);
		assert_string_equal(
		    resource.etag, store_tool_look(store, "/a").etag);
	}
}

static void
sets_a_property_with_an_upload(void **state)
{
	const struct prop prop = { STR("DAV:"), STR("getcontentlanguage"),
		STR("<l/>") };
	const struct upload_options options = { .prop = &prop };
	struct store *store = store_tool_of(state);
	struct resource resource;
	struct upload *upload;
	bool is_created;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    store->ops->upload(store, str_of("/a"), &upload), ERR_NONE);
		assert_int_equal(store->ops->upload_commit(
		                     upload, &options, &is_created, &resource),
		    ERR_NONE);
		store->ops->upload_free(upload);
		assert_string_equal(
		    store_tool_props(store, "/a"), "getcontentlanguage=<l/> ");
	}
}

static void
changes_the_etag_with_every_upload(void **state)
{
	struct store *store = store_tool_of(state);
	char etag[ETAG_SIZE_MAX];

	for (int i = 0; i < 20; i++) {
		store_tool_put(store, "/a", i % 2 ? "one" : "two");
		if (i > 0)
			assert_string_not_equal(
			    etag, store_tool_look(store, "/a").etag);
		(void)snprintf(etag, sizeof(etag), "%s",
		    store_tool_look(store, "/a").etag);
		assert_int_equal(etag[0], '"');
		assert_int_equal(etag[strlen(etag) - 1], '"');
	}
	assert_string_equal(store_tool_look(store, "/").etag, "");
}

static void
goes_on_showing_what_was_opened(void **state)
{
	struct store *store = store_tool_of(state);
	struct resource resource;
	char text[4] = "";
	int fd;

	store_tool_put(store, "/a", "old");
	assert_int_equal(
	    store->ops->open(store, str_of("/a"), &fd, &resource), ERR_NONE);
	store_tool_put(store, "/a", "new");
	assert_int_equal(store_tool_remove(store, "/a"), ERR_NONE);
	assert_int_equal(read(fd, text, 3), 3);
	assert_string_equal(text, "old");
	(void)close(fd);
}

static void
tells_why_an_upload_cannot_be(void **state)
{
	static const struct {
		const char *path;
		enum err err;
	} rows[] = {
		{ "/", ERR_COLLECTION },
		{ "/c", ERR_COLLECTION },
		{ "/absent/a", ERR_PARENT },
		{ "/f/a", ERR_PARENT },
		{ "/.tarry", ERR_NAME },
		{ "/.TARRY/a", ERR_NAME },
		{ "/c/.tarry-stage-1", ERR_NAME },
		{ "/c/.tarry", ERR_NONE },
		{ "/.tarry2", ERR_NONE },
		{ "/a\x01", ERR_NAME },
		{ "/a\x1f", ERR_NAME },
		{ "/a ", ERR_NONE },
		{ "/a\x7f", ERR_NAME },
		{ "/\xc3\xa4", ERR_NONE },
		{ "/\xc3", ERR_NAME },
		{ "/\xc0\xaf", ERR_NAME },
		{ "/\xed\x9f\xbf", ERR_NONE },
		{ "/\xed\xa0\x80", ERR_NAME },
		{ "/\xf4\x8f\xbf\xbf", ERR_NONE },
		{ "/\xf4\x90\x80\x80", ERR_NAME },
	};
	struct store *store = store_tool_of(state);

	store_tool_mkcol(store, "/c");
	store_tool_put(store, "/f", "");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum err err = store_tool_try_put(store, rows[i].path, "x");

		if (err != rows[i].err)
			print_error("row %zu: %s\n", i, err_text(err));
		assert_int_equal(err, rows[i].err);
	}
}

static void
limits_the_size_of_a_name(void **state)
{
	struct store *store = store_tool_of(state);
	char path[NAME_SIZE_MAX + 3] = "/";

	memset(path + 1, 'n', NAME_SIZE_MAX);
	store_tool_put(store, path, "x");
	path[NAME_SIZE_MAX + 1] = 'n';
	assert_int_equal(store_tool_try_put(store, path, "x"), ERR_NAME);
	assert_int_equal(
	    store->ops->make_collection(store, str_of(path)), ERR_NAME);
	assert_int_equal(store_tool_look_err(store, path), ERR_ABSENT);
}

static void
tells_why_a_collection_cannot_be_made(void **state)
{
	static const struct {
		const char *path;
		enum err err;
	} rows[] = {
		{ "/", ERR_EXISTS },
		{ "/c", ERR_EXISTS },
		{ "/f", ERR_EXISTS },
		{ "/absent/c", ERR_PARENT },
		{ "/f/c", ERR_PARENT },
		{ "/.tarry", ERR_NAME },
		{ "/c/.tarry-stage-", ERR_NAME },
		{ "/c/d", ERR_NONE },
	};
	struct store *store = store_tool_of(state);

	store_tool_mkcol(store, "/c");
	store_tool_put(store, "/f", "");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
		    store->ops->make_collection(store, str_of(rows[i].path)),
		    rows[i].err);
}

static void
tells_what_is_not_there(void **state)
{
	static const char *const paths[] = { "/absent", "/f/below", "/.tarry",
		"/.Tarry/meta.db", "/c/.tarry-stage-1", "/absent/below" };
	struct store *store = store_tool_of(state);
	struct resource resource;
	struct lister *lister;
	int fd;

	store_tool_mkcol(store, "/c");
	store_tool_put(store, "/f", "");
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct str path = str_of(paths[i]);

		assert_int_equal(
		    store->ops->look(store, path, &resource), ERR_ABSENT);
		assert_int_equal(
		    store->ops->open(store, path, &fd, &resource), ERR_ABSENT);
		assert_int_equal(
		    store->ops->list(store, path, &lister), ERR_ABSENT);
		assert_int_equal(
		    store->ops->remove(store, path, NULL), ERR_ABSENT);
		assert_int_equal(store->ops->touch(store, path, 0), ERR_ABSENT);
		assert_int_equal(
		    store_tool_copy(store, paths[i], "/new"), ERR_ABSENT);
		assert_int_equal(
		    store_tool_move(store, paths[i], "/new"), ERR_ABSENT);
		assert_int_equal(
		    store_tool_try_set(store, paths[i], "p", "x"), ERR_ABSENT);
	}
	assert_int_equal(
	    store->ops->list(store, str_of("/f"), &lister), ERR_FILE);
	assert_string_equal(store_tool_get(store, "/c"), "(collection)");
}

static void
removes_whole_trees(void **state)
{
	struct store *store = store_tool_of(state);

	store_tool_mkcol(store, "/c");
	store_tool_mkcol(store, "/c/d");
	store_tool_put(store, "/c/d/f", "x");
	store_tool_put(store, "/c-", "stays");
	assert_int_equal(store_tool_remove(store, "/c"), ERR_NONE);
	assert_string_equal(store_tool_list(store, "/"), "c- ");
	assert_int_equal(store_tool_remove(store, "/c-"), ERR_NONE);
	assert_string_equal(store_tool_list(store, "/"), "");
	assert_int_equal(store_tool_remove(store, "/"), ERR_DENIED);
}

static void
copies_onto_anything(void **state)
{
	static const char *const targets[] = { "/new", "/old", "/oldfile" };
	struct store *store = store_tool_of(state);

	store_tool_plant(store);
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		char path[32];

		assert_int_equal(
		    store_tool_copy(store, "/c", targets[i]), ERR_NONE);
		assert_string_equal(
		    store_tool_list(store, targets[i]), "a d/ ");
		(void)snprintf(path, sizeof(path), "%s/d/b", targets[i]);
		assert_string_equal(store_tool_get(store, path), "in d");
		assert_int_equal(
		    store_tool_copy(store, "/f", targets[i]), ERR_NONE);
		assert_string_equal(store_tool_get(store, targets[i]), "file");
		store_tool_put(store, "/f2", "second");
		assert_int_equal(
		    store_tool_copy(store, "/f2", targets[i]), ERR_NONE);
		assert_string_equal(
		    store_tool_get(store, targets[i]), "second");
	}
	assert_string_equal(store_tool_get(store, "/c/d/b"), "in d");
}

static void
copies_a_collection_alone(void **state)
{
	const struct copy_options options = { .source = str_of("/c"),
		.destination = str_of("/old"),
		.is_shallow = true };
	struct store *store = store_tool_of(state);
	bool is_created = true;

	store_tool_plant(store);
	store_tool_set(store, "/c", "p", "of c");
	store_tool_set(store, "/c/a", "p", "of a");
	assert_int_equal(
	    store->ops->copy(store, &options, NULL, &is_created), ERR_NONE);
	assert_false(is_created);
	assert_string_equal(store_tool_list(store, "/old"), "");
	assert_string_equal(store_tool_props(store, "/old"), "p=of c ");
	store_tool_put(store, "/old/a", "");
	assert_string_equal(store_tool_props(store, "/old/a"), "");
}

static enum err
admit(void *context, struct str path, bool is_collection)
{
	size_t *asked = context;

	++*asked;
	assert_int_equal(is_collection, str_is(path, "/c/d"));
	if (str_is(path, "/c/d"))
		return ERR_ABSENT;
	assert_true(str_is(path, "/c/a"));
	return ERR_DENIED;
}

static void
copies_only_what_is_let_in(void **state)
{
	size_t asked = 0;
	const struct copy_options options = { .source = str_of("/c"),
		.destination = str_of("/new"),
		.admit = admit,
		.context = &asked };
	struct store *store = store_tool_of(state);
	struct progress *progress = progress_new();
	struct progress_counts counts;
	bool is_created = false;

	assert_non_null(progress);
	store_tool_plant(store);
	store_tool_set(store, "/c/a", "p", "of a");
	store_tool_set(store, "/c/d/b", "p", "of b");
	assert_int_equal(
	    store->ops->copy(store, &options, progress, &is_created), ERR_NONE);
	assert_true(asked > 0);
	assert_string_equal(store_tool_list(store, "/new"), "");
	progress_read(progress, &counts);
	assert_int_equal(counts.members_done, 2); /* a has failed */
	assert_int_equal(counts.failures, 1);
	/* No more is told of what was left out. */
	assert_in_range(counts.members_total, 0, 2);
	store_tool_put(store, "/new/a", "");
	assert_string_equal(store_tool_props(store, "/new/a"), "");
	assert_int_equal(
	    store->ops->make_collection(store, str_of("/new/d")), ERR_NONE);
	store_tool_put(store, "/new/d/b", "");
	assert_string_equal(store_tool_props(store, "/new/d/b"), "");
	progress_free(progress);
}

static void
moves_onto_anything(void **state)
{
	static const char *const targets[] = { "/new", "/old", "/oldfile" };
	struct store *store = store_tool_of(state);

	store_tool_plant(store);
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		assert_int_equal(
		    store_tool_move(store, "/c", targets[i]), ERR_NONE);
		assert_string_equal(
		    store_tool_list(store, targets[i]), "a d/ ");
		assert_int_equal(store_tool_look_err(store, "/c"), ERR_ABSENT);
		assert_int_equal(
		    store_tool_move(store, targets[i], "/c"), ERR_NONE);
		assert_int_equal(
		    store_tool_look_err(store, targets[i]), ERR_ABSENT);
	}
	assert_int_equal(store_tool_move(store, "/f", "/c/a"), ERR_NONE);
	assert_string_equal(store_tool_get(store, "/c/a"), "file");
	assert_int_equal(store_tool_move(store, "/c/a", "/c/d"), ERR_NONE);
	assert_string_equal(store_tool_get(store, "/c/d"), "file");
	assert_string_equal(store_tool_list(store, "/"), "c/ ");
}

static void
tells_why_a_copy_or_move_cannot_be(void **state)
{
	static const struct {
		const char *source;
		const char *destination;
		enum err err;
	} rows[] = {
		{ "/f", "/f", ERR_CONFLICT },
		{ "/c", "/c/x", ERR_CONFLICT },
		{ "/c/a", "/c", ERR_CONFLICT },
		{ "/c", "/", ERR_CONFLICT },
		{ "/", "/x", ERR_CONFLICT },
		{ "/c", "/cx", ERR_NONE },
		{ "/f", "/absent/x", ERR_PARENT },
		{ "/c", "/oldfile/x", ERR_PARENT },
		{ "/f", "/.tarry", ERR_NAME },
		{ "/f", "/old/.tarry-stage-x", ERR_NAME },
		{ "/f", "/old/\xff", ERR_NAME },
	};
	struct store *store = store_tool_of(state);

	store_tool_plant(store);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(
		    store_tool_copy(store, rows[i].source, rows[i].destination),
		    rows[i].err);
		if (rows[i].err == ERR_NONE)
			continue;
		assert_int_equal(
		    store_tool_move(store, rows[i].source, rows[i].destination),
		    rows[i].err);
	}
}

static void
sets_a_time(void **state)
{
	struct store *store = store_tool_of(state);
	const int64_t time_ns = INT64_C(1234567890123456789);

	store_tool_put(store, "/f", "");
	store_tool_mkcol(store, "/c");
	assert_int_equal(
	    store->ops->touch(store, str_of("/f"), time_ns), ERR_NONE);
	assert_int_equal(
	    store->ops->touch(store, str_of("/c"), time_ns), ERR_NONE);
	assert_true(store_tool_look(store, "/f").modified_ns == time_ns);
	assert_true(store_tool_look(store, "/c").modified_ns == time_ns);
	assert_int_equal(store_tool_copy(store, "/f", "/g"), ERR_NONE);
	assert_true(store_tool_look(store, "/g").modified_ns == time_ns);
}

static void
reports_every_member(void **state)
{
	const struct copy_options options = { .source = str_of("/c"),
		.destination = str_of("/new") };
	struct store *store = store_tool_of(state);
	struct progress *progress = progress_new();
	struct progress_counts counts;
	bool is_created = false;

	assert_non_null(progress);
	store_tool_plant(store);
	assert_int_equal(
	    store->ops->copy(store, &options, progress, &is_created), ERR_NONE);
	assert_true(is_created);
	progress_read(progress, &counts);
	assert_int_equal(counts.members_done, 4);
	assert_int_equal(counts.members_total, 4);
	assert_int_equal(counts.bytes_done, 8);
	assert_int_equal(counts.bytes_total, 8);
	assert_int_equal(counts.failures, 0);
	progress_free(progress);
}

static void
undoes_what_is_cancelled(void **state)
{
	const struct copy_options options = { .source = str_of("/c"),
		.destination = str_of("/old") };
	struct store *store = store_tool_of(state);
	struct progress *progress = progress_new();
	bool is_created;

	assert_non_null(progress);
	store_tool_plant(store);
	progress_cancel(progress);
	assert_int_equal(
	    store->ops->copy(store, &options, progress, &is_created),
	    ERR_CANCELLED);
	assert_int_equal(
	    store->ops->remove(store, str_of("/c"), progress), ERR_CANCELLED);
	assert_int_equal(store->ops->move(store, str_of("/c"), str_of("/old"),
	                     progress, &is_created),
	    ERR_CANCELLED);
	assert_string_equal(store_tool_list(store, "/old"), "rest ");
	assert_string_equal(store_tool_list(store, "/"), "c/ f old/ oldfile ");
	progress_free(progress);
}

static void
knows_its_quota(void **state)
{
	struct store *store = store_tool_of(state);
	uint64_t available = 0;
	uint64_t used = UINT64_MAX;

	assert_int_equal(
	    store->ops->quota(store, str_of("/"), &available, &used), ERR_NONE);
	assert_true(available > 0);
	assert_true(used < UINT64_MAX);
	assert_int_equal(
	    store->ops->quota(store, str_of("/absent"), &available, &used),
	    ERR_ABSENT);
}

static void
moves_at_once_on_one_file_system(void **state)
{
	struct store *store = store_tool_of(state);

	store_tool_plant(store);
	assert_true(
	    store->ops->is_instant(store, str_of("/c"), str_of("/old/x")));
}

int
store_suite_run(
    const char *name, int (*setup)(void **state), int (*teardown)(void **state))
{
	struct CMUnitTest tests[] = {
		cmocka_unit_test(has_a_root),
		cmocka_unit_test(shows_what_was_uploaded),
		cmocka_unit_test(shows_nothing_before_the_commit),
		cmocka_unit_test(says_whether_an_upload_created),
		cmocka_unit_test(sets_a_property_with_an_upload),
		cmocka_unit_test(changes_the_etag_with_every_upload),
		cmocka_unit_test(goes_on_showing_what_was_opened),
		cmocka_unit_test(tells_why_an_upload_cannot_be),
		cmocka_unit_test(limits_the_size_of_a_name),
		cmocka_unit_test(tells_why_a_collection_cannot_be_made),
		cmocka_unit_test(tells_what_is_not_there),
		cmocka_unit_test(removes_whole_trees),
		cmocka_unit_test(copies_onto_anything),
		cmocka_unit_test(copies_a_collection_alone),
		cmocka_unit_test(copies_only_what_is_let_in),
		cmocka_unit_test(moves_onto_anything),
		cmocka_unit_test(tells_why_a_copy_or_move_cannot_be),
		cmocka_unit_test(sets_a_time),
		cmocka_unit_test(reports_every_member),
		cmocka_unit_test(undoes_what_is_cancelled),
		cmocka_unit_test(knows_its_quota),
		cmocka_unit_test(moves_at_once_on_one_file_system),
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		tests[i].setup_func = setup;
		tests[i].teardown_func = teardown;
	}
	return cmocka_run_group_tests_name(name, tests, NULL, NULL) +
	       store_suite_meta_run(name, setup, teardown);
}
