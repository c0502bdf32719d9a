/*
 * prepare.h - reads the headers of WebDAV (RFC 4918, 10) into a call, once,
 * before its method is asked anything; and the checks that methods share.
 */
#ifndef PREPARE_H
#define PREPARE_H

#include <stdbool.h>

#include "base/err.h"
#include "dav/call.h"
#include "dav/lock.h"
#include "dav/store.h"

struct xml_node;

/*
 * Fills in depth, overwrite, destination and if_header; answers 400 to a
 * value that is not one (an absurd Depth, Overwrite or If), 400 or 502 to a
 * Destination that is none or is another server's, 403 to a change of a tree
 * that is read-only.
 *
 * Destination is matched on its path when its host is the request's, or its
 * scheme or host only differs as it does behind a proxy that ends TLS.
 */
enum step prepare_call(struct call *call);

/* Timeout (10.7): "Second-600", "Infinite", a list; what is absurd is cut to
 * LOCK_TIMEOUT_S_MAX, what is absent or unknown becomes default_s. */
uint32_t prepare_timeout(const struct call *call, uint32_t default_s);

/* X-OC-Mtime: seconds since 1970.  false: absent.  Garbage: *out_bad. */
bool prepare_modified(
    const struct call *call, int64_t *out_modified_ns, bool *out_bad);

/*
 * The conditional headers of RFC 9110, 13, and the If header, against the
 * resource at call->path (resource is NULL if there is none): answers 304 or
 * 412 where they do not hold.
 */
enum step prepare_conditions(
    struct call *call, const struct resource *resource);

/*
 * The XML body; the caller has seen that it is not empty.  Answers 400 to
 * what is not well-formed or has a DOCTYPE, 413 beyond the limits of xml.h.
 */
enum step prepare_xml(struct call *call, struct xml_node **out_root);

/*
 * Claims what LOCK and UNLOCK need.  In mode, all at and below root: a lock
 * changes nothing that a COPY would read, but who began something because of a
 * lock, or of none, is to be done before that changes.  And the locks there, so
 * that only one request at a time judges and changes them.
 */
void prepare_lock_claims(
    struct call *call, struct str root, enum claim_mode mode);

/* Locks (lock_check) for a change at path; answers 423 with
 * lock-token-submitted, or, for members inside a tree, a 207. */
enum step prepare_locks(
    struct call *call, struct str path, enum lock_scope scope);

#endif
