/*
 * octet.c - see octet.h.
 */
#include "http/octet.h"

#include <string.h>

bool
octet_is_digit(char octet)
{
	return octet >= '0' && octet <= '9';
}

static bool
is_letter(char octet)
{
	return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z');
}

bool
octet_is_token(char octet)
{
	if (is_letter(octet) || octet_is_digit(octet))
		return true;
	return octet != '\0' && strchr("!#$%&'*+-.^_`|~", octet) != NULL;
}

bool
octet_is_control(char octet)
{
	return (unsigned char)octet < 0x20 || octet == 0x7f;
}

bool
octet_is_value(char octet)
{
	return octet == '\t' || !octet_is_control(octet);
}

int
octet_hex(char octet)
{
	if (octet_is_digit(octet))
		return octet - '0';
	if (octet >= 'a' && octet <= 'f')
		return octet - 'a' + 10;
	if (octet >= 'A' && octet <= 'F')
		return octet - 'A' + 10;
	return -1;
}

bool
octet_all_digit(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!octet_is_digit(s.data[i]))
			return false;
	}
	return s.len > 0;
}

bool
octet_all_token(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!octet_is_token(s.data[i]))
			return false;
	}
	return s.len > 0;
}

bool
octet_all_value(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!octet_is_value(s.data[i]))
			return false;
	}
	return true;
}
