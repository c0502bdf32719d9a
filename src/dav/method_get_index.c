/*
 * method_get_index.c - the page of a collection, for people: one row a member,
 * in the order of the store, written while the collection is read.
 *
 * Nothing on it comes from elsewhere, and no script runs: the policy allows
 * only this one style, by its digest, which is
 *
 *	printf %s "$STYLE" | openssl dgst -sha256 -binary | base64
 */
#include "dav/method_get.h"

#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/method.h"
#include "dav/prepare.h"
#include "dav/target.h"
#include "dav/xml.h"
#include "http/date.h"
#include "http/uri.h"

static const char style[] =
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;"
    "padding:0 1em}"
    "table{width:100%;border-collapse:collapse}"
    "th,td{text-align:left;padding:.2em .5em}"
    "td+td{white-space:nowrap;color:#666}";

static const char policy[] =
    "default-src 'none'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'; style-src"
    " 'sha256-J90kPiauYoqimAl8AJUDXCKCjnag5rE4tVez6UQsWZM='";

struct get_index {
	struct get_body body;
	struct lister *lister;
	bool is_begun;
};

static void
add_begin(struct call *call, struct buf *out)
{
	struct str parent = uri_path_parent(call->path);

	buf_add_text(out,
	    "<!DOCTYPE html>\n<html lang=\"en\"><head>"
	    "<meta charset=\"utf-8\">"
	    "<meta name=\"viewport\" content=\"width=device-width\">"
	    "<title>");
	xml_escape(out, call->path);
	buf_add_text(out, "</title><style>");
	buf_add_text(out, style);
	buf_add_text(out, "</style></head>\n<body><h1>");
	xml_escape(out, call->path);
	buf_add_text(out, "</h1>\n<table><thead><tr><th>Name</th><th>Size</th>"
	                  "<th>Modified</th></tr></thead><tbody>\n");
	if (call->path.len == 1)
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
	bool is_collection = entry->err == ERR_NONE && resource->is_collection;
	char date[DATE_ISO_SIZE];

	buf_add_text(out, "<tr><td><a href=\"");
	uri_path_encode(out, call->path);
	buf_add_text(out, call->path.len > 1 ? "/" : "");
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
		if (err == ERR_NONE)
			add_row(call, &entry, out);
		else
			out->err = err;
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
static enum step
begin(struct call *call)
{
	struct store *store = call->dav->store;
	struct get_index *it = arena_alloc(call->request->arena, sizeof(*it));
	struct lister *lister;
	enum err err;

	if (it == NULL)
		return answer_error(call, ERR_MEMORY);
	err = store->ops->list(store, call->path, &lister);
	if (err != ERR_NONE)
		return answer_error(call, err);
	*it = (struct get_index){
		.body = { .pull = pull_index, .free = free_index },
		.lister = lister,
	};
	call->state = it;
	return STEP_ON;
}

void
method_get_index(struct call *call)
{
	struct response *response = call->response;
	struct target target;

	if (target_demand(call, &target) != STEP_ON)
		return;
	if (prepare_conditions(call, &target.resource) != STEP_ON)
		return;
	if (call->method == &method_get && begin(call) != STEP_ON)
		return;
	response->status = 200;
	response->body = RESPONSE_PULLED;
	response->pulled_size = BODY_SIZE_UNKNOWN;
	response_field_text(
	    response, "Content-Type", "text/html; charset=utf-8");
	response_field_text(response, "Content-Security-Policy", policy);
	response_field_text(response, "X-Content-Type-Options", "nosniff");
}
