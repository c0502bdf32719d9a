/*
 * outcome_test.c - tests src/dav/outcome.c, over a tree that the test draws.
 */
#include "dav/outcome.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dav/call.h"
#include "dav/dav.h"
#include "dav/store.h"
#include "http/uri.h"

enum { NODE_COUNT_MAX = 16 };

struct node {
	const char *path; /* NULL: gone */
	bool is_collection;
	int64_t modified_ns;
	int64_t created_ns;
	const char *etag;
};

struct tree {
	struct store store; /* the first: that is how ops get here */
	struct node nodes[NODE_COUNT_MAX];
	bool fails;
};

struct lister {
	struct tree *tree;
	char path[64];
	size_t index;
};

static void
fill(const struct node *node, struct resource *out)
{
	*out = (struct resource){ .is_collection = node->is_collection,
		.modified_ns = node->modified_ns,
		.created_ns = node->created_ns };
	if (node->etag != NULL)
		memcpy(out->etag, node->etag, strlen(node->etag) + 1);
}

static struct node *
node_of(struct tree *tree, const char *path)
{
	for (size_t i = 0; i < NODE_COUNT_MAX; i++)
		if (tree->nodes[i].path != NULL &&
		    strcmp(tree->nodes[i].path, path) == 0)
			return &tree->nodes[i];
	return NULL;
}

static enum err
look(struct store *store, struct str path, struct resource *out_resource)
{
	struct tree *tree = (struct tree *)store;

	if (tree->fails)
		return ERR_STORAGE;
	for (size_t i = 0; i < NODE_COUNT_MAX; i++) {
		if (tree->nodes[i].path == NULL ||
		    !str_is(path, tree->nodes[i].path))
			continue;
		fill(&tree->nodes[i], out_resource);
		return ERR_NONE;
	}
	return ERR_ABSENT;
}

static enum err
list(struct store *store, struct str path, struct lister **out_lister)
{
	struct lister *lister = calloc(1, sizeof(*lister));

	assert_non_null(lister);
	assert_true(path.len < sizeof(lister->path));
	lister->tree = (struct tree *)store;
	memcpy(lister->path, path.data, path.len);
	*out_lister = lister;
	return ERR_NONE;
}

static enum err
list_next(struct lister *lister, struct lister_entry *out_entry)
{
	while (lister->index < NODE_COUNT_MAX) {
		const struct node *node = &lister->tree->nodes[lister->index++];
		struct str path = str_of(node->path);

		if (node->path == NULL || path.len == 1 ||
		    !str_is(uri_path_parent(path), lister->path))
			continue;
		*out_entry =
		    (struct lister_entry){ .name = uri_path_name(path) };
		fill(node, &out_entry->resource);
		return ERR_NONE;
	}
	return ERR_ABSENT;
}

static void
list_free(struct lister *lister)
{
	free(lister);
}

static const struct store_ops ops = {
	.look = look,
	.list = list,
	.list_next = list_next,
	.list_free = list_free,
};

/*
 * After a COPY of /a to /b at 100 to 110, or a MOVE of /gone to /b, or a
 * DELETE of /gone.
 */
static const struct node drawn[] = {
	{ "/", true, 110, 1, NULL },
	{ "/a", true, 50, 5, NULL },
	{ "/a/f", false, 40, 5, "\"f\"" },
	{ "/a/d", true, 60, 5, NULL },
	{ "/a/d/g", false, 70, 5, "\"g\"" },
	{ "/b", true, 50, 100, NULL },
	{ "/b/f", false, 40, 101, "\"f2\"" },
	{ "/b/d", true, 60, 102, NULL },
	{ "/b/d/g", false, 110, 103, "\"g2\"" },
	{ "/file", false, 40, 5, "\"e\"" },
	{ "/file2", false, 40, 105, "\"e2\"" },
};

struct rig {
	struct tree tree;
	struct dav dav;
	struct method method;
	struct response response;
	struct call call;
	struct buf note;
};

static void
rig_init(struct rig *rig, const char *method, const char *path,
    const char *destination)
{
	*rig = (struct rig){ .method = { .name = method },
		.response = { .status = 201 } };
	memcpy(rig->tree.nodes, drawn, sizeof(drawn));
	rig->tree.store.ops = &ops;
	rig->dav.store = &rig->tree.store;
	rig->call = (struct call){
		.dav = &rig->dav,
		.method = &rig->method,
		.response = &rig->response,
		.path = str_of(path),
		.destination = str_of(destination),
		.depth = DEPTH_INFINITY,
	};
	buf_init(&rig->note, 4096);
}

static bool
holds(struct rig *rig, uint64_t change_count)
{
	return outcome_holds(&rig->call, change_count, buf_str(&rig->note));
}

/* Who did what, then one thing changes: whether it still holds. */
struct row {
	const char *method;
	const char *path;
	const char *destination;
	struct node change; /* path NULL: nothing */
	const char *gone;
	bool holds;
};

