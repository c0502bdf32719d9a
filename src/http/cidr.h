/*
 * cidr.h - ranges of network addresses: 10.0.0.0/8, ::1/128, or one address.
 *
 * A range holds addresses of its own family only; but an IPv4 address that
 * came by an IPv6 socket (::ffff:10.0.0.1) is the IPv4 address that it is.
 */
#ifndef CIDR_H
#define CIDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

enum { CIDR_COUNT_MAX = 64 }; /* ranges of one list */

struct cidr {
	uint8_t octets[16];
	uint8_t size;   /* 4: IPv4; 16: IPv6 */
	uint8_t prefix; /* leading bits that count */
};

struct cidr_list {
	struct cidr items[CIDR_COUNT_MAX];
	size_t count;
};

/*
 * Bits behind the prefix may be set, and do not count.  ERR_SYNTAX: no address,
 * or no number behind the slash; ERR_RANGE: the prefix is longer than the
 * address.
 */
enum err cidr_parse(struct str text, struct cidr *out_cidr) MUST_CHECK;

/* A peer's address as text; what is no address is in no range. */
bool cidr_has(const struct cidr *cidr, struct str address);

/* As cidr_parse; ERR_LIMIT: CIDR_COUNT_MAX ranges are there. */
enum err cidr_list_add(struct cidr_list *list, struct str text) MUST_CHECK;
bool cidr_list_has(const struct cidr_list *list, struct str address);

#endif
