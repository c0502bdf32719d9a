/*
 * interim_line.h - the field lines of an interim response, as a handler writes
 * them: "Name: value CRLF", one behind the other.
 */
#ifndef INTERIM_LINE_H
#define INTERIM_LINE_H

#include "http/fields.h"

/*
 * Cuts the next line off *rest, which is not empty.  It is checked to be whole
 * and one that a 1xx may have: never Content-Length, Transfer-Encoding,
 * Connection, Trailer or Set-Cookie (RFC 9110, 15.2 and 8.6; RFC 9112, 6.1).
 */
struct field interim_line_cut(struct str *rest);

#endif
