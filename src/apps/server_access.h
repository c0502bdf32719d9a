/*
 * server_access.h - whose root is where, and who may do what: --rule, and a
 * directory such as /srv/dav/%u, from the words of an operator.
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
struct buf;

struct server_access_root {
	char directory[PATH_SIZE_MAX + 1]; /* without a "%u" */
	bool has_homes;                    /* each user has a root in it */
};

#define SERVER_ACCESS_ROOT_WRONG                                               \
	"\"%u\" stands for the name of a user, and can only be the last part"  \
	" of the directory, as in /srv/dav/%u"
#define SERVER_ACCESS_LINKS_WRONG                                              \
	"a link could lead from the root of one user into that of another: it" \
	" cannot be \"inside\" where the directory ends in %u"
#define SERVER_ACCESS_USERS_WRONG                                              \
	"nobody could come in, for %u is the name of a user: say who they"     \
	" are, with --users FILE, --jwt-keys or --tls-client-ca"

/* ERR_SYNTAX: "%u" is not the last of its names.  ERR_LIMIT: too long. */
enum err server_access_root(
    const char *text, struct server_access_root *out_root) MUST_CHECK;

/*
 * NULL where there are no rules.  ERR_SYNTAX: one is none, and why says so in
 * words; ERR_LIMIT: too many; ERR_MEMORY.
 */
enum err server_access_rules(const struct option_texts *texts, struct buf *why,
    struct access **out_access) MUST_CHECK;

/*
 * Why the rule of that index is about nothing: there is nothing at its path in
 * the directory (with homes: in none of them), or later rules decide in all
 * cases.  is_user, which may be NULL, knows the names of users: a rule for
 * another is about nobody.  NULL: it is about something.
 */
struct server_access_check {
	const struct access *access;
	const struct server_access_root *root;
	bool (*is_user)(void *context, struct str name);
	void *context;
};

const char *server_access_flaw(
    const struct server_access_check *check, size_t index);

#endif
