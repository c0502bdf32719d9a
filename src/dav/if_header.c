/*
 * if_header.c - see if_header.h.
 *
 * The parser goes over the value once, from left to right.  What may stand
 * between two tokens is spaces and tabs; inside <> and [] there is none.
 */
#include "dav/if_header.h"

#include "base/limits.h"
#include "http/octet.h"
#include "http/uri.h"

struct parser {
	struct str rest;
	struct arena *arena;
	struct if_header *out;
	size_t list_capacity;
	size_t condition_capacity;
};

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Room for as many lists and conditions as there can be in this value. */
static enum err
reserve(struct parser *parser)
{
	struct if_header *out = arena_alloc(parser->arena, sizeof(*out));
	size_t lists = 0;
	size_t conditions = 0;

	for (size_t i = 0; i < parser->rest.len; i++) {
		char octet = parser->rest.data[i];

		lists += octet == '(';
		conditions += octet == '<' || octet == '[';
	}
	parser->list_capacity = smaller(lists, IF_LIST_COUNT_MAX);
	parser->condition_capacity =
	    smaller(conditions, IF_CONDITION_COUNT_MAX);
	if (out == NULL)
		return ERR_LIMIT;
	out->lists = arena_alloc(
	    parser->arena, parser->list_capacity * sizeof(*out->lists));
	out->conditions = arena_alloc(parser->arena,
	    parser->condition_capacity * sizeof(*out->conditions));
	if (out->lists == NULL || out->conditions == NULL)
		return ERR_LIMIT;
	parser->out = out;
	return ERR_NONE;
}

static void
skip_space(struct parser *parser)
{
	struct str *rest = &parser->rest;

	while (rest->len > 0 && (*rest->data == ' ' || *rest->data == '\t'))
		*rest = str_from(*rest, 1);
}

/* The next octet that is no space; NUL at the end. */
static char
peek(struct parser *parser)
{
	skip_space(parser);
	return parser->rest.len > 0 ? *parser->rest.data : '\0';
}

/* What stands between the octet we are at and the first close. */
static enum err
take_enclosed(struct parser *parser, char close, struct str *out_inside)
{
	struct str rest = str_from(parser->rest, 1);
	size_t size = str_find(rest, close);

	if (size == rest.len)
		return ERR_SYNTAX;
	*out_inside = str_make(rest.data, size);
	parser->rest = str_from(rest, size + 1);
	return ERR_NONE;
}

/* The octets of RFC 3986, 2, without "#": an absolute-URI has no fragment. */
static bool
is_uri_octet(char octet)
{
	return octet > ' ' && octet < 0x7f &&
	       !str_has((struct str)STR("\"#<>\\^`{|}"), octet);
}

static bool
is_percent_encoded(struct str uri, size_t at)
{
	return uri.len - at > 2 && octet_hex(uri.data[at + 1]) >= 0 &&
	       octet_hex(uri.data[at + 2]) >= 0;
}

static bool
is_alpha(char octet)
{
	return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z');
}

/* absolute-URI of RFC 3986, 4.3, of any scheme. */
static bool
is_absolute_uri(struct str uri)
{
	size_t scheme_size = str_find(uri, ':');

	if (scheme_size == uri.len || !is_alpha(uri.data[0]))
		return false;
	for (size_t i = 1; i < scheme_size; i++) {
		char octet = uri.data[i];

		if (!is_alpha(octet) && !octet_is_digit(octet) &&
		    !str_has((struct str)STR("+-."), octet))
			return false;
	}
	for (size_t i = scheme_size; i < uri.len; i++) {
		if (!is_uri_octet(uri.data[i]))
			return false;
		if (uri.data[i] == '%' && !is_percent_encoded(uri, i))
			return false;
	}
	return true;
}

static enum err
parse_token(struct parser *parser, struct str *out_token)
{
	struct str token;
	enum err err;

	err = take_enclosed(parser, '>', &token);
	if (err != ERR_NONE)
		return err;
	if (!is_absolute_uri(token))
		return ERR_SYNTAX;
	*out_token = token;
	return ERR_NONE;
}

/*
 * "[" entity-tag "]".  The tag itself may have a "]", and here spaces, too,
 * which RFC 9110, 8.8.3 does not know any more (RFC 4918, 10.4.6).
 */
static enum err
parse_etag(struct parser *parser, struct str *out_etag)
{
	struct str rest = str_from(parser->rest, 1);
	size_t at = str_starts(rest, (struct str)STR("W/")) ? 2 : 0;

	if (at == rest.len || rest.data[at] != '"')
		return ERR_SYNTAX;
	for (at++; at < rest.len && rest.data[at] != '"'; at++)
		if (octet_is_control(rest.data[at]))
			return ERR_SYNTAX;
	if (rest.len - at < 2 || rest.data[at + 1] != ']')
		return ERR_SYNTAX;
	*out_etag = str_make(rest.data, at + 1);
	parser->rest = str_from(rest, at + 2);
	return ERR_NONE;
}

