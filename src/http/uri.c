/*
 * uri.c - see uri.h.
 */
#include "http/uri.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/limits.h"
#include "http/octet.h"

enum { PORT_MAX = 65535 };

static bool
is_unreserved(char octet)
{
	if (octet_is_digit(octet))
		return true;
	if ((octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z'))
		return true;
	return octet == '-' || octet == '.' || octet == '_' || octet == '~';
}

/* RFC 3986 has no octets above 0x7f either, but clients do send them. */
static bool
is_printable(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.data[i] == ' ' || octet_is_control(s.data[i]))
			return false;
	}
	return true;
}

/* The octet that "%XX" at the start of s stands for; -1: it is not that. */
static int
percent_decoded(struct str s)
{
	int high;
	int low;

	if (s.len < 3 || s.data[0] != '%')
		return -1;
	high = octet_hex(s.data[1]);
	low = octet_hex(s.data[2]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static bool
is_reg_name(struct str s)
{
	while (s.len > 0) {
		if (is_unreserved(s.data[0]))
			s = str_from(s, 1);
		else if (percent_decoded(s) >= 0)
			s = str_from(s, 3);
		else
			return false;
	}
	return true;
}

static bool
is_ipv6(struct str s)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (s.len == 0 || s.len >= sizeof(text) || str_has(s, '\0'))
		return false;
	memcpy(text, s.data, s.len);
	text[s.len] = '\0';
	return inet_pton(AF_INET6, text, &address) == 1;
}

bool
uri_authority_is_valid(struct str authority)
{
	struct str host = authority;
	struct str port;
	uint64_t number;

	if (authority.len == 0)
		return true;
	if (authority.data[0] == '[') {
		port = str_from(authority, 1);
		host = str_cut(&port, ']');
		if (host.len + 1 == authority.len || !is_ipv6(host))
			return false; /* the bracket is not closed */
	} else {
		host.len = str_find(authority, ':');
		port = str_from(authority, host.len);
		if (host.len == 0 || !is_reg_name(host))
			return false;
	}
	if (port.len == 0)
		return true;
	if (port.data[0] != ':')
		return false;
	port = str_from(port, 1);
	return port.len == 0 || str_to_u64(port, PORT_MAX, &number) == ERR_NONE;
}

static bool
is_ipv4(struct str host)
{
	for (size_t i = 0; i < host.len; i++)
		if (!octet_is_digit(host.data[i]) && host.data[i] != '.')
			return false;
	return true;
}

bool
uri_authority_is_near(struct str authority)
{
	static const struct str below = STR(".localhost");
	struct str host = authority;

	if (authority.len == 0 || authority.data[0] == '[')
		return true;
	host.len = str_find(authority, ':');
	if (host.len > below.len &&
	    str_is_nocase(str_from(host, host.len - below.len), below.data))
		return true;
	return is_ipv4(host) || (!str_has(host, '.') && !str_has(host, '%'));
}

enum err
uri_parse_absolute(struct str uri, struct str *out_scheme,
    struct str *out_authority, struct str *out_path_and_query)
{
	struct str rest = uri;
	struct str scheme = str_cut(&rest, ':');
	struct str authority;

	if (!str_is_nocase(scheme, "http") && !str_is_nocase(scheme, "https"))
		return ERR_SYNTAX;
	if (!str_starts(rest, (struct str)STR("//")))
		return ERR_SYNTAX;
	if (!is_printable(rest) || str_has(rest, '#'))
		return ERR_SYNTAX;
	authority = str_from(rest, 2);
	for (size_t i = 0; i < authority.len; i++) {
		if (authority.data[i] == '/' || authority.data[i] == '?')
			authority.len = i;
	}
	if (authority.len == 0 || !uri_authority_is_valid(authority))
		return ERR_SYNTAX;
	rest = str_from(rest, 2 + authority.len);
	*out_scheme = scheme;
	*out_authority = authority;
	*out_path_and_query = rest.len == 0 ? str_of("/") : rest;
	return ERR_NONE;
}

void
uri_split_query(
    struct str path_and_query, struct str *out_path, struct str *out_query)
{
	struct str path = { path_and_query.data,
		str_find(path_and_query, '?') };

	*out_query = (struct str){ NULL, 0 };
	if (path.len < path_and_query.len)
		*out_query = str_from(path_and_query, path.len + 1);
	*out_path = path.len == 0 ? str_of("/") : path;
}

/* Writes raw, decoded, to data, which has room for raw.len. */
static enum err
decode_segment(struct str raw, char *data, size_t *out_size)
{
	size_t size = 0;

	while (raw.len > 0) {
		char octet = raw.data[0];
		bool is_encoded = octet == '%';

		if (octet == '?' || octet == '#')
			return ERR_SYNTAX;
		if (is_encoded) {
			int decoded = percent_decoded(raw);

			if (decoded < 0)
				return ERR_SYNTAX;
			if (decoded == '\0' || decoded == '/')
				return ERR_NAME;
			octet = (char)decoded;
		}
		data[size++] = octet;
		raw = str_from(raw, is_encoded ? 3 : 1);
	}
	*out_size = size;
	return ERR_NONE;
}

enum err
uri_path_normalise(struct arena *arena, struct str raw, struct str *out_path,
    bool *out_has_final_slash)
{
	struct str rest = raw;
	bool has_final_slash = false;
	size_t size = 0;
	char *data;

	if (raw.len == 0 || raw.data[0] != '/' || !is_printable(raw))
		return ERR_SYNTAX;
	data = arena_alloc(arena, raw.len + 1);
	if (data == NULL)
		return ERR_LIMIT;
	while (rest.len > 0) {
		struct str segment = str_cut(&rest, '/');
		struct str name = { data + size + 1, 0 };
		enum err err;

		err = decode_segment(segment, data + size + 1, &name.len);
		if (err != ERR_NONE)
			return err;
		if (str_is(name, ".."))
			return ERR_NAME;
		has_final_slash = name.len == 0 || str_is(name, ".");
		if (has_final_slash)
			continue;
		data[size] = '/';
		size += 1 + name.len;
		if (size > PATH_SIZE_MAX)
			return ERR_LIMIT;
	}
	if (size == 0)
		data[size++] = '/';
	*out_path = str_make(data, size);
	*out_has_final_slash = has_final_slash || raw.data[raw.len - 1] == '/';
	return ERR_NONE;
}

void
uri_path_encode(struct buf *out, struct str path)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < path.len; i++) {
		unsigned char octet = (unsigned char)path.data[i];
		char encoded[3] = { '%', digits[octet / 16],
			digits[octet % 16] };

		if (octet == '/' || is_unreserved(path.data[i]))
			buf_add_char(out, path.data[i]);
		else
			buf_add(out, encoded, sizeof(encoded));
	}
}

bool
uri_path_is_within(struct str path, struct str ancestor)
{
	CHECK(path.len > 0);
	CHECK(ancestor.len > 0);
	if (path.len <= ancestor.len || !str_starts(path, ancestor))
		return false;
	return ancestor.len == 1 || path.data[ancestor.len] == '/';
}

struct str
uri_path_from(struct str path, struct str root)
{
	if (root.len == 0)
		return path;
	if (!uri_path_is_within(path, root))
		return str_make("/", 1);
	return str_from(path, root.len == 1 ? 0 : root.len);
}

/* Where the slash before the last name is. */
static size_t
last_slash(struct str path)
{
	size_t at = path.len;

	CHECK(path.len > 0);
	CHECK(path.data[0] == '/');
	while (path.data[at - 1] != '/')
		at--;
	return at - 1;
}

struct str
uri_path_parent(struct str path)
{
	size_t slash = last_slash(path);

	return str_make(path.data, slash == 0 ? 1 : slash);
}

struct str
uri_path_name(struct str path)
{
	return str_from(path, last_slash(path) + 1);
}
