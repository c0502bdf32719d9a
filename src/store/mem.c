/*
 * mem.c - see mem.h.
 */
#include "store/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "op/progress.h"
#include "store/mem_lock.h"
#include "store/mem_prop.h"
#include "store/mem_tree.h"

enum {
	MAGIC = 0x6d656d21,
	QUOTA_SIZE = 1 << 30,
	NANOSECONDS = 1000000000,
};

struct mem {
	struct store store; /* first: a struct store * is cast to this */
	unsigned magic;
	pthread_mutex_t mutex; /* guards all below */
	struct mem_tree tree;
	struct mem_lock *locks;
};

/* A snapshot of the members: what follows is theirs. */
struct lister {
	size_t count;
	size_t next;
	struct lister_entry *entries;
};

struct upload {
	struct mem *mem;
	int fd;
	uint64_t size;
	size_t path_size;
	char path[];
};

static struct mem *
enter(struct store *store)
{
	struct mem *mem = (struct mem *)store;

	CHECK(mem->magic == MAGIC);
	(void)pthread_mutex_lock(&mem->mutex);
	return mem;
}

static enum err
leave(struct mem *mem, enum err err)
{
	(void)pthread_mutex_unlock(&mem->mutex);
	return err;
}

static enum err
look(struct store *store, struct str path, struct resource *out_resource)
{
	struct mem *mem = enter(store);
	const struct mem_node *node = mem_tree_find(&mem->tree, path);

	if (node == NULL)
		return leave(mem, ERR_ABSENT);
	mem_tree_resource(node, out_resource);
	return leave(mem, ERR_NONE);
}

/* By way of /proc, so that each descriptor has an offset of its own. */
static enum err
open_file(struct store *store, struct str path, int *out_fd,
    struct resource *out_resource)
{
	struct mem *mem = enter(store);
	const struct mem_node *node = mem_tree_find(&mem->tree, path);
	char link[32];
	int fd;

