/*
 * credentials.c - see credentials.h.
 */
#include "http/credentials.h"

#include <stdint.h>

#include "base/limits.h"
#include "http/octet.h"

/* The value of a digit of base64 (RFC 4648, 4); -1: it is none. */
static int
sextet(char octet)
{
	if (octet >= 'A' && octet <= 'Z')
		return octet - 'A';
	if (octet >= 'a' && octet <= 'z')
		return octet - 'a' + 26;
	if (octet_is_digit(octet))
		return octet - '0' + 52;
	if (octet == '+')
		return 62;
	return octet == '/' ? 63 : -1;
}

static enum err
decode(struct str text, struct arena *arena, struct str *out_octets)
{
	struct str digits = text;
	uint32_t bits = 0;
	size_t size = 0;
	char *out;

	if (text.len == 0 || text.len % 4 != 0)
		return ERR_SYNTAX;
	for (int i = 0; i < 2 && digits.data[digits.len - 1] == '='; i++)
		digits.len--;
	out = arena_alloc(arena, text.len / 4 * 3);
	if (out == NULL)
		return ERR_LIMIT;
	for (size_t i = 0; i < digits.len; i++) {
		int value = sextet(digits.data[i]);

		if (value == -1)
			return ERR_SYNTAX;
		bits = bits << 6 | (uint32_t)value;
		if (i % 4 != 0)
			out[size++] = (char)(bits >> (6 - i % 4 * 2));
	}
	*out_octets = str_make(out, size);
	return ERR_NONE;
}

/* RFC 7617, 2: neither has a control character, and a name no colon. */
static enum err
parse_basic(struct str rest, struct arena *arena, struct credentials *out)
{
	struct str pair;
	struct str name;
	enum err err;

	if (rest.len / 4 * 3 > PRINCIPAL_SIZE_MAX + CREDENTIALS_SIZE_MAX)
		return ERR_LIMIT;
	err = decode(rest, arena, &pair);
	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; i < pair.len; i++)
		if (octet_is_control(pair.data[i]))
			return ERR_SYNTAX;
	if (!str_has(pair, ':'))
		return ERR_SYNTAX;
	name = str_cut(&pair, ':');
	if (name.len == 0)
		return ERR_SYNTAX;
	if (name.len > PRINCIPAL_SIZE_MAX || pair.len > CREDENTIALS_SIZE_MAX)
		return ERR_LIMIT;
	*out = (struct credentials){
		.scheme = CREDENTIALS_BASIC,
		.name = name,
		.password = pair,
	};
	return ERR_NONE;
}

/* RFC 6750, 2.1. */
static enum err
parse_bearer(struct str rest, struct credentials *out)
{
	size_t size = rest.len;

	if (rest.len > CREDENTIALS_SIZE_MAX)
		return ERR_LIMIT;
	while (size > 0 && rest.data[size - 1] == '=')
		size--;
	if (size == 0)
		return ERR_SYNTAX;
	for (size_t i = 0; i < size; i++)
		if (sextet(rest.data[i]) == -1 &&
		    !str_has((struct str)STR("-._~"), rest.data[i]))
			return ERR_SYNTAX;
	*out = (struct credentials){
		.scheme = CREDENTIALS_BEARER,
		.token = rest,
	};
	return ERR_NONE;
}

enum err
credentials_parse(
    struct str value, struct arena *arena, struct credentials *out_credentials)
{
	struct str rest = value;
	struct str scheme = str_cut(&rest, ' ');

	rest = str_trim(rest);
	if (str_is_nocase(scheme, "Basic"))
		return parse_basic(rest, arena, out_credentials);
	if (str_is_nocase(scheme, "Bearer"))
		return parse_bearer(rest, out_credentials);
	return ERR_ABSENT;
}
