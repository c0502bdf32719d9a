/*
 * xml_fuzz.c - any octets as a document.  What is written of its root, and of
 * its first element, is read as the same tree again.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "dav/xml.h"

enum { MEMORY_MAX = 16 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_attributes(const struct xml_attribute *a, const struct xml_attribute *b)
{
	while (a != NULL && b != NULL) {
		CHECK(str_equal(a->space, b->space));
		CHECK(str_equal(a->name, b->name));
		CHECK(str_equal(a->prefix, b->prefix));
		CHECK(str_equal(a->value, b->value));
		a = a->next;
		b = b->next;
	}
	CHECK(a == NULL);
	CHECK(b == NULL);
}

static void
check_same(const struct xml_node *top_a, const struct xml_node *top_b)
{
	const struct xml_node *a = top_a;
	const struct xml_node *b = top_b;

	while (a != NULL && b != NULL) {
		CHECK((a->name.data == NULL) == (b->name.data == NULL));
		CHECK(str_equal(a->space, b->space));
		CHECK(str_equal(a->name, b->name));
		CHECK(str_equal(a->prefix, b->prefix));
		CHECK(str_equal(a->text, b->text));
		CHECK(str_equal(a->lang, b->lang));
		/* The top may have got its language from further out. */
		if (a != top_a)
			check_attributes(a->attributes, b->attributes);
		a = xml_walk(a, top_a);
		b = xml_walk(b, top_b);
	}
	CHECK(a == NULL);
	CHECK(b == NULL);
}

static void
check_written(const struct xml_node *node, struct arena *arena)
{
	struct xml_node *again;
	struct buf out;
	enum err err;

	buf_init(&out, MEMORY_MAX);
	xml_write(node, &out);
	CHECK(out.err == ERR_NONE);
	err = xml_parse(buf_str(&out), arena, &again);
	/* References may make it too large, declarations too many. */
	CHECK(err == ERR_NONE || err == ERR_LIMIT);
	if (err == ERR_NONE)
		check_same(node, again);
	buf_done(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct xml_node *child;
	struct xml_node *root;
	struct arena arena;
	struct str text;

	arena_init(&arena, MEMORY_MAX);
	if (xml_parse(str_make((const char *)data, size), &arena, &root) ==
	    ERR_NONE) {
		check_written(root, &arena);
		child = xml_first(root);
		if (child != NULL)
			check_written(child, &arena);
		CHECK(xml_text(root, &arena, &text) == ERR_NONE ||
		      arena.size > MEMORY_MAX / 2);
	}
	arena_done(&arena);
	return 0;
}