	if (node == NULL)
		return leave(mem, ERR_ABSENT);
	if (node->is_collection)
		return leave(mem, ERR_COLLECTION);
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", node->fd);
	fd = open(link, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return leave(mem, ERR_STORAGE);
	mem_tree_resource(node, out_resource);
	*out_fd = fd;
	return leave(mem, ERR_NONE);
}

static void
list_free(struct lister *lister)
{
	if (lister == NULL)
		return;
	for (size_t i = 0; i < lister->count; i++)
		free((char *)(uintptr_t)lister->entries[i].name.data);
	free(lister->entries);
	free(lister);
}

/* The name, if the node is a member of the collection; else empty. */
static struct str
member_name(struct str collection, const struct mem_node *node)
{
	size_t start = collection.len == 1 ? 1 : collection.len + 1;
	struct str name = { NULL, 0 };

	if (node->path.len <= start || !mem_tree_holds(collection, node->path))
		return name;
	name = str_from(node->path, start);
	return str_has(name, '/') ? str_make(NULL, 0) : name;
}

static enum err
add_entry(struct lister *lister, const struct mem_node *node, struct str name)
{
	struct lister_entry *entries = realloc(
	    lister->entries, (lister->count + 1) * sizeof(*lister->entries));
	struct lister_entry *entry;
	char *kept;

	if (entries == NULL)
		return ERR_MEMORY;
	lister->entries = entries;
	kept = malloc(name.len);
	if (kept == NULL)
		return ERR_MEMORY;
	memcpy(kept, name.data, name.len);
	entry = &entries[lister->count++];
	*entry = (struct lister_entry){ .name = str_make(kept, name.len) };
	mem_tree_resource(node, &entry->resource);
	return ERR_NONE;
}

static enum err
list(struct store *store, struct str path, struct lister **out_lister)
{
	struct mem *mem = enter(store);
	const struct mem_node *node = mem_tree_find(&mem->tree, path);
	struct lister *lister;
	enum err err = ERR_NONE;

	if (node == NULL || !node->is_collection)
		return leave(mem, node == NULL ? ERR_ABSENT : ERR_FILE);
	lister = calloc(1, sizeof(*lister));
	if (lister == NULL)
		return leave(mem, ERR_MEMORY);
	for (node = mem->tree.nodes; node != NULL && err == ERR_NONE;
	     node = node->next) {
		struct str name = member_name(path, node);

		if (name.len > 0)
			err = add_entry(lister, node, name);
	}
	if (err == ERR_NONE)
		*out_lister = lister;
	else
		list_free(lister);
	return leave(mem, err);
}

static enum err
list_next(struct lister *lister, struct lister_entry *out_entry)
{
	if (lister->next == lister->count)
		return ERR_ABSENT;
	*out_entry = lister->entries[lister->next++];
	return ERR_NONE;
}

static void
upload_free(struct upload *upload)
{
	if (upload == NULL)
		return;
	if (upload->fd != -1)
		(void)close(upload->fd); /* nobody will read it */
	free(upload);
}

static enum err
check_target(const struct mem *mem, struct str path)
{
	const struct mem_node *node = mem_tree_find(&mem->tree, path);

	if (node != NULL)
		return node->is_collection ? ERR_COLLECTION : ERR_NONE;
	return mem_tree_check_place(&mem->tree, path);
}

static enum err
upload_new(struct store *store, struct str path, struct upload **out_upload)
{
	struct mem *mem = enter(store);
	struct upload *upload;
	enum err err = leave(mem, check_target(mem, path));

	if (err != ERR_NONE)
		return err;
	upload = calloc(1, sizeof(*upload) + path.len);
	if (upload == NULL)
		return ERR_MEMORY;
	upload->mem = mem;
	upload->path_size = path.len;
	memcpy(upload->path, path.data, path.len);
	upload->fd = memfd_create("mem", MFD_CLOEXEC);
	if (upload->fd == -1) {
		upload_free(upload);
		return ERR_MEMORY;
	}
	*out_upload = upload;
	return ERR_NONE;
}

static enum err
upload_write(struct upload *upload, struct str octets)
{
	while (octets.len > 0) {
		ssize_t size = write(upload->fd, octets.data, octets.len);

		if (size == -1 && errno == EINTR)
			continue;
		if (size == -1)
			return ERR_SPACE;
		upload->size += (uint64_t)size;
		octets = str_from(octets, (size_t)size);
	}
	return ERR_NONE;
}

static int64_t
modified_of(const struct upload_options *options)
{
	int64_t now_ns = mem_tree_now_ns();

	if (!options->has_modified)
		return now_ns;
	return options->modified_ns / NANOSECONDS * NANOSECONDS +
	       now_ns % NANOSECONDS;
}

static enum err
upload_commit(struct upload *upload, const struct upload_options *options,
    bool *out_is_created, struct resource *out_resource)
{
	struct str path = str_make(upload->path, upload->path_size);
	struct mem *mem = enter(&upload->mem->store);
	struct mem_node *node;
	bool is_created;
	enum err err;

	err = check_target(mem, path);
	if (err != ERR_NONE)
		return leave(mem, err);
	node = mem_tree_find(&mem->tree, path);
	is_created = node == NULL;
	if (is_created)
		node = mem_tree_make(&mem->tree, path);
	if (node == NULL)
		return leave(mem, ERR_MEMORY);
	if (node->fd != -1)
		(void)close(node->fd); /* readers have their own */
	node->fd = upload->fd;
	upload->fd = -1;
	node->size = upload->size;
	node->serial = ++mem->tree.serial;
	node->modified_ns = modified_of(options);
	err = ERR_NONE;
	if (options->prop != NULL)
		err = mem_prop_change(&node->props,
		    &(struct prop_change){ .prop = *options->prop }, 1);
	mem_tree_resource(node, out_resource);
	*out_is_created = is_created;
	return leave(mem, err == ERR_LIMIT ? ERR_NONE : err);
}

static enum err
make_collection(struct store *store, struct str path)
{
	struct mem *mem = enter(store);
	struct mem_node *node;
	enum err err;

	if (mem_tree_find(&mem->tree, path) != NULL)
		return leave(mem, ERR_EXISTS);
	err = mem_tree_check_place(&mem->tree, path);
	if (err != ERR_NONE)
		return leave(mem, err);
	node = mem_tree_make(&mem->tree, path);
	if (node == NULL)
		return leave(mem, ERR_MEMORY);
	node->is_collection = true;
	return leave(mem, ERR_NONE);
}

static enum err
remove_tree(struct store *store, struct str path, struct progress *progress)
{
	struct mem *mem = enter(store);

	if (path.len == 1)
		return leave(mem, ERR_DENIED);
	if (mem_tree_find(&mem->tree, path) == NULL)
		return leave(mem, ERR_ABSENT);
	if (!progress_commit(progress, NULL))
		return leave(mem, ERR_CANCELLED);
	mem_tree_drop(&mem->tree, path);
	mem_lock_drop_tree(&mem->locks, path);
	progress_total(progress, 1, 0);
	progress_member_done(progress, path);
	return leave(mem, ERR_NONE);
}

/* What a copy and a move have in common: the destination as it will be. */
static enum err
put_copy(
    struct mem *mem, const struct copy_options *options, bool *out_is_created)
{
	const struct mem_node *old;
	enum err err;

