/*
 * if_header.h - the If header (RFC 4918, 10.4): its whole grammar, parsed once
 * and then asked.
 *
 *	If = 1*No-tag-list | 1*Tagged-list
 *	List = "(" 1*Condition ")";  Condition = ["Not"] (<token> | ["etag"])
 *
 * A request goes on when at least one list is true for its resource: the
 * tagged one, or, untagged, the Request-URI (10.4.3).  Every state token that
 * appears anywhere in the header counts as submitted (10.4.1).
 */
#ifndef IF_HEADER_H
#define IF_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

enum if_kind { IF_TOKEN, IF_ETAG };

struct if_condition {
	enum if_kind kind;
	bool is_negated;
	struct str value; /* the token without <>, the entity tag with its
	                   * quotes and W/ */
};

struct if_list {
	bool has_resource;   /* tagged */
	struct str resource; /* the tag's normalised path */
	size_t first;        /* index of its first condition */
	size_t count;
};

struct if_header {
	struct if_list *lists;
	size_t list_count;
	struct if_condition *conditions;
	size_t condition_count;
};

/* What an evaluation asks about a resource. */
struct if_oracle {
	/* Whether this lock token is one of a lock that applies to path. */
	bool (*has_token)(void *context, struct str path, struct str token);
	/* The current entity tag, or "" if there is none or no resource. */
	struct str (*etag)(void *context, struct str path);
	void *context;
};

/*
 * value: all lines joined.  A tag is matched on its path alone, whatever its
 * scheme and host: behind a proxy that ends TLS they are not ours (see
 * prepare.h).  ERR_SYNTAX; ERR_LIMIT: IF_LIST_COUNT_MAX or
 * IF_CONDITION_COUNT_MAX.
 */
enum err if_header_parse(struct str value, struct arena *arena,
    struct if_header **out_if) MUST_CHECK;

/* False: 412.  path is the Request-URI's. */
bool if_header_holds(const struct if_header *if_header, struct str path,
    const struct if_oracle *oracle);

/* Whether the token was submitted.  if_header may be NULL. */
bool if_header_submits(const struct if_header *if_header, struct str token);

#endif
