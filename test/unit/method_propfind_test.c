/*
 * method_propfind_test.c - PROPFIND: RFC 4918, 9.1.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "method_rig.h"

#define PROP_OF(name)                                                          \
	"<propfind xmlns=\"DAV:\"><prop><" name "/></prop></propfind>"

static size_t
count(const struct rig *rig, const char *text)
{
	const char *at = rig_body(rig);
	size_t found = 0;

	while ((at = strstr(at, text)) != NULL) {
		found++;
		at += strlen(text);
	}
	return found;
}

static void
make_tree(struct rig *rig)
{
	static const struct rig_row rows[] = {
		{ "MKCOL /a", NULL, NULL, 201 },
		{ "MKCOL /a/b", NULL, NULL, 201 },
		{ "PUT /a/b/file", NULL, "x", 201 },
		{ "PUT /a/file", NULL, "x", 201 },
		{ "PUT /file", NULL, "x", 201 },
	};

	rig_init(rig);
	RIG_PLAY(rig, rows);
}

static void
answers_as_rfc_4918_says(void **state)
{
	static const struct rig_row rows[] = {
		{ "PROPFIND /missing", NULL, NULL, 404 },
		{ "PROPFIND /", NULL, NULL, 207 },
		{ "PROPFIND /", NULL, "", 207 },
		{ "PROPFIND /", "Depth: 2\r\n", NULL, 400 },
		{ "PROPFIND /", "Depth: -1\r\n", NULL, 400 },
		{ "PROPFIND /", "Depth: 0\r\nDepth: 1\r\n", NULL, 400 },
		{ "PROPFIND /", "Depth: 0\r\n", PROP_OF("getetag"), 207 },
		{ "PROPFIND /", "Depth: 0\r\n", "<a", 400 },
		{ "PROPFIND /", "Depth: 0\r\n", "<a/>", 400 },
		{ "PROPFIND /", "Depth: 0\r\n",
		    "<!DOCTYPE propfind><propfind xmlns=\"DAV:\"/>", 400 },
		{ "PROPFIND /", "If: (<DAV:no-lock>)\r\n", NULL, 412 },
		{ "PROPFIND /a/", "Depth: 0\r\n", NULL, 207 },
	};
	struct rig rig;

	(void)state;
	make_tree(&rig);
	RIG_PLAY(&rig, rows);
	rig_done(&rig);
}

static void
goes_as_deep_as_it_is_told(void **state)
{
	static const struct {
		const char *line;
		const char *fields;
		size_t responses;
	} rows[] = {
		{ "PROPFIND /", "Depth: 0\r\n", 1 },
		{ "PROPFIND /", "Depth: 1\r\n", 3 },
		{ "PROPFIND /", "Depth: infinity\r\n", 6 },
		{ "PROPFIND /", NULL, 6 },
		{ "PROPFIND /a/b", NULL, 2 },
		{ "PROPFIND /file", NULL, 1 },
	};
	struct rig rig;

	(void)state;
	make_tree(&rig);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(rig_send(&rig, rows[i].line, rows[i].fields,
		                     PROP_OF("resourcetype")),
		    207);
		assert_int_equal(
		    count(&rig, "<D:response>"), rows[i].responses);
		assert_int_equal(
		    count(&rig, "</D:response>"), rows[i].responses);
		assert_int_equal(count(&rig, "</D:multistatus>"), 1);
	}
	rig_done(&rig);
}

static void
names_each_member_by_its_whole_path(void **state)
{
	struct rig rig;

	(void)state;
	make_tree(&rig);
	assert_int_equal(rig_send(&rig, "PROPFIND /", NULL, NULL), 207);
	assert_true(rig_says(&rig, "<D:href>/</D:href>"));
	assert_true(rig_says(&rig, "<D:href>/a/</D:href>"));
	assert_true(rig_says(&rig, "<D:href>/a/b/</D:href>"));
	assert_true(rig_says(&rig, "<D:href>/a/b/file</D:href>"));
	assert_true(rig_says(&rig, "<D:href>/a/file</D:href>"));
	assert_true(rig_says(&rig, "<D:href>/file</D:href>"));
	assert_int_equal(rig_send(&rig, "PROPFIND /a", NULL, NULL), 207);
	assert_true(rig_says(&rig, "<D:href>/a/</D:href>"));
	assert_true(rig_says(&rig, "<D:href>/a/b/file</D:href>"));
	assert_true(rig_says(&rig, "<D:href>/a/file</D:href>"));
	rig_done(&rig);
}

static enum err
never_next(struct lister *lister, struct lister_entry *out_entry)
{
	(void)lister;
	(void)out_entry;
	return ERR_STORAGE;
}

static void
speaks_before_it_walks(void **state)
{
	struct rig rig;

	(void)state;
	make_tree(&rig);
	rig.ops.list_next = never_next;
	assert_int_equal(rig_send(&rig, "PROPFIND /", NULL, NULL), 207);
	assert_int_equal(count(&rig, "</D:response>"), 1);
	assert_true(rig.first_pull_size > 0);
	assert_int_equal(rig.response.bytes.err, ERR_STORAGE);
	rig_done(&rig);
}

/* The members of the root are: one that cannot be looked at, and one file. */
static enum err
next_denied(struct lister *lister, struct lister_entry *out_entry)
{
	static int next = 0;

	(void)lister;
	if (next == 2)
		return ERR_ABSENT;
	*out_entry =
	    (struct lister_entry){ .name = STR("secret"), .err = ERR_DENIED };
	if (next++ == 1)
		*out_entry = (struct lister_entry){ .name = STR("file"),
			.resource = { .etag = "\"x\"" } };
	return ERR_NONE;
}

