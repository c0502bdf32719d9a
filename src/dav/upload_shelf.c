/*
 * upload_shelf.c - see upload_shelf.h.
 */
#include "dav/upload_shelf.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

enum { ID_OCTET_COUNT = 16, LONG_IDLE_MS = 3600 * 1000 };

struct shelved {
	struct store *store;
	struct upload_terms terms;
	char id[UPLOAD_ID_SIZE];

	/* Under the mutex of the shelf. */
	unsigned reference_count; /* the list has one */
	bool is_listed;
	struct shelved *next;

	/* Under this one, which is held while the disk is written. */
	pthread_mutex_t mutex;
	struct upload *upload;
	uint64_t offset;
	uint64_t turn;
	int64_t touched_ms;

	char texts[]; /* those of the terms */
};

struct upload_shelf {
	struct store *store;
	void (*random)(void *out, size_t size);
	pthread_mutex_t mutex;
	struct shelved *first;
	size_t count;
};

struct upload_shelf *
upload_shelf_new(struct store *store, void (*random)(void *out, size_t size))
{
	struct upload_shelf *shelf = calloc(1, sizeof(*shelf));

	if (shelf == NULL)
		return NULL;
	shelf->store = store;
	shelf->random = random;
	CHECK(pthread_mutex_init(&shelf->mutex, NULL) == 0);
	return shelf;
}

static void
destroy(struct shelved *shelved)
{
	shelved->store->ops->upload_free(shelved->upload);
	CHECK(pthread_mutex_destroy(&shelved->mutex) == 0);
	free(shelved);
}

static int64_t
touched_ms(struct shelved *shelved)
{
	int64_t at_ms;

	(void)pthread_mutex_lock(&shelved->mutex);
	at_ms = shelved->touched_ms;
	(void)pthread_mutex_unlock(&shelved->mutex);
	return at_ms;
}

/* Off the list; the caller is to unref it. */
static void
unlist(struct upload_shelf *shelf, struct shelved *shelved)
{
	struct shelved **at = &shelf->first;

	while (*at != shelved)
		at = &(*at)->next;
	*at = shelved->next;
	shelved->is_listed = false;
	CHECK(shelf->count > 0);
	shelf->count--;
}

/* The last reference that goes frees it, after the mutex was left. */
static struct shelved *
unref(struct shelved *shelved)
{
	CHECK(shelved->reference_count > 0);
	return --shelved->reference_count == 0 ? shelved : NULL;
}

/* owner: NULL for any. */
static bool
is_of(const struct shelved *shelved, const struct str *owner)
{
	return owner == NULL || str_equal(shelved->terms.principal, *owner);
}

static size_t
count_of(const struct upload_shelf *shelf, const struct str *owner)
{
	size_t count = 0;

	for (struct shelved *at = shelf->first; at != NULL; at = at->next)
		count += is_of(at, owner);
	return count;
}

/* Nobody keeps the others from it. */
static bool
has_too_many(const struct upload_shelf *shelf, const struct str *owner)
{
	return count_of(shelf, owner) >= UPLOAD_COUNT_EACH_MAX;
}

static bool
has_room(const struct upload_shelf *shelf, const struct str *owner)
{
	return shelf->count < UPLOAD_COUNT_MAX && !has_too_many(shelf, owner);
}

/* One that was idle for so long; NULL: there is none. */
static struct shelved *
take_idle(struct upload_shelf *shelf, const struct str *owner, int64_t now_ms,
    int64_t idle_ms)
{
	struct shelved *oldest = NULL;
	int64_t oldest_ms = now_ms - idle_ms;

	for (struct shelved *at = shelf->first; at != NULL; at = at->next) {
		/* What is referenced is in use, and may be writing. */
		if (at->reference_count > 1 || !is_of(at, owner) ||
		    touched_ms(at) > oldest_ms)
			continue;
		oldest = at;
		oldest_ms = touched_ms(at);
	}
	if (oldest == NULL)
		return NULL;
	unlist(shelf, oldest);
	return unref(oldest);
}

/* newcomer: whose next one wants room; NULL: there is none. */
static void
expire(struct upload_shelf *shelf, int64_t now_ms, const struct str *newcomer)
{
	for (;;) {
		struct shelved *old;

		(void)pthread_mutex_lock(&shelf->mutex);
		old = take_idle(
		    shelf, NULL, now_ms, UPLOAD_AGE_S * INT64_C(1000));
		if (old == NULL && newcomer != NULL &&
		    !has_room(shelf, newcomer))
			old = take_idle(shelf,
			    has_too_many(shelf, newcomer) ? newcomer : NULL,
			    now_ms, LONG_IDLE_MS);
		(void)pthread_mutex_unlock(&shelf->mutex);
		if (old == NULL)
			return;
		destroy(old);
	}
}

void
upload_shelf_free(struct upload_shelf *shelf)
{
	if (shelf == NULL)
		return;
	while (shelf->first != NULL) {
		struct shelved *one = shelf->first;

		unlist(shelf, one);
		one = unref(one);
		CHECK(one != NULL);
		destroy(one);
	}
	CHECK(pthread_mutex_destroy(&shelf->mutex) == 0);
	free(shelf);
}

