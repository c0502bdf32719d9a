/*
 * confine.h - what a server gives up before it opens its store: the rights of
 * root, and by the sandbox (sandbox.h) all that its options do not name.
 *
 * As root are done only what nobody else can do: binding the ports, and
 * reading keys and certificates.  All that is written is written as the user:
 * state, log, and what is served.
 */
#ifndef CONFINE_H
#define CONFINE_H

#include "apps/sandbox.h"
#include "base/check.h"
#include "base/err.h"

struct privilege;
struct server_options;

/*
 * The user of --user.  Before the ports are bound, since they would be bound
 * in vain.  When it fails it has said why.
 */
enum err confine_find_user(const struct server_options *options,
    struct privilege *out_privilege) MUST_CHECK;

/*
 * Before the first thread.  directory is what is served, without a "%u".  The
 * sandbox, which was initialised, keeps what it needs.  When it fails it has
 * said why, and the process must not go on.
 */
enum err confine(const struct server_options *options, const char *directory,
    const struct privilege *privilege, struct sandbox *sandbox) MUST_CHECK;

/*
 * Before a reload, by other options than those of confine(): ERR_DENIED if
 * they name a file that the sandbox keeps out; then it has said so.  A new
 * log cannot be judged before it is made.
 */
enum err confine_check(const struct server_options *options) MUST_CHECK;

/* A log could not be made.  As above. */
enum err confine_check_log(const struct server_options *options) MUST_CHECK;

/* For tests: tries what cannot be done, on this thread, and prints what came
 * of it. */
void confine_try(const char *path);

#endif