	if (mem_tree_holds(options->source, options->destination) ||
	    mem_tree_holds(options->destination, options->source))
		return ERR_CONFLICT;
	if (mem_tree_find(&mem->tree, options->source) == NULL)
		return ERR_ABSENT;
	err = mem_tree_check_place(&mem->tree, options->destination);
	if (err != ERR_NONE)
		return err;
	old = mem_tree_find(&mem->tree, options->destination);
	*out_is_created = old == NULL;
	mem_tree_drop(&mem->tree, options->destination);
	return mem_tree_copy(&mem->tree, options);
}

static void
report(const struct mem *mem, const struct copy_options *options,
    struct progress *progress)
{
	for (const struct mem_node *at = mem->tree.nodes; at != NULL;
	     at = at->next) {
		enum err err = mem_tree_admit(at, options);

		if (err == ERR_ABSENT)
			continue;
		progress_total(progress, 1, at->size);
		if (err != ERR_NONE) {
			progress_member_failed(progress, at->path, err);
			continue;
		}
		progress_bytes(progress, at->size);
		progress_member_done(progress, at->path);
	}
}

static enum err
copy(struct store *store, const struct copy_options *options,
    struct progress *progress, bool *out_is_created)
{
	struct mem *mem = enter(store);
	enum err err;

	if (!progress_commit(progress, NULL))
		return leave(mem, ERR_CANCELLED);
	err = put_copy(mem, options, out_is_created);
	if (err != ERR_NONE)
		return leave(mem, err);
	mem_lock_drop_tree(&mem->locks, options->destination);
	report(mem, options, progress);
	return leave(mem, ERR_NONE);
}

static enum err
move(struct store *store, struct str source, struct str destination,
    struct progress *progress, bool *out_is_created)
{
	const struct copy_options options = { .source = source,
		.destination = destination };
	struct mem *mem = enter(store);
	enum err err;

	if (!progress_commit(progress, NULL))
		return leave(mem, ERR_CANCELLED);
	err = put_copy(mem, &options, out_is_created);
	if (err != ERR_NONE)
		return leave(mem, err);
	mem_tree_drop(&mem->tree, source);
	mem_lock_drop_tree(&mem->locks, source);
	mem_lock_drop_tree(&mem->locks, destination);
	progress_total(progress, 1, 0);
	progress_member_done(progress, source);
	return leave(mem, ERR_NONE);
}

static enum err
touch(struct store *store, struct str path, int64_t modified_ns)
{
	struct mem *mem = enter(store);
	struct mem_node *node = mem_tree_find(&mem->tree, path);

	if (node == NULL)
		return leave(mem, ERR_ABSENT);
	node->modified_ns = modified_ns;
	return leave(mem, ERR_NONE);
}

/* From a copy, so that see() may use the store. */
static enum err
props(struct store *store, struct str path,
    enum err (*see)(void *context, const struct prop *prop), void *context)
{
	struct mem *mem = enter(store);
	const struct mem_node *node = mem_tree_find(&mem->tree, path);
	struct mem_prop *copied = NULL;
	enum err err = ERR_ABSENT;

