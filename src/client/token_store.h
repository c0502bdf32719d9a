/*
 * token_store.h - the lock tokens that we hold, kept in a private file.
 *
 * One line each: TOKEN DEPTH ENDS URL.  The file is read anew before it is
 * changed, under a lock of its own, and replaced whole: several commands may
 * run at once.  Nobody but its owner can read it.
 */
#ifndef TOKEN_STORE_H
#define TOKEN_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/err.h"

enum {
	TOKEN_STORE_SIZE_MAX = 1024 * 1024,
	TOKEN_STORE_COUNT_MAX = 1000,
};

struct token {
	char *token;
	char *url; /* the root of the lock */
	bool is_infinite;
	int64_t ends_s; /* wall time; 0: it does not */
};

struct token_store {
	char *dir;
	char *path; /* NULL: nothing is kept */
	struct token *tokens;
	size_t count;
};

/* dir may be NULL.  It is created when it is needed.  ERR_MEMORY. */
enum err token_store_init(
    struct token_store *store, const char *dir) MUST_CHECK;
void token_store_done(struct token_store *store);

/* Reads what there is; what has ended is left out.  ERR_MEMORY, ERR_SYSTEM. */
enum err token_store_read(struct token_store *store, int64_t wall_s) MUST_CHECK;

/* Adds it, or changes the one of that name.  As above, and ERR_LIMIT. */
enum err token_store_add(struct token_store *store, const struct token *token,
    int64_t wall_s) MUST_CHECK;
enum err token_store_remove(
    struct token_store *store, const char *token, int64_t wall_s) MUST_CHECK;

/* The one whose root is this URL, or covers it.  NULL: none. */
const struct token *token_store_find(
    const struct token_store *store, const char *url);

/*
 * Adds the value of an If field that submits each token that matters for this
 * URL: of a lock on it, above it, on its parent, or below it.  It is true
 * whatever became of the locks.
 */
void token_store_submit(
    const struct token_store *store, const char *url, struct buf *out);

#endif
