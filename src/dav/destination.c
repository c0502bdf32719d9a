/*
 * destination.c - see destination.h.
 */
#include "dav/destination.h"

#include <string.h>
#include <strings.h>

#include "base/own.h"
#include "dav/answer.h"
#include "dav/home.h"
#include "http/uri.h"

enum { DETAIL_SIZE_MAX = 64 * 1024 }; /* it names hosts of a whole head */

/* Without its port; an IPv6 address keeps its brackets. */
static struct str
without_port(struct str authority)
{
	size_t len = str_find(authority, ':');

	if (str_has(authority, '['))
		len = str_find(authority, ']') + 1;
	return str_make(
	    authority.data, len < authority.len ? len : authority.len);
}

static bool
is_same_host(struct str a, struct str b)
{
	a = without_port(a);
	b = without_port(b);
	if (a.len == 0 || a.len != b.len)
		return false;
	return strncasecmp(a.data, b.data, a.len) == 0;
}

static bool
is_loopback(struct str authority)
{
	static const struct str below = STR(".localhost");
	struct str host = without_port(authority);

	if (str_is_nocase(host, "localhost") || str_is(host, "[::1]"))
		return true;
	if (host.len > below.len &&
	    str_is_nocase(str_from(host, host.len - below.len), below.data))
		return true;
	if (!str_starts(host, str_of("127.")))
		return false;
	for (size_t i = 0; i < host.len; i++)
		if (strchr("0123456789.", host.data[i]) == NULL)
			return false;
	return true;
}

static struct str
without_quotes(struct str value)
{
	if (value.len < 2 || value.data[0] != '"' ||
	    value.data[value.len - 1] != '"')
		return value;
	return str_make(value.data + 1, value.len - 2);
}

/* One element of Forwarded: "for=192.0.2.1;host=\"example.org:8080\"". */
static struct str
forwarded_host(struct str element)
{
	while (element.len > 0) {
		struct str value = str_cut(&element, ';');
		struct str name = str_cut(&value, '=');

		if (str_is_nocase(str_trim(name), "host"))
			return without_quotes(str_trim(value));
	}
	return str_of(NULL);
}

static bool
is_forwarded_host(const struct request *request, struct str host)
{
	for (size_t i = 0; i < request->fields.count; i++) {
		const struct field *field = &request->fields.items[i];
		struct str rest = field->value;
		bool is_plain = str_is_nocase(field->name, "X-Forwarded-Host");

		if (!is_plain && !str_is_nocase(field->name, "Forwarded"))
			continue;
		while (rest.len > 0) {
			struct str element = str_trim(str_cut(&rest, ','));

			if (!is_plain)
				element = forwarded_host(element);
			if (is_same_host(element, host))
				return true;
		}
	}
	return false;
}

static bool
is_ours(const struct request *request, struct str authority)
{
	if (is_same_host(request->authority, authority))
		return true;
	if (is_forwarded_host(request, authority))
		return true;
	return request->peer_is_loopback || request->authority.len == 0 ||
	       is_loopback(request->authority);
}

static enum step
refuse_other_server(struct call *call, struct str authority)
{
	OWNED(buf_done) struct buf detail;

	buf_init(&detail, DETAIL_SIZE_MAX);
	buf_printf(&detail,
	    "The Destination is on the host \"%.*s\", but this request was"
	    " sent to \"%.*s\", and this server copies and moves within itself"
	    " only. If both are this server behind a proxy, let the proxy pass"
	    " on the Host field as it came, or say it in X-Forwarded-Host.",
	    STR_ARG(authority), STR_ARG(call->request->authority));
	buf_add_char(&detail, '\0');
	if (detail.err != ERR_NONE)
		return answer_error(call, ERR_MEMORY);
	return answer_problem(call, 502, detail.data);
}

static enum step
refuse(struct call *call, const char *detail)
{
	return answer_problem(call, 400, detail);
}

enum step
destination_prepare(struct call *call)
{
	const struct request *request = call->request;
	struct str value = fields_get(&request->fields, "Destination");
	struct str scheme;
	struct str authority = { NULL, 0 };
	struct str path;
	struct str query;
	bool has_final_slash;
	enum err err;

	if (value.data == NULL)
		return STEP_ON;
	if (fields_count(&request->fields, "Destination") > 1)
		return refuse(call, "Send one Destination only.");
	if (str_has(value, '#'))
		return refuse(call, "A Destination cannot have a fragment:"
		                    " encode \"#\" as %23.");
	if (!str_starts(value, str_of("/"))) {
		err = uri_parse_absolute(value, &scheme, &authority, &value);
		if (err != ERR_NONE)
			return refuse(call,
			    "The Destination is neither an absolute http or"
			    " https URI nor an absolute path.");
	}
	uri_split_query(value, &path, &query);
	if (query.data != NULL)
		return refuse(call, "A Destination cannot have a query:"
		                    " encode \"?\" as %3F.");
	if (authority.len == 0 && str_starts(path, str_of("//")))
		return refuse(call, "A Destination cannot begin with \"//\".");
	err = uri_path_normalise(
	    request->arena, path, &call->destination, &has_final_slash);
	if (err == ERR_SYNTAX)
		return refuse(call,
		    "The path of the Destination is not"
		    " well-formed: look at its percent-encoding.");
	if (err != ERR_NONE)
		return answer_error(call, err == ERR_LIMIT ? ERR_NAME : err);
	if (authority.len > 0 && !is_ours(request, authority))
		return refuse_other_server(call, authority);
	err = home_path(call, call->destination, &call->destination);
	if (err == ERR_LIMIT || home_is_reserved(call->home, call->destination))
		err = ERR_NAME;
	if (err != ERR_NONE)
		return answer_error(call, err);
	call->has_destination = true;
	return STEP_ON;
}
