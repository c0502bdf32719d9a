/*
 * octet.h - the character classes of HTTP's grammar.
 *
 * They follow RFC 9110, not the locale.  An octet above 0x7f is obs-text.
 */
#ifndef OCTET_H
#define OCTET_H

#include <stdbool.h>

#include "base/str.h"

bool octet_is_digit(char octet);
bool octet_is_token(char octet);   /* tchar: RFC 9110, 5.6.2 */
bool octet_is_control(char octet); /* 0x00 to 0x1f, and 0x7f */
bool octet_is_value(char octet);   /* no control but HTAB: RFC 9110, 5.5 */
int octet_hex(char octet);         /* 0 to 15; -1: not a hexadecimal digit */

/* Whether all of s is digits: at least one. */
bool octet_all_digit(struct str s);

/* Whether all of s is a token: at least one octet. */
bool octet_all_token(struct str s);

/* Whether all of s may stand in a field value; s may be empty. */
bool octet_all_value(struct str s);

#endif
