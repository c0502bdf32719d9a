/*
 * upload_shelf.h - uploads that may be continued: what has come of each file.
 *
 *	add_take -> (find -> take_over -> write, write ... -> put)
 *	         -> (find -> ... -> put) -> commit or drop; else it expires
 *
 * They live as long as this server: a restart forgets them, and whoever asks
 * for one is told that it is gone.  Of several requests that write to one
 * upload only the one that took over last can: the others are from connections
 * that have ended, and do not know it yet.
 */
#ifndef UPLOAD_SHELF_H
#define UPLOAD_SHELF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "base/err.h"
#include "base/str.h"
#include "dav/store.h"

enum { UPLOAD_ID_SIZE = 33 }; /* with its NUL */

struct upload_shelf;
struct shelved; /* one upload; a reference */

struct upload_terms {
	struct str path;      /* where it is to be */
	struct str principal; /* whose it is */
	bool must_be_new;     /* If-None-Match: * */
	bool has_length;
	uint64_t length; /* of the whole, as was said when it began */
	uint64_t offset; /* what has come with that */
	struct upload_options options;
};

/* NULL: no memory.  random gives unpredictable octets. */
struct upload_shelf *upload_shelf_new(
    struct store *store, void (*random)(void *out, size_t size));
void upload_shelf_free(struct upload_shelf *shelf); /* before the store */

/*
 * Copies the texts.  ERR_BUSY: UPLOAD_COUNT_MAX, or UPLOAD_COUNT_EACH_MAX of
 * this principal, and none of those has been idle for long.  ERR_MEMORY.
 */
enum err upload_shelf_add_take(struct upload_shelf *shelf,
    struct upload *upload, const struct upload_terms *terms, int64_t now_ms,
    char out_id[UPLOAD_ID_SIZE]) MUST_CHECK;

/* NULL: there is none, or it is another's. */
struct shelved *upload_shelf_find(struct upload_shelf *shelf, struct str id,
    struct str principal, int64_t now_ms);
void upload_shelf_put(struct upload_shelf *shelf, struct shelved *shelved);

/* Nobody finds it any more; it goes with its last reference. */
void upload_shelf_drop(struct upload_shelf *shelf, struct shelved *shelved);

/* offset is that of the beginning. */
const struct upload_terms *upload_shelf_terms(const struct shelved *shelved);

/* The octets that are there, and will not become less. */
uint64_t upload_shelf_take_over(struct shelved *shelved, uint64_t *out_turn);

/* turn: of take_over.  ERR_CONFLICT: another took over since. */
enum err upload_shelf_write(struct shelved *shelved, uint64_t turn,
    struct str octets, int64_t now_ms) MUST_CHECK;
enum err upload_shelf_commit(struct shelved *shelved, uint64_t turn,
    bool *out_is_created, struct resource *out_resource) MUST_CHECK;

#endif
