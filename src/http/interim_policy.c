/*
 * interim_policy.c - see interim_policy.h.
 */
#include "http/interim_policy.h"

#include "http/agent.h"
#include "http/prefer.h"
#include "http/route.h"

/* What the decision rests on. */
struct evidence {
	const struct agent *agent; /* NULL: unknown */
	enum route route;
	bool is_trusted; /* the peer is a proxy that passes 1xx */
	bool has_upload;
	bool prefers_processing;
};

void
interim_policy_init(struct interim_policy *policy)
{
	*policy = (struct interim_policy){
		.mode = INTERIM_MODE_AUTO,
		.threshold_ms = INTERIM_THRESHOLD_MS,
		.interval_ms = INTERIM_INTERVAL_MS,
	};
}

/* Two agents in one request are nobody that was measured. */
static const struct agent *
agent_of(const struct request *request)
{
	if (fields_count(&request->fields, "User-Agent") != 1)
		return NULL;
	return agent_find(fields_get(&request->fields, "User-Agent"));
}

static struct evidence
gather(const struct interim_policy *policy, const struct request *request)
{
	struct prefer prefer;

	prefer_parse(&request->fields, &prefer);
	return (struct evidence){
		.agent = agent_of(request),
		.route = route_of(request),
		.is_trusted =
		    cidr_list_has(&policy->trusted_proxies, request->peer),
		.has_upload = request->has_body &&
		              request->body_size >= INTERIM_UPLOAD_SIZE_MIN,
		.prefers_processing = prefer.processing,
	};
}

static bool
is_allowed(const struct agent *agent)
{
	return agent != NULL && agent->verdict == AGENT_ALLOW;
}

static bool
is_denied(const struct agent *agent)
{
	return agent != NULL && agent->verdict == AGENT_DENY;
}

/* What only mode auto asks.  NULL: nothing speaks against it. */
static const char *
doubt(const struct evidence *evidence)
{
	if (!is_allowed(evidence->agent))
		return "agent";
	if (evidence->is_trusted)
		return NULL;
	switch (evidence->route) {
	case ROUTE_PROXY:
		return "proxy";
	case ROUTE_LOOPBACK:
		return "loopback";
	case ROUTE_DIRECT:
		return NULL;
	}
	UNREACHABLE("a route without a case");
}

/* Why nobody may have one who has not asked for it; or NULL. */
static const char *
objection(const struct interim_policy *policy, const struct evidence *evidence)
{
	const char *why = NULL;

	if (policy->mode == INTERIM_MODE_AUTO)
		why = doubt(evidence);
	else if (is_denied(evidence->agent))
		why = "agent"; /* seen to break: no operator wants that */
	if (why == NULL && evidence->has_upload &&
	    is_allowed(evidence->agent) && !evidence->agent->bears_after_body)
		why = "body";
	return why;
}

static uint32_t
budget(const struct evidence *evidence)
{
	uint32_t most = INTERIM_BUDGET_UNKNOWN;

	if (evidence->prefers_processing)
		most = INTERIM_BUDGET_ASKED;
	else if (is_allowed(evidence->agent))
		most = evidence->agent->budget;
	if (is_allowed(evidence->agent) && evidence->agent->budget < most)
		most = evidence->agent->budget;
	if (!evidence->prefers_processing && evidence->route == ROUTE_PROXY &&
	    most > INTERIM_BUDGET_PROXIED)
		most = INTERIM_BUDGET_PROXIED;
	return most;
}

static void
grant(const struct evidence *evidence, struct interim_verdict *verdict)
{
	verdict->plan.may_send = true;
	verdict->plan.prefers_processing = evidence->prefers_processing;
	verdict->plan.budget = budget(evidence);
	verdict->may_carry_fields =
	    evidence->prefers_processing ||
	    (is_allowed(evidence->agent) && evidence->agent->bears_fields);
	verdict->must_close_after = !is_allowed(evidence->agent);
}

void
interim_decide(const struct interim_policy *policy,
    const struct request *request, struct guard *guard, int64_t now_ms,
    struct interim_verdict *out_verdict)
{
	struct interim_verdict verdict = {
		.plan = { .threshold_ms = policy->threshold_ms,
		    .interval_ms = policy->interval_ms },
	};
	struct evidence evidence;

	if (request->version == HTTP_1_0)
		verdict.withheld = "http/1.0";
	else if (policy->mode == INTERIM_MODE_OFF)
		verdict.withheld = "off";
	else if (guard_knows(guard, request->peer,
	             fields_get(&request->fields, "User-Agent"), now_ms))
		verdict.withheld = "guard";
	if (verdict.withheld == NULL) {
		evidence = gather(policy, request);
		if (!evidence.prefers_processing)
			verdict.withheld = objection(policy, &evidence);
		if (verdict.withheld == NULL)
			grant(&evidence, &verdict);
	}
	*out_verdict = verdict;
}
