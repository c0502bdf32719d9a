/*
 * request.h - a request as the layers above HTTP see it, and the part of its
 * making that does not depend on the version it came by.
 *
 *	clear -> take_line, add_field ... -> read_host, read_target,
 *	         read_length, read_expect -> it is handed to a handler
 *
 * Everything it points to belongs to its arena.  Nobody above src/http asks
 * which version it came by, except to print it.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/str.h"
#include "http/fields.h"
#include "http/version.h"

#define BODY_SIZE_UNKNOWN UINT64_MAX /* known at its end */

enum { METHOD_SIZE_MAX = 32 }; /* 501 */

enum target_form {
	TARGET_PATH,     /* origin-form and absolute-form: path is set */
	TARGET_ASTERISK, /* "*", of OPTIONS only */
};

struct request {
	enum http_version version;
	enum target_form form;
	struct str method;    /* case-sensitive, as sent */
	struct str target;    /* as sent */
	struct str scheme;    /* "http" or "https", of the connection */
	struct str authority; /* of the target, else of Host; may be empty */

	/*
	 * The one normalised form of a name: percent-decoded, no empty, "."
	 * or ".." segment, a slash at the start and none at the end.  The root
	 * is "/".
	 */
	struct str path;
	bool has_final_slash;
	struct str query; /* without "?", not decoded; data NULL if none */

	struct fields fields;
	uint64_t body_size; /* 0 if there is none; or BODY_SIZE_UNKNOWN */
	bool has_body;      /* the message has framing for one, even if empty */
	bool lacks_size;    /* content may follow, and would not be read */
	bool expects_continue; /* RFC 9110, 10.1.1 */

	const char *flaw; /* why its head was refused, in words; or NULL */

	struct str peer; /* the address, without a port, as text */
	bool peer_is_loopback;
	struct str principal; /* the authenticated user; empty: anonymous */
	struct arena *arena;
};

/* As it is before anything was read of it; the arena is set. */
void request_clear(struct request *request, enum http_version version);

/*
 * Each takes or reads one thing, and returns 0, or the status to answer with;
 * request->flaw then says why, to whoever sent it.  Texts are borrowed.
 */
int request_take_line(struct request *request, struct str method,
    struct str target) MUST_CHECK; /* 400, 414, 501 */
int request_add_field(struct request *request, struct str name,
    struct str value) MUST_CHECK; /* 400, 431 */
int request_read_host(struct request *request, bool is_needed) MUST_CHECK;
int request_read_target(struct request *request) MUST_CHECK; /* 400, 414 */
int request_read_length(struct request *request) MUST_CHECK; /* 400, 413 */
int request_read_expect(struct request *request) MUST_CHECK; /* 417 */

/* For a flaw that only one version can have; returns the status. */
int request_refuse(struct request *request, int status, const char *flaw);

#endif
