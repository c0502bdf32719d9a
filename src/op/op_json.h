/*
 * op_json.h - an operation as a JSON object, for its status resource.
 *
 *	{ "id": "0f...", "state": "running", "waits_for": "nothing",
 *	  "cancelling": false, "interrupted": false, "owner": "ann",
 *	  "method": "COPY", "source": "/a", "destination": "/b%20c",
 *	  "progress": { "members_done": 120, "members_total": 500,
 *	    "bytes_done": 7000, "bytes_total": 32000, "failures": 1 },
 *	  "rate": { "members_per_s": 40.0, "bytes_per_s": 2333.3 },
 *	  "estimate_s": 10, "running_ms": 3000, "observers": 2, "status": null,
 *	  "created": "2024-05-01T12:00:00Z", "started": ..., "ended": null,
 *	  "failures": [ { "path": "/a/x", "side": "source", "status": 403,
 *	    "reason": "permission denied" } ],
 *	  "links": { "self": "/.tarry/ops/0f...",
 *	    "response": "/.tarry/ops/0f.../response" } }
 *
 * Every name is always there; what is not known is null.  Paths are
 * percent-encoded, as in a URI.
 */
#ifndef OP_JSON_H
#define OP_JSON_H

#include "base/buf.h"
#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

struct operation;
struct registry;

enum { OP_JSON_FAILURE_COUNT_MAX = 10 }; /* the first ones */

struct op_json_options {
	struct str base; /* the path before an id, with its slash */
	struct str root; /* paths are shown as from there; or empty */
	int (*status_of)(enum err err); /* of a member that failed */
};

/* Adds one object, without white space around it.  ERR_MEMORY, ERR_LIMIT. */
enum err op_json_write(struct operation *operation,
    const struct op_json_options *options, struct buf *out) MUST_CHECK;

/* Adds { "operations": [ ... ] }: those of registry_list(). */
enum err op_json_write_list(struct registry *registry, const struct str *owner,
    const struct op_json_options *options, struct buf *out) MUST_CHECK;

#endif
