/*
 * method_get_index.c - the page of a collection, for people: one row a member,
 * in the order of the store, written while the collection is read.
 *
 * Nothing on it comes from elsewhere, and no script runs: the policy allows
 * only the one style, which has the nonce of this response.
 */
#include "dav/method_get.h"

#include <string.h>

#include "base/own.h"
#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/method.h"
#include "dav/permit.h"
#include "dav/prepare.h"
#include "dav/target.h"
#include "dav/xml.h"
#include "http/date.h"
#include "http/uri.h"

enum { POLICY_SIZE_MAX = 256 };

static const char style[] =
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;"
    "padding:0 1em}"
    "table{width:100%;border-collapse:collapse}"
    "th,td{text-align:left;padding:.2em .5em}"
    "td+td{white-space:nowrap;color:#666}";

struct get_index {
	struct get_body body;
	struct lister *lister;
	bool is_begun;
	char nonce[GET_TOKEN_SIZE];
};

static void
add_begin(struct call *call, struct buf *out)
{
	const struct get_index *it = call->state;
	struct str path = uri_path_from(call->path, call->home);
	struct str parent = uri_path_parent(path);

	buf_add_text(out,
	    "<!DOCTYPE html>\n<html lang=\"en\"><head>"
	    "<meta charset=\"utf-8\">"
	    "<meta name=\"viewport\" content=\"width=device-width\">"
	    "<title>");
	xml_escape(out, path);
	buf_printf(out, "</title><style nonce=\"%s\">%s", it->nonce, style);
	buf_add_text(out, "</style></head>\n<body><h1>");
	xml_escape(out, path);
	buf_add_text(out, "</h1>\n<table><thead><tr><th>Name</th><th>Size</th>"
	                  "<th>Modified</th></tr></thead><tbody>\n");
	if (path.len == 1)
		return;
	buf_add_text(out, "<tr><td><a href=\"");
	uri_path_encode(out, parent);
	buf_add_text(out, parent.len > 1 ? "/" : "");
	buf_add_text(out, "\">../</a></td><td></td><td></td></tr>\n");
}

static void
add_row(struct call *call, const struct lister_entry *entry, struct buf *out)
{
	const struct resource *resource = &entry->resource;
	struct str path = uri_path_from(call->path, call->home);
	bool is_collection = entry->err == ERR_NONE && resource->is_collection;
	char date[DATE_ISO_SIZE];

	buf_add_text(out, "<tr><td><a href=\"");
	uri_path_encode(out, path);
	buf_add_text(out, path.len > 1 ? "/" : "");
	uri_path_encode(out, entry->name);
	buf_add_text(out, is_collection ? "/\">" : "\">");
	xml_escape(out, entry->name);
	buf_add_text(out, is_collection ? "/</a></td><td>" : "</a></td><td>");
	if (entry->err != ERR_NONE) {
		buf_add_text(out, "cannot be read</td><td></td></tr>\n");
		return;
	}
	if (!is_collection)
		buf_add_u64(out, resource->size);
	date_format_iso(target_seconds(resource->modified_ns), date);
	buf_printf(out, "</td><td>%s</td></tr>\n", date);
}

/* Whether there is such a member, for who asks. */
static bool
is_shown(const struct call *call, const struct lister_entry *entry)
{
	OWNED(buf_done) struct buf path;

	buf_init(&path, PATH_SIZE_MAX);
	if (call->path.len > 1)
		buf_add_str(&path, call->path);
	buf_add_char(&path, '/');
	buf_add_str(&path, entry->name);
	return path.err == ERR_NONE &&
	       permit_rights(call, buf_str(&path)) != ACCESS_NONE;
}

static bool
pull_index(struct call *call, size_t size_max)
{
	struct get_index *it = call->state;
	struct store *store = call->dav->store;
	struct buf *out = &call->response->bytes;

	if (!it->is_begun)
		add_begin(call, out);
	it->is_begun = true;
	while (out->len < size_max && out->err == ERR_NONE) {
		struct lister_entry entry;
		enum err err = store->ops->list_next(it->lister, &entry);

		if (err == ERR_ABSENT) {
			buf_add_text(out, "</tbody></table></body></html>\n");
			return true;
		}
		if (err != ERR_NONE)
			out->err = err;
		else if (is_shown(call, &entry))
			add_row(call, &entry, out);
	}
	return out->err != ERR_NONE;
}

static void
free_index(struct call *call)
{
	struct get_index *it = call->state;

	call->dav->store->ops->list_free(it->lister);
}

/* Opens the collection for pull. */
static enum err
begin(struct call *call, const char nonce[GET_TOKEN_SIZE])
{
	struct store *store = call->dav->store;
	struct get_index *it = arena_alloc(call->request->arena, sizeof(*it));
	struct lister *lister;
	enum err err;

	if (it == NULL)
		return ERR_MEMORY;
	err = store->ops->list(store, call->path, &lister);
	if (err != ERR_NONE)
		return err;
	it->body = (struct get_body){ .pull = pull_index, .free = free_index };
	it->lister = lister;
	(void)memcpy(it->nonce, nonce, sizeof(it->nonce));
	call->state = it;
	return ERR_NONE;
}

static void
add_policy(struct response *response, const char *nonce)
{
	OWNED(buf_done) struct buf policy;

	buf_init(&policy, POLICY_SIZE_MAX);
	buf_printf(&policy,
	    "default-src 'none'; base-uri 'none'; form-action 'none';"
	    " frame-ancestors 'none'; style-src 'nonce-%s'",
	    nonce);
	response_field(response, "Content-Security-Policy", buf_str(&policy));
}

bool
method_get_index(struct call *call)
{
	struct response *response = call->response;
	char nonce[GET_TOKEN_SIZE];
	struct target target;
	enum err err = ERR_NONE;

	if (target_demand(call, &target) != STEP_ON)
		return true;
	if (!target.resource.is_collection)
		return false;
	if (!permit_has(call, call->path, ACCESS_LIST)) {
		(void)permit_refuse(call);
		return true;
	}
	if (prepare_conditions(call, &target.resource) != STEP_ON)
		return true;
	method_get_token(call, nonce);
	if (call->method == &method_get)
		err = begin(call, nonce);
	if (err == ERR_FILE || err == ERR_ABSENT || err == ERR_PARENT)
		return false;
	if (err != ERR_NONE) {
		(void)answer_error(call, err);
		return true;
	}
	response->status = 200;
	response->body = RESPONSE_PULLED;
	response->pulled_size = BODY_SIZE_UNKNOWN;
	response_field_text(
	    response, "Content-Type", "text/html; charset=utf-8");
	answer_place(call, &target.resource);
	add_policy(response, nonce);
	response_field_text(response, "X-Content-Type-Options", "nosniff");
	return true;
}