static void
gives_an_unreadable_member_one_403(void **state)
{
	struct rig rig;

	(void)state;
	make_tree(&rig);
	rig.ops.list_next = next_denied;
	assert_int_equal(
	    rig_send(&rig, "PROPFIND /", "Depth: 1\r\n", PROP_OF("getetag")),
	    207);
	assert_int_equal(count(&rig, "<D:response>"), 3);
	assert_int_equal(count(&rig, "403 Forbidden"), 1);
	assert_true(rig_says(&rig, "<D:href>/secret</D:href>"));
	assert_true(rig_says(&rig, "<D:href>/file</D:href>"));
	rig_done(&rig);
}

static const struct store_ops *real_ops;

static enum err
next_as_link(struct lister *lister, struct lister_entry *out_entry)
{
	enum err err = real_ops->list_next(lister, out_entry);

	out_entry->is_link = true;
	return err;
}

/* It may lead to where the walk came from. */
static void
does_not_walk_through_links(void **state)
{
	struct rig rig;
	struct store_ops kept;

	(void)state;
	make_tree(&rig);
	kept = rig.ops;
	real_ops = &kept;
	rig.ops.list_next = next_as_link;
	assert_int_equal(rig_send(&rig, "PROPFIND /", NULL, NULL), 207);
	assert_int_equal(count(&rig, "<D:response>"), 3);
	assert_true(rig_says(&rig, "<D:href>/a/</D:href>"));
	rig_done(&rig);
}

/* As the store lists, but /a/b. */
static enum err
list_but_one(struct store *store, struct str path, struct lister **out_lister)
{
	if (str_is(path, "/a/b"))
		return ERR_DENIED;
	return real_ops->list(store, path, out_lister);
}

static void
goes_on_after_an_unreadable_collection(void **state)
{
	struct rig rig;
	struct store_ops kept;

	(void)state;
	make_tree(&rig);
	kept = rig.ops;
	real_ops = &kept;
	rig.ops.list = list_but_one;
	assert_int_equal(rig_send(&rig, "PROPFIND /", NULL, NULL), 207);
	assert_int_equal(count(&rig, "<D:response>"), 5);
	assert_int_equal(count(&rig, "403 Forbidden"), 1);
	assert_true(rig_says(&rig, "<D:href>/a/b/</D:href><D:status>"));
	assert_true(rig_says(&rig, "<D:href>/a/file</D:href>"));
	assert_false(rig_says(&rig, "/a/b/file"));
	rig_done(&rig);
}

