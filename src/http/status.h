/*
 * status.h - the status codes of HTTP and of WebDAV.
 */
#ifndef STATUS_H
#define STATUS_H

#include <stdbool.h>

/* "Not Found" for 404; "Unknown" for a code that is not registered. */
const char *status_reason(int status);

/*
 * Whether a response of this status may have content, and says its size.
 * 1xx, 204 and 304 end with their head, whatever the method (RFC 9112, 6.3).
 */
bool status_has_content(int status);

#endif