static void
put(struct tree *tree, const struct node *change)
{
	struct node *node = node_of(tree, change->path);

	for (size_t i = 0; node == NULL && i < NODE_COUNT_MAX; i++)
		if (tree->nodes[i].path == NULL)
			node = &tree->nodes[i];
	assert_non_null(node);
	*node = *change;
}

static void
holds_as_long_as_nothing_else_would_come_of_it(void **state)
{
	static const struct row rows[] = {
		{ "DELETE", "/gone", NULL, { .path = NULL }, NULL, true },
		{ "DELETE", "/gone", NULL,
		    { .path = "/gone", .modified_ns = 120 }, NULL, false },
		{ "DELETE", "/gone", NULL, { .path = "/x", .modified_ns = 120 },
		    NULL, true },
		{ "MOVE", "/gone", "/b", { .path = NULL }, NULL, true },
		{ "MOVE", "/gone", "/b",
		    { .path = "/gone", .modified_ns = 120 }, NULL, false },
		{ "MOVE", "/gone", "/b", { .path = NULL }, "/b", false },
		{ "MOVE", "/gone", "/b", { "/b", true, 120, 100, NULL }, NULL,
		    false },
		{ "MOVE", "/gone", "/b", { "/b", true, 50, 120, NULL }, NULL,
		    false },
		{ "MOVE", "/gone", "/file2",
		    { "/file2", false, 40, 105, "\"e3\"" }, NULL, false },
		{ "COPY", "/file", "/file2", { .path = NULL }, NULL, true },
		{ "COPY", "/file", "/file2", { "/file", false, 40, 5, "\"n\"" },
		    NULL, false },
		{ "COPY", "/file", "/file2", { .path = NULL }, "/file", false },
		{ "COPY", "/file", "/file2", { .path = NULL }, "/file2",
		    false },
		{ "COPY", "/a", "/b", { .path = NULL }, NULL, true },
		{ "COPY", "/a", "/b", { "/a/d/g", false, 100, 5, "\"g\"" },
		    NULL, true },
		{ "COPY", "/a", "/b", { "/a/d/g", false, 101, 5, "\"g\"" },
		    NULL, false },
		{ "COPY", "/a", "/b", { "/a/d", true, 101, 5, NULL }, NULL,
		    false },
		{ "COPY", "/a", "/b", { "/b/d/g", false, 111, 103, "\"g2\"" },
		    NULL, false },
		{ "COPY", "/a", "/b", { "/b/d", true, 111, 102, NULL }, NULL,
		    false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct rig rig;

		rig_init(&rig, row->method, row->path, row->destination);
		outcome_note(&rig.call, 7, &rig.note);
		if (row->change.path != NULL)
			put(&rig.tree, &row->change);
		if (row->gone != NULL)
			node_of(&rig.tree, row->gone)->path = NULL;
		assert_int_equal(holds(&rig, 7), row->holds);
		buf_done(&rig.note);
	}
}

static void
counts_changes_for_a_copy_only(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, "COPY", "/a", "/b");
	outcome_note(&rig.call, 7, &rig.note);
	assert_true(holds(&rig, 7));
	assert_false(holds(&rig, 8));
	buf_done(&rig.note);

	rig_init(&rig, "MOVE", "/gone", "/b");
	outcome_note(&rig.call, 7, &rig.note);
	assert_true(holds(&rig, 8));
	buf_done(&rig.note);
}

static void
notes_nothing_of_what_was_not_wholly_done(void **state)
{
	static const int statuses[] = { 207, 304, 404, 424, 503 };

	(void)state;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		struct rig rig;

		rig_init(&rig, "DELETE", "/gone", NULL);
		rig.response.status = statuses[i];
		outcome_note(&rig.call, 7, &rig.note);
		assert_int_equal(rig.note.len, 0);
		assert_false(holds(&rig, 7));
	}
}

/* A DELETE whose URL has something again when it is noted. */
static void
never_holds_for_a_removal_that_can_be_done_again(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, "DELETE", "/file", NULL);
	outcome_note(&rig.call, 7, &rig.note);
	assert_false(holds(&rig, 7));
	buf_done(&rig.note);
}

static void
does_not_hold_when_nobody_knows(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, "DELETE", "/gone", NULL);
	outcome_note(&rig.call, 7, &rig.note);
	rig.tree.fails = true;
	assert_false(holds(&rig, 7));
	buf_done(&rig.note);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    holds_as_long_as_nothing_else_would_come_of_it),
		cmocka_unit_test(counts_changes_for_a_copy_only),
		cmocka_unit_test(notes_nothing_of_what_was_not_wholly_done),
		cmocka_unit_test(
		    never_holds_for_a_removal_that_can_be_done_again),
		cmocka_unit_test(does_not_hold_when_nobody_knows),
	};

	return cmocka_run_group_tests_name("outcome", tests, NULL, NULL);
}