static enum err
parse_condition(struct parser *parser)
{
	struct if_header *out = parser->out;
	struct if_condition condition = { .kind = IF_TOKEN };
	enum err err = ERR_SYNTAX;

	if (str_starts_nocase(parser->rest, "not")) {
		condition.is_negated = true;
		parser->rest = str_from(parser->rest, 3);
	}
	if (peek(parser) == '<') {
		err = parse_token(parser, &condition.value);
	} else if (peek(parser) == '[') {
		condition.kind = IF_ETAG;
		err = parse_etag(parser, &condition.value);
	}
	if (err != ERR_NONE)
		return err;
	if (out->condition_count == parser->condition_capacity)
		return ERR_LIMIT;
	out->conditions[out->condition_count++] = condition;
	return ERR_NONE;
}

static enum err
parse_list(struct parser *parser, const struct str *resource)
{
	struct if_header *out = parser->out;
	struct if_list list = { .first = out->condition_count };
	enum err err;

	if (resource != NULL) {
		list.has_resource = true;
		list.resource = *resource;
	}
	parser->rest = str_from(parser->rest, 1);
	while (peek(parser) != ')') {
		err = parse_condition(parser);
		if (err != ERR_NONE)
			return err;
	}
	parser->rest = str_from(parser->rest, 1);
	list.count = out->condition_count - list.first;
	if (list.count == 0)
		return ERR_SYNTAX;
	if (out->list_count == parser->list_capacity)
		return ERR_LIMIT;
	out->lists[out->list_count++] = list;
	return ERR_NONE;
}

/*
 * "<" Simple-ref ">".  What the normaliser refuses for its name has
 * dot-segments or the like, which a Simple-ref must not (RFC 4918, 8.3).
 */
static enum err
parse_tag(struct parser *parser, struct str *out_path)
{
	struct str uri;
	struct str scheme;
	struct str authority;
	struct str query;
	bool has_final_slash;
	enum err err;

	err = take_enclosed(parser, '>', &uri);
	if (err != ERR_NONE)
		return err;
	if (uri.len == 0 || uri.data[0] != '/') {
		err = uri_parse_absolute(uri, &scheme, &authority, &uri);
		if (err != ERR_NONE)
			return err;
	}
	uri_split_query(uri, &uri, &query);
	err =
	    uri_path_normalise(parser->arena, uri, out_path, &has_final_slash);
	return err == ERR_NAME ? ERR_SYNTAX : err;
}

static enum err
parse_lists(struct parser *parser, const struct str *resource)
{
	enum err err;

	if (peek(parser) != '(')
		return ERR_SYNTAX;
	while (peek(parser) == '(') {
		err = parse_list(parser, resource);
		if (err != ERR_NONE)
			return err;
	}
	return ERR_NONE;
}

enum err
if_header_parse(
    struct str value, struct arena *arena, struct if_header **out_if)
{
	struct parser parser = { .rest = value, .arena = arena };
	struct str resource;
	enum err err;

	err = reserve(&parser);
	if (err != ERR_NONE)
		return err;
	if (peek(&parser) != '<') {
		err = parse_lists(&parser, NULL);
		if (err != ERR_NONE)
			return err;
	}
	while (peek(&parser) == '<') {
		if (parser.out->list_count > 0 &&
		    !parser.out->lists[0].has_resource)
			return ERR_SYNTAX; /* the two kinds cannot be mixed */
		err = parse_tag(&parser, &resource);
		if (err != ERR_NONE)
			return err;
		err = parse_lists(&parser, &resource);
		if (err != ERR_NONE)
			return err;
	}
	if (parser.rest.len > 0)
		return ERR_SYNTAX;
	*out_if = parser.out;
	return ERR_NONE;
}

/* The strong comparison of RFC 9110, 8.8.3.2: a weak tag equals nothing. */
static bool
etag_matches(struct str etag, struct str current)
{
	CHECK(etag.len >= 2);
	return etag.data[0] == '"' && str_equal(etag, current);
}

static bool
condition_holds(const struct if_condition *condition, struct str path,
    const struct if_oracle *oracle)
{
	bool matches;

	if (condition->kind == IF_TOKEN)
		matches =
		    oracle->has_token(oracle->context, path, condition->value);
	else
		matches = etag_matches(
		    condition->value, oracle->etag(oracle->context, path));
	return matches != condition->is_negated;
}

static bool
list_holds(const struct if_header *if_header, const struct if_list *list,
    struct str path, const struct if_oracle *oracle)
{
	const struct if_condition *conditions = if_header->conditions;

	for (size_t i = 0; i < list->count; i++)
		if (!condition_holds(
		        &conditions[list->first + i], path, oracle))
			return false;
	return true;
}

bool
if_header_holds(const struct if_header *if_header, struct str path,
    const struct if_oracle *oracle)
{
	CHECK(if_header->list_count > 0);
	for (size_t i = 0; i < if_header->list_count; i++) {
		const struct if_list *list = &if_header->lists[i];

		if (list_holds(if_header, list,
		        list->has_resource ? list->resource : path, oracle))
			return true;
	}
	return false;
}

bool
if_header_submits(const struct if_header *if_header, struct str token)
{
	if (if_header == NULL)
		return false;
	for (size_t i = 0; i < if_header->condition_count; i++) {
		const struct if_condition *condition =
		    &if_header->conditions[i];

		if (condition->kind == IF_TOKEN &&
		    str_equal(condition->value, token))
			return true;
	}
	return false;
}
