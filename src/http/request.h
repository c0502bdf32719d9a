/*
 * request.h - a request as the layers above HTTP see it.
 *
 * Everything it points to belongs to its arena.  Nobody above src/http asks
 * which version it came by, except to print it.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "http/fields.h"
#include "http/version.h"

#define BODY_SIZE_UNKNOWN UINT64_MAX /* chunked: known at its end */

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
	bool expects_continue; /* RFC 9110, 10.1.1 */

	const char *flaw; /* why its head was refused, in words; or NULL */

	struct str peer; /* the address, without a port, as text */
	bool peer_is_loopback;
	struct str principal; /* the authenticated user; empty: anonymous */
	struct arena *arena;
};

#endif
