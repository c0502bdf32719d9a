/*
 * ops.h - the status resources: operations as their owner sees them.
 *
 *	/.tarry/ops/             GET, HEAD: all, as JSON; PROPFIND
 *	/.tarry/ops/ID           GET, HEAD: one; PROPFIND; DELETE cancels it
 *	/.tarry/ops/ID/response  GET, HEAD: its final response once more
 *
 * Nothing of it is in the tree.  What belongs to another principal is not
 * there, and nothing may be kept by a cache.
 *
 * GET of one, and of its response, waits as the client prefers: with
 * processing for the end of the operation; with wait=N, of at most OPS_WAIT_S
 * seconds, for another state.  With Accept: text/event-stream each change is
 * an event, at most one a second, and the last is its end.
 */
#ifndef OPS_H
#define OPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "dav/call.h"

struct dav;
struct operation;

#define OPS_BASE "/.tarry/ops/"

enum {
	OPS_WAIT_S = 60,
	OPS_HEARTBEAT_MS = 15 * 1000, /* of an event stream without events */
};

/* Whether the path is the server's own: /.tarry, or below it.  What is below
 * /.tarry/uploads/ is for upload_resource.h. */
bool ops_is_ours(struct str path);

/* The method of that name for such a path; NULL: ops_refuse() answers. */
const struct method *ops_method_find(struct str path, struct str name);

/* 404, or 405 with Allow. */
void ops_refuse(
    struct dav *dav, const struct request *request, struct response *response);

/* The operation as a JSON document, with this status. */
void ops_answer_status(
    struct call *call, struct operation *operation, int status);
void ops_field_location(
    struct response *response, const struct operation *operation);

/* For the ops_ files: what a path below OPS_BASE names. */
enum ops_place { OPS_NOTHING, OPS_LIST, OPS_ONE, OPS_RESPONSE };

struct ops_target {
	enum ops_place place;
	struct operation *operation; /* a reference, but for a list */

	/* Of an event stream. */
	bool is_streaming;
	uint64_t version; /* the last that was told; 0: none yet */
};

/* Puts the target into call->state; 404, or 405 with Allow. */
enum step ops_demand(struct call *call);
void ops_free(struct call *call);

extern const struct method ops_get;
extern const struct method ops_head;
extern const struct method ops_propfind;

#endif
