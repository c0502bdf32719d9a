/*
 * propfind_fuzz.c - any octets as the body of a PROPFIND and of a PROPPATCH.
 * Whatever is asked, the answer is a document that is well-formed.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "dav/dav.h"
#include "dav/lock.h"
#include "dav/media.h"
#include "dav/multistatus.h"
#include "dav/prop.h"
#include "dav/xml.h"

enum { MEMORY_MAX = 16 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err
props(struct store *store, struct str path,
    enum err (*see)(void *context, const struct prop *prop), void *context)
{
	static const struct prop kept[] = {
		{ STR("x:"), STR("a"), STR("<a xmlns=\"x:\">1</a>") },
		{ STR("DAV:"), STR("displayname"),
		    STR("<n:displayname xmlns:n=\"DAV:\"/>") },
	};
	enum err err = ERR_NONE;

	CHECK(store != NULL);
	for (size_t i = 0; i < 2 && err == ERR_NONE; i++)
		err = see(context, &kept[i]);
	return err == ERR_NONE && path.len == 1 ? ERR_STORAGE : err;
}

static enum err
quota(struct store *store, struct str path, uint64_t *out_available,
    uint64_t *out_used)
{
	CHECK(store != NULL);
	*out_available = path.len;
	*out_used = UINT64_MAX;
	return path.len == 1 ? ERR_DENIED : ERR_NONE;
}

static void
zeros(void *out, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((char *)out)[i] = '\0';
}

static void
check_well_formed(struct buf *out, struct arena *arena)
{
	struct xml_node *root;
	enum err err;

	CHECK(out->err == ERR_NONE);
	err = xml_parse(buf_str(out), arena, &root);
	CHECK(err == ERR_NONE || err == ERR_LIMIT);
	if (err == ERR_NONE)
		CHECK(xml_is(root, "DAV:", "multistatus"));
}

static void
find(const struct propfind *propfind, struct arena *arena)
{
	static const struct store_ops ops = { .props = props, .quota = quota };
	static const struct resource resources[] = {
		{ .is_collection = true, .has_props = true },
		{ .has_props = true, .etag = "\"e\"" },
		{ .is_collection = true },
	};
	static const char *const paths[] = { "/", "/a&b.html", "/\xff" };
	struct store store = { &ops };
	struct media *media = media_new(NULL);
	struct dav dav = { .store = &store, .media = media };
	struct buf out;

	buf_init(&out, MEMORY_MAX);
	dav.locks = lock_table_new(&store, zeros);
	CHECK(dav.locks != NULL);
	multistatus_begin(&out);
	for (size_t i = 0; i < 3; i++) {
		const struct prop_subject subject = {
			.dav = &dav,
			.path = str_of(paths[i]),
			.resource = &resources[i],
			.wall_s = 7,
		};

		prop_write_response(&subject, propfind, &out);
	}
	multistatus_end(&out);
	check_well_formed(&out, arena);
	lock_table_free(dav.locks);
	media_free(media);
	buf_done(&out);
}

static void
patch_one(const struct proppatch *patch, struct arena *arena)
{
	struct buf out;

	for (size_t i = 0; i < patch->count; i++) {
		const struct proppatch_item *item = &patch->items[i];
		struct xml_node *node;
		enum err err;

		if (item->prop.xml.data == NULL)
			continue;
		CHECK(item->prop.xml.len <= PROP_SIZE_MAX);
		err = xml_parse(item->prop.xml, arena, &node);
		CHECK(err == ERR_NONE || err == ERR_LIMIT);
		if (err == ERR_LIMIT)
			continue;
		CHECK(str_equal(node->name, item->prop.name));
		CHECK(str_equal(node->space, item->prop.space));
	}
	buf_init(&out, MEMORY_MAX);
	prop_write_proppatch(str_of("/a"), true, patch, &out);
	check_well_formed(&out, arena);
	buf_done(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct propfind propfind;
	struct proppatch patch;
	struct xml_node *root;
	struct arena arena;

	arena_init(&arena, MEMORY_MAX);
	if (xml_parse(str_make((const char *)data, size), &arena, &root) ==
	    ERR_NONE) {
		if (prop_parse_propfind(root, &arena, &propfind) == ERR_NONE)
			find(&propfind, &arena);
		if (prop_parse_proppatch(root, &arena, &patch) == ERR_NONE)
			patch_one(&patch, &arena);
	}
	arena_done(&arena);
	return 0;
}
