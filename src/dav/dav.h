/*
 * dav.h - what all WebDAV methods share: wired once by apps/, then read-only.
 */
#ifndef DAV_H
#define DAV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct access_slot;
struct claim_table;
struct lock_table;
struct media;
struct registry;
struct request;
struct response;
struct store;
struct upload_shelf;

struct dav {
	struct store *store;
	struct lock_table *locks;
	struct claim_table *claims;
	struct registry *registry;
	const struct media *media;
	struct upload_shelf *uploads;           /* NULL: none is continued */
	void (*random)(void *out, size_t size); /* unpredictable octets */
	bool is_read_only;
	bool has_homes;             /* each user a root of his own: home.h */
	struct access_slot *access; /* the rules; may be NULL */
	/*
	 * Adds how to say who one is, to a 401 that nobody gets where somebody
	 * might not be refused; out_response may be NULL, to ask whether there
	 * is a way.  False, or NULL: there is none, and it is a 403.
	 */
	bool (*challenge)(void *context, const struct request *request,
	    struct response *out_response);
	void *challenge_context;
	uint64_t body_size_max; /* of an upload: 413 */

	/* How many members a request without a principal may walk over: 507.
	 * 0: any number. */
	uint64_t anonymous_tree_max;
};

#endif