	if (node != NULL)
		err = mem_prop_copy(node->props, &copied);
	(void)leave(mem, err);
	if (err == ERR_NONE)
		err = mem_prop_each(copied, see, context);
	mem_prop_free(copied);
	return err;
}

static enum err
props_change(struct store *store, struct str path,
    const struct prop_change *changes, size_t count)
{
	struct mem *mem = enter(store);
	struct mem_node *node = mem_tree_find(&mem->tree, path);

	if (node == NULL)
		return leave(mem, ERR_ABSENT);
	return leave(mem, mem_prop_change(&node->props, changes, count));
}

/* It does not outlive a restart. */
static bool
is_marked(struct store *store, struct str path, uint64_t mark_id)
{
	(void)store;
	(void)path;
	(void)mark_id;
	return false;
}

static enum err
lock_save(struct store *store, const struct lock_record *record)
{
	struct mem *mem = enter(store);

	return leave(mem, mem_lock_save(&mem->locks, record));
}

static enum err
lock_drop(struct store *store, struct str token)
{
	struct mem *mem = enter(store);

	mem_lock_drop(&mem->locks, token);
	return leave(mem, ERR_NONE);
}

static enum err
locks(struct store *store,
    enum err (*see)(void *context, const struct lock_record *record),
    void *context)
{
	struct mem *mem = enter(store);

	return leave(mem, mem_lock_each(mem->locks, see, context));
}

static enum err
quota(struct store *store, struct str path, uint64_t *out_available,
    uint64_t *out_used)
{
	struct mem *mem = enter(store);
	uint64_t used = 0;

	if (mem_tree_find(&mem->tree, path) == NULL)
		return leave(mem, ERR_ABSENT);
	for (const struct mem_node *at = mem->tree.nodes; at != NULL;
	     at = at->next)
		used += at->size;
	*out_used = used;
	*out_available = used < QUOTA_SIZE ? QUOTA_SIZE - used : 0;
	return leave(mem, ERR_NONE);
}

static bool
is_instant(struct store *store, struct str source, struct str destination)
{
	(void)store;
	(void)source;
	(void)destination;
	return true;
}

static void
free_store(struct store *store)
{
	struct mem *mem;

	if (store == NULL)
		return;
	mem = enter(store);
	mem_lock_drop_tree(&mem->locks, str_of("/"));
	mem_tree_done(&mem->tree);
	mem->magic = 0;
	(void)leave(mem, ERR_NONE);
	(void)pthread_mutex_destroy(&mem->mutex); /* nobody has it */
	free(mem);
}

static const struct store_ops ops = {
	.look = look,
	.open = open_file,
	.list = list,
	.list_next = list_next,
	.list_free = list_free,
	.upload = upload_new,
	.upload_write = upload_write,
	.upload_commit = upload_commit,
	.upload_free = upload_free,
	.make_collection = make_collection,
	.remove = remove_tree,
	.copy = copy,
	.move = move,
	.is_marked = is_marked,
	.touch = touch,
	.props = props,
	.props_change = props_change,
	.lock_save = lock_save,
	.lock_drop = lock_drop,
	.locks = locks,
	.quota = quota,
	.is_instant = is_instant,
	.free = free_store,
};

struct store *
mem_new(void)
{
	struct mem *mem = calloc(1, sizeof(*mem));

	if (mem == NULL)
		return NULL;
	if (mem_tree_init(&mem->tree) != ERR_NONE) {
		free(mem);
		return NULL;
	}
	CHECK(pthread_mutex_init(&mem->mutex, NULL) == 0);
	mem->magic = MAGIC;
	mem->store.ops = &ops;
	return &mem->store;
}
