/*
 * interim_policy.h - which requests may be answered with a 102 first, and how.
 *
 * In this order, the first that applies decides:
 *
 *	HTTP/1.0             never (RFC 9110, 15.2)
 *	mode off             never: the operator's word is final
 *	the guard knows it   never: it went wrong before (guard.h)
 *	Prefer: processing   yes: whoever asks answers for the way
 *	mode on              yes, but to an agent that is known to break
 *	mode auto            the table allows the agent (agent.h), and the way
 *	                     is direct (route.h) or by a trusted proxy
 *
 * A known agent is always spoken to as the table says it bears: so many, with
 * or without fields, and after an upload or not at all.
 */
#ifndef INTERIM_POLICY_H
#define INTERIM_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "http/cidr.h"
#include "http/guard.h"
#include "http/interim.h"
#include "http/request.h"

enum {
	INTERIM_BUDGET_ASKED = 100, /* Prefer: processing */
	INTERIM_BUDGET_UNKNOWN = 4, /* one less than the least that is known */
	INTERIM_BUDGET_PROXIED =
	    5, /* caddy, and others on Go: the 6th is 502 */
	INTERIM_UPLOAD_SIZE_MIN = 64 * 1024, /* a smaller body takes no time */
};

enum interim_mode { INTERIM_MODE_OFF, INTERIM_MODE_AUTO, INTERIM_MODE_ON };

struct interim_policy {
	enum interim_mode mode;
	int64_t threshold_ms; /* both as interim_check() allows */
	int64_t interval_ms;
	struct cidr_list trusted_proxies; /* peers known to pass 1xx on */
};

struct interim_verdict {
	struct interim_plan plan; /* ready for interim_init() */
	bool may_carry_fields;    /* a 102 may have header fields */

	/* Once a 102 was sent, the final response says Connection: close. */
	bool must_close_after;

	/* Why there can be none, in a word or two for the log; else NULL. */
	const char *withheld;
};

/* Nothing decided: auto, with the default times and nobody trusted. */
void interim_policy_init(struct interim_policy *policy);

/* The request's head must be complete; its body need not be there. */
void interim_decide(const struct interim_policy *policy,
    const struct request *request, struct guard *guard, int64_t now_ms,
    struct interim_verdict *out_verdict);

#endif
