/*
 * users.h - the users of a file, in the form of htpasswd: NAME:HASH, a line
 * each; empty lines and those that begin with "#" are skipped.
 *
 *	read -> verify, from any thread -> unref
 *
 * A table never changes: a file that was changed is read into a new one.
 * Hashes are those of crypt(5): yescrypt, bcrypt, SHA-512 and SHA-256.
 */
#ifndef USERS_H
#define USERS_H

#include "base/buf.h"
#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

struct users;

/*
 * The text of a file called name.  ERR_SYNTAX: out_why says which line is
 * wrong, what to do, and which others are; ERR_LIMIT: there are too many;
 * ERR_MEMORY.
 */
enum err users_parse(struct str text, const char *name, struct buf *out_why,
    struct users **out_users) MUST_CHECK;

/* As above; ERR_SYSTEM: it cannot be read.  out_why is always set then. */
enum err users_read(
    const char *path, struct buf *out_why, struct users **out_users) MUST_CHECK;

struct users *users_ref(struct users *users);
void users_unref(struct users *users); /* may be NULL */

size_t users_count(const struct users *users);

/* Any of them; nothing where there is none.  As long as users is there. */
struct str users_one(const struct users *users);

/*
 * ERR_DENIED: there is no such user, or that is not the password; both take
 * as long.  Takes milliseconds, and megabytes, by design.
 */
enum err users_verify(
    const struct users *users, struct str name, struct str password) MUST_CHECK;

/*
 * The part of a line for a name that could be a user's.  NULL, or what is
 * wrong with it, in words.
 */
const char *users_name_flaw(struct str name);

#endif
