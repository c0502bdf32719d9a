/*
 * server_access.h - whose root is where, and who may do what: --rule, and a
 * directory such as /srv/dav/%u, from the words of an operator.
 *
 * Each function says on standard error why it fails.
 */
#ifndef SERVER_ACCESS_H
#define SERVER_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "apps/options.h"
#include "base/check.h"
#include "base/err.h"
#include "base/limits.h"

struct access;

struct server_access_root {
	char directory[PATH_SIZE_MAX + 1]; /* without a "%u" */
	bool has_homes;                    /* each user has a root in it */
};

/* ERR_SYNTAX: "%u" is not the last of its names.  ERR_LIMIT: too long. */
enum err server_access_root(
    const char *text, struct server_access_root *out_root) MUST_CHECK;

/* NULL where there are no rules.  ERR_SYNTAX: one is none.  ERR_MEMORY. */
enum err server_access_rules(
    const struct option_texts *texts, struct access **out_access) MUST_CHECK;

/*
 * Warns of each rule that is about nothing: there is nothing at its path in
 * the directory (with homes: in none of them), or later rules decide in all
 * cases.  is_user, which may be NULL, knows the names of users: a rule for
 * another is about nobody.  Returns how many there were.
 */
struct server_access_check {
	const struct access *access;
	const struct server_access_root *root;
	bool (*is_user)(void *context, struct str name);
	void *context;
};

size_t server_access_warn(const struct server_access_check *check);

#endif
