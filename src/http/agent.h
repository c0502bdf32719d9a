/*
 * agent.h - the policy table: which agents bear a 1xx, and how many.
 *
 * Its rows are in agents.def, each from a measurement.  An agent is known by
 * the product tokens of its User-Agent (RFC 9110, 10.1.5), compared as they
 * are, case and all; comments are passed over.  Whoever is not in the table,
 * or sends no User-Agent, is unknown, and nothing may be assumed of it.
 */
#ifndef AGENT_H
#define AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum { AGENT_SIZE_MAX = 512 }; /* a longer User-Agent is unknown */

enum agent_verdict {
	AGENT_DENY, /* a 1xx breaks it */
	AGENT_ALLOW,
};

struct agent {
	const char *product;
	const char
	    *companion;       /* a product that must stand there too; or NULL */
	uint32_t version_min; /* major * 1000 + minor */
	uint32_t version_below; /* the first that the row does not speak for */
	enum agent_verdict verdict;
	uint32_t budget;       /* of all 1xx of one request */
	bool bears_fields;     /* a 102 may have header fields */
	bool bears_after_body; /* a 102 may follow an upload */
	bool resets_timer;     /* its idle timer starts anew at each */
};

/* The row for this agent; NULL: unknown.  The row lasts for ever. */
const struct agent *agent_find(struct str user_agent);

#endif
