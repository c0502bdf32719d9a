/*
 * agent_fuzz.c - any User-Agent: an answer, within its octets.
 */
#include <stddef.h>
#include <stdint.h>

#include "http/agent.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct agent *agent =
	    agent_find(str_make((const char *)data, size));

	if (agent == NULL)
		return 0;
	CHECK(size <= AGENT_SIZE_MAX);
	CHECK((agent->verdict == AGENT_ALLOW) == (agent->budget > 0));
	CHECK(agent->version_min < agent->version_below);
	return 0;
}
