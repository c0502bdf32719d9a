/*
 * lock.c - see lock.h.
 *
 * The tree of places (lock_place.h) is the table.  The mutex is held only to
 * look at it or to change it, never while the store works: so the changes of
 * several requests can share one flush, and a look never waits for the disk.
 * A lock is hung in before it is saved, and its record is dropped before it is
 * taken out: whoever comes between finds it standing.
 */
#include "dav/lock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/limits.h"
#include "dav/lock_entry.h"
#include "dav/lock_judge.h"
#include "dav/lock_place.h"
#include "dav/lock_share.h"
#include "dav/store.h"

struct lock_table {
	pthread_mutex_t mutex;
	struct store *store;
	void (*random)(void *out, size_t size);
	struct lock_tree tree;
	struct lock_share share;
	_Atomic size_t count;
	int64_t next_expiry_s;      /* no lock in the tree expires earlier */
	struct lock_entry *expired; /* out of the tree; the store has them */
};

struct lock_table *
lock_table_new(struct store *store, void (*random)(void *out, size_t size))
{
	struct lock_table *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return NULL;
	if (lock_place_init(&table->tree) != ERR_NONE ||
	    pthread_mutex_init(&table->mutex, NULL) != 0) {
		free(table);
		return NULL;
	}
	table->store = store;
	table->random = random;
	lock_share_init(&table->share, random);
	table->next_expiry_s = INT64_MAX;
	return table;
}

static void
entries_free(struct lock_entry *entry)
{
	while (entry != NULL) {
		struct lock_entry *next = entry->next;

		free(entry);
		entry = next;
	}
}

static enum err
hang(struct lock_table *table, struct lock_entry *entry)
{
	enum err err;

	err = lock_entry_hang(&table->tree, entry);
	if (err != ERR_NONE)
		return err;
	if (entry->expires_s < table->next_expiry_s)
		table->next_expiry_s = entry->expires_s;
	lock_share_add(&table->share, entry->lock.principal);
	atomic_fetch_add(&table->count, 1);
	return ERR_NONE;
}

static void
take_out(struct lock_table *table, struct lock_entry *entry)
{
	lock_entry_take_out(&table->tree, entry);
	lock_share_remove(&table->share, entry->lock.principal);
	atomic_fetch_sub(&table->count, 1);
}

void
lock_table_free(struct lock_table *table)
{
	if (table == NULL)
		return;
	lock_tree_gone(table, (struct str)STR("/"));
	entries_free(table->expired);
	lock_place_done(&table->tree);
	pthread_mutex_destroy(&table->mutex);
	free(table);
}

/* Moves what has expired out of the tree. */
static void
sweep(struct lock_table *table, int64_t wall_s)
{
	struct lock_place *place = table->tree.root;

	table->next_expiry_s = INT64_MAX;
	while (place != NULL) {
		struct lock_entry *entry = place->entries;

		/* The next place is safe: pruning frees this one, and those
		 * above it that have nothing else below them. */
		place = lock_place_next(place, table->tree.root);
		while (entry != NULL) {
			struct lock_entry *next = entry->next;

			if (entry->expires_s <= wall_s) {
				take_out(table, entry);
				entry->next = table->expired;
				table->expired = entry;
			} else if (entry->expires_s < table->next_expiry_s) {
				table->next_expiry_s = entry->expires_s;
			}
			entry = next;
		}
	}
}

/* From here to leave() the tree is ours, and nothing in it has expired. */
static void
enter(struct lock_table *table, int64_t wall_s)
{
	CHECK(pthread_mutex_lock(&table->mutex) == 0);
	if (wall_s >= table->next_expiry_s)
		sweep(table, wall_s);
}

static void
leave(struct lock_table *table)
{
	CHECK(pthread_mutex_unlock(&table->mutex) == 0);
}

/*
 * Drops the records of expired locks; for the functions that write anyway.
 * Where that fails the record is found expired when it is next loaded.
 */
static void
reap(struct lock_table *table)
{
	struct lock_entry *expired;

	CHECK(pthread_mutex_lock(&table->mutex) == 0);
	expired = table->expired;
	table->expired = NULL;
	leave(table);
	for (const struct lock_entry *entry = expired; entry != NULL;
	     entry = entry->next)
		(void)table->store->ops->lock_drop(
		    table->store, entry->lock.token);
	entries_free(expired);
}