static void
of_an_unreadable_collection_is_403(void **state)
{
	struct rig rig;
	struct store_ops kept;

	(void)state;
	make_tree(&rig);
	kept = rig.ops;
	real_ops = &kept;
	rig.ops.list = list_but_one;
	assert_int_equal(
	    rig_send(&rig, "PROPFIND /a/b", "Depth: 1\r\n", NULL), 403);
	assert_int_equal(
	    rig_send(&rig, "PROPFIND /a/b", "Depth: 0\r\n", NULL), 207);
	rig_done(&rig);
}

static void
walks_to_the_limit_and_names_what_lies_beyond(void **state)
{
	struct rig rig;
	struct buf line;

	(void)state;
	rig_init(&rig);
	buf_init(&line, TARGET_SIZE_MAX);
	buf_add_text(&line, "MKCOL ");
	for (int i = 1; i <= TREE_DEPTH_MAX; i++) {
		buf_add_text(&line, "/d");
		buf_add_char(&line, '\0');
		assert_int_equal(rig_send(&rig, line.data, NULL, NULL), 201);
		line.len--;
	}
	buf_done(&line);
	/* The root is a level too. */
	assert_int_equal(
	    rig_send(&rig, "PROPFIND /d", NULL, PROP_OF("getetag")), 207);
	assert_int_equal(count(&rig, "<D:response>"), TREE_DEPTH_MAX);
	assert_int_equal(count(&rig, "507 "), 0);
	assert_int_equal(
	    rig_send(&rig, "PROPFIND /", NULL, PROP_OF("getetag")), 207);
	assert_int_equal(count(&rig, "<D:response>"), TREE_DEPTH_MAX + 1);
	assert_int_equal(count(&rig, "507 "), 1);
	rig_done(&rig);
}

/* /, /a, /a/b, /a/b/file, /a/file, /file: whoever has had as many members as
 * he may have enters no other collection, and is told so of each. */
static void
enters_no_more_collections_than_anonymous_may(void **state)
{
	static const struct {
		const char *principal;
		uint64_t max;
		size_t responses;
		size_t refused;
	} rows[] = {
		{ "", 0, 6, 0 },
		{ "", 6, 6, 0 },
		{ "", 1, 3, 1 },
		{ "ada", 1, 6, 0 },
	};
	struct rig rig;

	(void)state;
	make_tree(&rig);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rig.principal = rows[i].principal;
		rig.dav.anonymous_tree_max = rows[i].max;
		assert_int_equal(
		    rig_send(&rig, "PROPFIND /", NULL, PROP_OF("resourcetype")),
		    207);
		assert_int_equal(count(&rig, " 507 "), rows[i].refused);
		assert_int_equal(count(&rig, "</D:multistatus>"), 1);
		assert_int_equal(
		    count(&rig, "<D:response>"), rows[i].responses);
	}
	rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_as_rfc_4918_says),
		cmocka_unit_test(goes_as_deep_as_it_is_told),
		cmocka_unit_test(names_each_member_by_its_whole_path),
		cmocka_unit_test(speaks_before_it_walks),
		cmocka_unit_test(gives_an_unreadable_member_one_403),
		cmocka_unit_test(does_not_walk_through_links),
		cmocka_unit_test(goes_on_after_an_unreadable_collection),
		cmocka_unit_test(of_an_unreadable_collection_is_403),
		cmocka_unit_test(walks_to_the_limit_and_names_what_lies_beyond),
		cmocka_unit_test(enters_no_more_collections_than_anonymous_may),
	};

	return cmocka_run_group_tests_name(
	    "method_propfind", tests, NULL, NULL);
}
