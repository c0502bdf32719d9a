/*
 * cors.c - see cors.h.
 */
#include "http/cors.h"

#include "http/octet.h"

/* What our clients send, and a page may not without being told. */
static const char request_fields[] =
    "Authorization, Cache-Control, Content-Type, Depth, Destination, If, "
    "If-Match, If-Modified-Since, If-None-Match, If-Range, "
    "If-Unmodified-Since, Idempotency-Key, Lock-Token, Overwrite, Pragma, "
    "Prefer, Range, Timeout, X-Requested-With";

/* What a page may see of an answer, besides the few it always may. */
static const char response_fields[] =
    "Accept-Ranges, Allow, Content-Location, Content-Range, Date, DAV, ETag, "
    "Interim-Sent, Link, Location, Lock-Token, Preference-Applied, "
    "Retry-After, Timeout, WWW-Authenticate";

static bool
is_host_octet(char octet)
{
	return octet_is_token(octet) || octet == '[' || octet == ']' ||
	       octet == ':';
}

/* RFC 6454, 6.2: scheme "://" host [ ":" port ], and nothing behind it. */
static bool
is_origin(struct str text)
{
	static const struct str mark = STR("://");
	size_t i = 0;

	while (
	    i < text.len && text.data[i] != ':' && octet_is_token(text.data[i]))
		i++;
	if (i == 0 || !str_starts(str_from(text, i), mark))
		return false;
	text = str_from(text, i + mark.len);
	for (i = 0; i < text.len; i++)
		if (!is_host_octet(text.data[i]))
			return false;
	return text.len > 0;
}

enum err
cors_add(struct cors *cors, const char *origin)
{
	if (str_is(str_of(origin), "*")) {
		cors->is_any = true;
		return ERR_NONE;
	}
	if (!is_origin(str_of(origin)))
		return ERR_SYNTAX;
	if (cors->origin_count == CORS_ORIGIN_COUNT_MAX)
		return ERR_LIMIT;
	cors->origins[cors->origin_count++] = origin;
	return ERR_NONE;
}

bool
cors_is_on(const struct cors *cors)
{
	return cors->is_any || cors->origin_count > 0;
}

enum trust {
	TRUST_NONE,
	TRUST_ANY,   /* without the user's credentials */
	TRUST_NAMED, /* with them */
};

static enum trust
trust_of(const struct cors *cors, const struct request *request)
{
	struct str origin = fields_get(&request->fields, "Origin");

	if (fields_count(&request->fields, "Origin") != 1)
		return TRUST_NONE;
	for (size_t i = 0; i < cors->origin_count; i++)
		if (str_is_nocase(origin, cors->origins[i]))
			return TRUST_NAMED;
	return cors->is_any ? TRUST_ANY : TRUST_NONE;
}

static void
field_origin(const struct cors *cors, struct exchange *x)
{
	struct response *response = &x->response;
	enum trust trust = trust_of(cors, &x->request);

	if (trust == TRUST_NAMED) {
		response_field(response, "Access-Control-Allow-Origin",
		    fields_get(&x->request.fields, "Origin"));
		response_field_text(
		    response, "Access-Control-Allow-Credentials", "true");
	} else if (trust == TRUST_ANY) {
		response_field_text(
		    response, "Access-Control-Allow-Origin", "*");
	}
	/* What a cache keeps for one page is not for another. */
	if (cors->origin_count > 0)
		response_field_text(response, "Vary", "Origin");
}

static void
dress(void *context, struct exchange *x)
{
	const struct cors *cors = context;

	field_origin(cors, x);
	if (trust_of(cors, &x->request) != TRUST_NONE)
		response_field_text(&x->response,
		    "Access-Control-Expose-Headers", response_fields);
}

static bool
is_preflight(const struct request *request)
{
	return str_is(request->method, "OPTIONS") &&
	       fields_find(&request->fields, "Access-Control-Request-Method") !=
	           NULL;
}

/* Asked by the browser itself, which shows no credentials yet. */
static void
answer_preflight(const struct cors *cors, struct exchange *x)
{
	struct response *response = &x->response;

	response->status = 204;
	field_origin(cors, x);
	response_field_text(
	    response, "Access-Control-Allow-Methods", cors->methods);
	response_field_text(
	    response, "Access-Control-Allow-Headers", request_fields);
	response_field_text(response, "Access-Control-Max-Age", "600");
	exchange_answer(x);
}

static void
on_start(void *context, struct exchange *x)
{
	const struct cors *cors = context;

	if (is_preflight(&x->request) &&
	    trust_of(cors, &x->request) != TRUST_NONE) {
		answer_preflight(cors, x);
		return;
	}
	exchange_dress_by(x, dress, context);
	exchange_hand_on(x, cors->inner);
}

static void
on_release(void *context, struct exchange *x)
{
	(void)context;
	exchange_free(x);
}

struct handler
cors_handler(
    struct cors *cors, const struct handler *inner, const char *methods)
{
	CHECK(cors_is_on(cors));
	cors->inner = inner;
	cors->methods = methods;
	/* Nothing else comes: what start answers has no other step. */
	return (struct handler){
		.start = on_start,
		.release = on_release,
		.context = cors,
	};
}