static enum err
load_one(void *context, const struct lock_record *record)
{
	struct lock_table *table = context;
	const struct lock lock = {
		.token = record->token,
		.path = record->path,
		.owner = record->owner,
		.principal = record->principal,
		.is_shared = record->is_shared,
		.is_infinite = record->is_infinite,
		.timeout_s = record->timeout_s,
	};
	struct lock_entry *entry;
	enum err err;

	if (record->path.len == 0 || record->path.data[0] != '/')
		return ERR_STORAGE;
	entry = lock_entry_new(&lock, record->expires_s);
	if (entry == NULL)
		return ERR_MEMORY;
	err = hang(table, entry);
	if (err != ERR_NONE)
		free(entry);
	return err;
}

static bool
is_orphan(const struct lock_table *table, const struct lock_entry *entry)
{
	struct store *store = table->store;
	struct resource resource;
	enum err err;

	err = store->ops->look(store, entry->lock.path, &resource);
	return err == ERR_ABSENT || err == ERR_PARENT;
}

/*
 * Of what is no more: a crash has parted a lock from the empty file that it
 * was to make, or others took the resource while no server ran.
 */
static void
expire_orphans(struct lock_table *table)
{
	struct lock_place *const top = table->tree.root;

	for (struct lock_place *place = top; place != NULL;
	     place = lock_place_next(place, top))
		for (struct lock_entry *entry = place->entries; entry != NULL;
		     entry = entry->next)
			if (is_orphan(table, entry))
				table->next_expiry_s = entry->expires_s = 0;
}

enum err
lock_table_load(struct lock_table *table, int64_t wall_s)
{
	enum err err;

	CHECK(lock_count(table) == 0);
	err = table->store->ops->locks(table->store, load_one, table);
	if (err != ERR_NONE)
		return err;
	expire_orphans(table);
	enter(table, wall_s);
	leave(table);
	reap(table);
	return ERR_NONE;
}

