/*
 * method_get.c - GET and HEAD (RFC 9110, 9.3.1; RFC 4918, 9.4).
 */
#include "dav/method_get.h"

#include <unistd.h>

#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/media.h"
#include "dav/method.h"
#include "dav/permit.h"
#include "dav/prepare.h"
#include "dav/target.h"
#include "dav/xml.h"
#include "http/condition.h"
#include "http/uri.h"

enum { TRY_COUNT_MAX = 100 }; /* each failed by a change in between */

static enum step
check(struct call *call)
{
	(void)call;
	return STEP_ON; /* run looks and opens in one */
}

static bool
is_head(const struct call *call)
{
	return call->method == &method_head;
}

void
method_get_token(struct call *call, char out_token[GET_TOKEN_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char octets[GET_TOKEN_SIZE / 2];

	call->dav->random(octets, sizeof(octets));
	for (size_t i = 0; i < sizeof(octets); i++) {
		out_token[2 * i] = digits[octets[i] >> 4];
		out_token[2 * i + 1] = digits[octets[i] & 15];
	}
	out_token[GET_TOKEN_SIZE - 1] = '\0';
}

struct language {
	struct call *call;
	struct str value;
};

/* ERR_EXISTS: found, look no further. */
static enum err
find_language(void *context, const struct prop *prop)
{
	struct language *language = context;
	struct arena *arena = language->call->request->arena;
	struct xml_node *root;
	enum err err;

	if (!str_is(prop->space, "DAV:") ||
	    !str_is(prop->name, "getcontentlanguage"))
		return ERR_NONE;
	err = xml_parse(prop->xml, arena, &root);
	if (err == ERR_NONE)
		err = xml_text(root, arena, &language->value);
	return err == ERR_NONE ? ERR_EXISTS : err;
}

static void
add_language(struct call *call, const struct resource *resource)
{
	struct store *store = call->dav->store;
	struct language language = { .call = call };
	enum err err;

	if (!resource->has_props)
		return;
	err = store->ops->props(store, call->path, find_language, &language);
	/* Without its language the content is still what was asked for. */
	if (err == ERR_EXISTS && language.value.len > 0)
		response_field(
		    call->response, "Content-Language", language.value);
}

static void
add_fields(struct call *call, const struct resource *resource)
{
	answer_validators(call, resource);
	add_language(call, resource);
	response_field_text(call->response, "Accept-Ranges", "bytes");
	response_field_text(
	    call->response, "X-Content-Type-Options", "nosniff");
}

static struct str
type_of(struct call *call)
{
	return media_type(call->dav->media, uri_path_name(call->path));
}

static void
answer_whole(struct call *call, const struct resource *resource, int fd)
{
	struct response *response = call->response;

	response->status = 200;
	add_fields(call, resource);
	response_field(response, "Content-Type", type_of(call));
	if (is_head(call)) {
		/* Its size, and nothing to send. */
		response->body = RESPONSE_PULLED;
		response->pulled_size = resource->size;
		return;
	}
	response->body = RESPONSE_FILE;
	response->fd = fd;
	response->file_offset = 0;
	response->file_size = resource->size;
}

static void
answer_part(struct call *call, const struct resource *resource,
    const struct range *range, int fd)
{
	struct response *response = call->response;
	struct buf text;

	response->status = 206;
	add_fields(call, resource);
	response_field(response, "Content-Type", type_of(call));
	buf_init(&text, 128);
	buf_printf(&text, "bytes %llu-%llu/%llu",
	    (unsigned long long)range->offset,
	    (unsigned long long)(range->offset + range->size - 1),
	    (unsigned long long)resource->size);
	response_field(response, "Content-Range", buf_str(&text));
	buf_done(&text);
	response->body = RESPONSE_FILE;
	response->fd = fd;
	response->file_offset = range->offset;
	response->file_size = range->size;
}

static void
answer_unsatisfiable(struct call *call, const struct resource *resource)
{
	struct buf text;

	(void)answer_problem(call, 416,
	    "The file has no octets in this range: Content-Range says how"
	    " long it is.");
	buf_init(&text, 128);
	buf_printf(&text, "bytes */%llu", (unsigned long long)resource->size);
	response_field(call->response, "Content-Range", buf_str(&text));
	buf_done(&text);
}

/* Takes fd. */
static void
answer_file(struct call *call, const struct resource *resource, int fd)
{
	const struct fields *fields = &call->request->fields;
	struct str value = fields_get(fields, "Range");
	struct condition now = {
		.exists = true,
		.is_get = true,
		.etag = str_of(resource->etag),
		.modified_s = target_seconds(resource->modified_ns),
		.now_s = call->wall_s,
	};
	struct range ranges[RANGE_COUNT_MAX];
	enum range_verdict verdict = RANGE_WHOLE;
	size_t count = 0;

	/* Ranges are of GET only (RFC 9110, 14.2). */
	if (value.data != NULL && fields_count(fields, "Range") == 1 &&
	    !is_head(call) && condition_range_applies(&now, fields))
		verdict = range_resolve(value, resource->size, ranges, &count);
	switch (verdict) {
	case RANGE_WHOLE:
		answer_whole(call, resource, fd);
		return;
	case RANGE_PARTIAL:
		break;
	case RANGE_UNSATISFIABLE:
		(void)close(fd); /* it was only read */
		answer_unsatisfiable(call, resource);
		return;
	}
	if (count == 1) {
		answer_part(call, resource, &ranges[0], fd);
		return;
	}
	add_fields(call, resource);
	method_get_ranges_take(
	    call, &(struct get_ranges_options){ .ranges = ranges,
	              .count = count,
	              .resource = *resource,
	              .type = type_of(call),
	              .fd = fd });
}

/* Of what may be listed, but not read, there is only the page. */
static bool
try_list(struct call *call)
{
	struct target target;

	if (target_demand(call, &target) != STEP_ON)
		return true;
	if (target.resource.is_collection)
		return method_get_index(call);
	(void)permit_refuse(call);
	return true;
}

/* False: it was a collection, and became another thing meanwhile. */
static bool
try_get(struct call *call)
{
	struct store *store = call->dav->store;
	struct resource resource;
	enum err err;
	int fd;

	err = store->ops->open(store, call->path, &fd, &resource);
	if (err == ERR_COLLECTION)
		return method_get_index(call);
	if (err == ERR_PARENT || err == ERR_FILE || err == ERR_NAME)
		err = ERR_ABSENT; /* as target_demand() has it */
	if (err != ERR_NONE) {
		(void)answer_error(call, err);
		return true;
	}
	if (prepare_conditions(call, &resource) != STEP_ON) {
		(void)close(fd); /* it was only read */
		return true;
	}
	answer_file(call, &resource, fd);
	return true;
}

static bool
try_head(struct call *call)
{
	struct target target;

	if (target_demand(call, &target) != STEP_ON)
		return true;
	if (target.resource.is_collection)
		return method_get_index(call);
	if (prepare_conditions(call, &target.resource) == STEP_ON)
		answer_file(call, &target.resource, -1);
	return true;
}

static void
run(struct call *call)
{
	bool is_answered = false;

	bool may_read = permit_has(call, call->path, ACCESS_READ);

	for (int i = 0; i < TRY_COUNT_MAX && !is_answered; i++)
		is_answered = !may_read       ? try_list(call)
		              : is_head(call) ? try_head(call)
		                              : try_get(call);
	if (!is_answered)
		(void)answer_error(call, ERR_BUSY);
}

static bool
pull(struct call *call, size_t size_max)
{
	const struct get_body *body = call->state;

	return body == NULL || body->pull(call, size_max);
}

static void
release(struct call *call)
{
	const struct get_body *body = call->state;

	if (body != NULL)
		body->free(call);
	call->state = NULL;
}

const struct method method_get = {
	.name = "GET",
	.place = PLACE_LOOP,
	.body = BODY_IGNORED,
	.depth_default = DEPTH_0,
	.is_read_only = true,
	.check = check,
	.run = run,
	.pull = pull,
	.free = release,
};

const struct method method_head = {
	.name = "HEAD",
	.place = PLACE_LOOP,
	.body = BODY_IGNORED,
	.depth_default = DEPTH_0,
	.is_read_only = true,
	.check = check,
	.run = run,
	.pull = pull,
	.free = release,
};