static struct str
copy(char **at, struct str text)
{
	struct str kept = str_make(*at, text.len);

	if (text.len > 0)
		memcpy(*at, text.data, text.len);
	*at += text.len;
	return kept;
}

static struct shelved *
make(struct upload_shelf *shelf, const struct upload_terms *terms)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char octets[ID_OCTET_COUNT];
	struct shelved *shelved = calloc(
	    1, sizeof(*shelved) + terms->path.len + terms->principal.len);
	char *at;

	if (shelved == NULL)
		return NULL;
	at = shelved->texts;
	shelved->store = shelf->store;
	shelved->terms = *terms;
	shelved->terms.path = copy(&at, terms->path);
	shelved->terms.principal = copy(&at, terms->principal);
	shelved->offset = terms->offset;
	shelved->reference_count = 1;
	shelved->is_listed = true;
	shelf->random(octets, sizeof(octets));
	for (size_t i = 0; i < sizeof(octets); i++) {
		shelved->id[2 * i] = digits[octets[i] >> 4];
		shelved->id[2 * i + 1] = digits[octets[i] & 15];
	}
	CHECK(pthread_mutex_init(&shelved->mutex, NULL) == 0);
	return shelved;
}

enum err
upload_shelf_add_take(struct upload_shelf *shelf, struct upload *upload,
    const struct upload_terms *terms, int64_t now_ms,
    char out_id[UPLOAD_ID_SIZE])
{
	struct shelved *shelved = make(shelf, terms);
	bool is_kept;

	CHECK(upload != NULL);
	CHECK(terms->options.prop == NULL);
	if (shelved == NULL) {
		shelf->store->ops->upload_free(upload);
		return ERR_MEMORY;
	}
	shelved->upload = upload;
	shelved->touched_ms = now_ms;
	memcpy(out_id, shelved->id, UPLOAD_ID_SIZE);
	expire(shelf, now_ms, &shelved->terms.principal);
	(void)pthread_mutex_lock(&shelf->mutex);
	is_kept = has_room(shelf, &shelved->terms.principal);
	if (is_kept) {
		shelved->next = shelf->first;
		shelf->first = shelved;
		shelf->count++;
	}
	(void)pthread_mutex_unlock(&shelf->mutex);
	if (is_kept)
		return ERR_NONE;
	destroy(shelved);
	return ERR_BUSY;
}

struct shelved *
upload_shelf_find(struct upload_shelf *shelf, struct str id,
    struct str principal, int64_t now_ms)
{
	struct shelved *found;

	expire(shelf, now_ms, NULL);
	(void)pthread_mutex_lock(&shelf->mutex);
	found = shelf->first;
	while (
	    found != NULL && (!str_is(id, found->id) ||
	                         !str_equal(principal, found->terms.principal)))
		found = found->next;
	if (found != NULL)
		found->reference_count++;
	(void)pthread_mutex_unlock(&shelf->mutex);
	return found;
}

void
upload_shelf_put(struct upload_shelf *shelf, struct shelved *shelved)
{
	struct shelved *last;

	(void)pthread_mutex_lock(&shelf->mutex);
	last = unref(shelved);
	(void)pthread_mutex_unlock(&shelf->mutex);
	if (last != NULL)
		destroy(last);
}

void
upload_shelf_drop(struct upload_shelf *shelf, struct shelved *shelved)
{
	bool was_listed;

	(void)pthread_mutex_lock(&shelf->mutex);
	was_listed = shelved->is_listed;
	if (was_listed)
		unlist(shelf, shelved);
	(void)pthread_mutex_unlock(&shelf->mutex);
	if (was_listed)
		upload_shelf_put(shelf, shelved);
}

const struct upload_terms *
upload_shelf_terms(const struct shelved *shelved)
{
	return &shelved->terms;
}

uint64_t
upload_shelf_take_over(struct shelved *shelved, uint64_t *out_turn)
{
	uint64_t offset;

	(void)pthread_mutex_lock(&shelved->mutex);
	*out_turn = ++shelved->turn;
	offset = shelved->offset;
	(void)pthread_mutex_unlock(&shelved->mutex);
	return offset;
}

enum err
upload_shelf_write(
    struct shelved *shelved, uint64_t turn, struct str octets, int64_t now_ms)
{
	enum err err = ERR_CONFLICT;

	(void)pthread_mutex_lock(&shelved->mutex);
	if (turn == shelved->turn) {
		err =
		    shelved->store->ops->upload_write(shelved->upload, octets);
		shelved->touched_ms = now_ms;
	}
	if (err == ERR_NONE)
		shelved->offset += octets.len;
	(void)pthread_mutex_unlock(&shelved->mutex);
	return err;
}

enum err
upload_shelf_commit(struct shelved *shelved, uint64_t turn,
    bool *out_is_created, struct resource *out_resource)
{
	enum err err = ERR_CONFLICT;

	(void)pthread_mutex_lock(&shelved->mutex);
	if (turn == shelved->turn) {
		err = shelved->store->ops->upload_commit(shelved->upload,
		    &shelved->terms.options, out_is_created, out_resource);
		/* Whoever comes now has nothing to write to. */
		shelved->turn++;
	}
	(void)pthread_mutex_unlock(&shelved->mutex);
	return err;
}