/* A version 4 UUID: random but for six bits (RFC 4122, 4.4). */
static enum err
token_new(
    const struct lock_table *table, struct arena *arena, struct str *out_token)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char uuid[16];
	char text[LOCK_TOKEN_SIZE] = "urn:uuid:";
	size_t at = sizeof("urn:uuid:") - 1;

	table->random(uuid, sizeof(uuid));
	uuid[6] = (unsigned char)((uuid[6] & 0x0f) | 0x40);
	uuid[8] = (unsigned char)((uuid[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < sizeof(uuid); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			text[at++] = '-';
		text[at++] = digits[uuid[i] >> 4];
		text[at++] = digits[uuid[i] & 0x0f];
	}
	CHECK(at == LOCK_TOKEN_SIZE);
	return arena_copy(arena, str_make(text, at), out_token);
}

static enum err
copy_texts(struct arena *arena, struct lock *lock)
{
	struct str *const texts[] = { &lock->token, &lock->path, &lock->owner,
		&lock->principal };
	enum err err = ERR_NONE;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (err == ERR_NONE)
			err = arena_copy(arena, *texts[i], texts[i]);
	return err;
}

static enum err
save(struct lock_table *table, const struct lock *lock, int64_t expires_s)
{
	const struct lock_record record = {
		.token = lock->token,
		.path = lock->path,
		.owner = lock->owner,
		.principal = lock->principal,
		.is_shared = lock->is_shared,
		.is_infinite = lock->is_infinite,
		.expires_s = expires_s,
		.timeout_s = lock->timeout_s,
	};

	return table->store->ops->lock_save(table->store, &record);
}

static enum err
admit(struct lock_table *table, const struct lock_spec *spec,
    struct lock_entry *entry)
{
	const struct lock_place *place;
	size_t count = 0;

	if (lock_entry_conflict(&table->tree, spec) != NULL)
		return ERR_LOCKED;
	if (lock_count(table) >= LOCK_TABLE_COUNT_MAX ||
	    lock_share_is_full(&table->share, spec->principal))
		return ERR_LIMIT;
	place = lock_place_find(&table->tree, spec->path);
	if (place != NULL)
		for (const struct lock_entry *other = place->entries;
		     other != NULL; other = other->next)
			count++;
	if (count >= LOCK_COUNT_MAX)
		return ERR_LIMIT;
	return hang(table, entry);
}

/* Takes a lock out and frees it; false: it has gone meanwhile. */
static bool
forget(struct lock_table *table, struct str path, struct str token)
{
	struct lock_entry *entry;

	CHECK(pthread_mutex_lock(&table->mutex) == 0);
	entry = lock_entry_find(&table->tree, path, token);
	if (entry != NULL)
		take_out(table, entry);
	leave(table);
	free(entry);
	return entry != NULL;
}

/* Saves a lock that hangs in the tree since before. */
static enum err
keep(struct lock_table *table, const struct lock *lock, int64_t wall_s)
{
	enum err err;

	err = save(table, lock, wall_s + lock->timeout_s);
	if (err != ERR_NONE) {
		(void)forget(table, lock->path, lock->token);
		return err;
	}
	if (lock_applies(table, lock->path, lock->token, wall_s))
		return ERR_NONE;
	/* It went, with its tree, before its record came. */
	(void)table->store->ops->lock_drop(table->store, lock->token);
	return ERR_BUSY;
}

enum err
lock_acquire(struct lock_table *table, const struct lock_spec *spec,
    int64_t wall_s, struct arena *arena, struct lock *out_lock)
{
	struct lock lock = {
		.path = spec->path,
		.owner = spec->owner,
		.principal = spec->principal,
		.is_shared = spec->is_shared,
		.is_infinite = spec->is_infinite,
		.timeout_s = spec->timeout_s,
		.left_s = spec->timeout_s,
	};
	struct lock_entry *entry;
	enum err err;

	CHECK(spec->timeout_s >= 1);
	CHECK(spec->timeout_s <= LOCK_TIMEOUT_S_MAX);
	err = token_new(table, arena, &lock.token);
	if (err == ERR_NONE)
		err = copy_texts(arena, &lock);
	if (err != ERR_NONE)
		return err;
	entry = lock_entry_new(&lock, wall_s + lock.timeout_s);
	if (entry == NULL)
		return ERR_MEMORY;
	enter(table, wall_s);
	err = admit(table, spec, entry);
	leave(table);
	reap(table);
	if (err != ERR_NONE) {
		free(entry);
		return err;
	}
	err = keep(table, &lock, wall_s); /* the entry is the table's now */
	if (err == ERR_NONE)
		*out_lock = lock;
	return err;
}

bool
lock_finds_conflict(struct lock_table *table, const struct lock_spec *spec,
    int64_t wall_s, struct arena *arena, struct str *out_path)
{
	const struct lock_entry *entry;
	bool is_found = false;

	if (lock_count(table) == 0)
		return false;
	enter(table, wall_s);
	entry = lock_entry_conflict(&table->tree, spec);
	if (entry != NULL) {
		is_found = true;
		if (arena_copy(arena, entry->lock.path, out_path) != ERR_NONE)
			*out_path = spec->path; /* the nearest we can say */
	}
	leave(table);
	return is_found;
}

static struct lock_entry *
find_own(const struct lock_table *table, struct str path, struct str token,
    struct str principal)
{
	struct lock_entry *entry = lock_entry_find(&table->tree, path, token);

	if (entry != NULL && !str_equal(entry->lock.principal, principal))
		return NULL;
	return entry;
}

enum err
lock_refresh(struct lock_table *table, const struct lock_spec *spec,
    struct str token, int64_t wall_s, struct arena *arena,
    struct lock *out_lock)
{
	int64_t expires_s = wall_s + spec->timeout_s;
	struct lock lock;
	struct lock_entry *entry;
	enum err err = ERR_TOKEN;

	CHECK(spec->timeout_s >= 1);
	CHECK(spec->timeout_s <= LOCK_TIMEOUT_S_MAX);
	enter(table, wall_s);
	entry = find_own(table, spec->path, token, spec->principal);
	if (entry != NULL) {
		lock = entry->lock;
		lock.timeout_s = spec->timeout_s;
		lock.left_s = spec->timeout_s;
		err = copy_texts(arena, &lock);
	}
	leave(table);
	reap(table);
	if (err != ERR_NONE)
		return err;
	err = save(table, &lock, expires_s);
	if (err != ERR_NONE)
		return err;
	enter(table, wall_s);
	entry = find_own(table, spec->path, token, spec->principal);
	if (entry != NULL) {
		entry->lock.timeout_s = lock.timeout_s;
		entry->expires_s = expires_s;
		if (expires_s < table->next_expiry_s)
			table->next_expiry_s = expires_s;
	}
	leave(table);
	if (entry == NULL) { /* released while we saved it */
		(void)table->store->ops->lock_drop(table->store, lock.token);
		return ERR_TOKEN;
	}
	*out_lock = lock;
	return ERR_NONE;
}

enum err
lock_release(struct lock_table *table, struct str path, struct str token,
    struct str principal, int64_t wall_s)
{
	struct lock_entry *entry;
	enum err err;

	enter(table, wall_s);
	entry = find_own(table, path, token, principal);
	leave(table);
	reap(table);
	if (entry == NULL)
		return ERR_TOKEN;
	err = table->store->ops->lock_drop(table->store, token);
	if (err != ERR_NONE && err != ERR_ABSENT)
		return err;
	/* Else another release was faster. */
	return forget(table, path, token) ? ERR_NONE : ERR_TOKEN;
}

bool
lock_applies(
    struct lock_table *table, struct str path, struct str token, int64_t wall_s)
{
	bool applies;

	if (lock_count(table) == 0)
		return false;
	enter(table, wall_s);
	applies = lock_entry_find(&table->tree, path, token) != NULL;
	leave(table);
	return applies;
}

enum err
lock_check(struct lock_table *table, const struct lock_query *query)
{
	enum err err;

	if (lock_count(table) == 0)
		return ERR_NONE;
	enter(table, query->wall_s);
	err = lock_judge(&table->tree, query);
	leave(table);
	return err;
}

/* As an onlooker may see it. */
static struct lock
as_of(const struct lock_entry *entry, int64_t wall_s)
{
	struct lock lock = entry->lock;
	int64_t left_s = entry->expires_s - wall_s;

	/* A clock that was set back gives nobody more. */
	lock.left_s =
	    left_s < lock.timeout_s ? (uint32_t)left_s : lock.timeout_s;
	return lock;
}

void
lock_each(struct lock_table *table, struct str path, int64_t wall_s,
    void (*see)(void *context, const struct lock *lock), void *context)
{
	const struct lock_entry *entry;
	struct lock_way way;

	if (lock_count(table) == 0)
		return;
	enter(table, wall_s);
	way = lock_entry_way(&table->tree, path);
	while ((entry = lock_entry_next(&way)) != NULL) {
		struct lock lock = as_of(entry, wall_s);

		see(context, &lock);
	}
	leave(table);
}

void
lock_all(struct lock_table *table, int64_t wall_s,
    void (*see)(void *context, const struct lock *lock), void *context)
{
	const struct lock_place *top = table->tree.root;
	const struct lock_place *place;

	enter(table, wall_s);
	for (place = top; place != NULL; place = lock_place_next(place, top)) {
		for (const struct lock_entry *entry = place->entries;
		     entry != NULL; entry = entry->next) {
			struct lock lock = as_of(entry, wall_s);

			see(context, &lock);
		}
	}
	leave(table);
}

void
lock_tree_gone(struct lock_table *table, struct str path)
{
	struct lock_place *top;
	struct lock_place *place;

	CHECK(pthread_mutex_lock(&table->mutex) == 0);
	top = lock_place_find(&table->tree, path);
	place = top;
	while (place != NULL) {
		struct lock_entry *entry = place->entries;

		place = lock_place_next(place, top);
		while (entry != NULL) {
			struct lock_entry *next = entry->next;

			take_out(table, entry);
			free(entry);
			entry = next;
		}
	}
	leave(table);
}

size_t
lock_count(const struct lock_table *table)
{
	return atomic_load(&table->count);
}
