/*
 * destination.h - the Destination field of COPY and MOVE (RFC 4918, 10.3).
 */
#ifndef DESTINATION_H
#define DESTINATION_H

#include "dav/call.h"

/*
 * Fills in has_destination and destination.  Answers 400 to a value that is
 * neither an absolute URI nor an absolute path, 403 to a path that no resource
 * can have, 502 to another server's.
 *
 * A host is ours when the request names it: as its own, or as the one that a
 * proxy saw (X-Forwarded-Host, Forwarded).  Where a proxy has put a name of
 * its own in the place of Host, which a loopback peer or a loopback name
 * tells, the path is all that there is to go by.  Scheme and port never count:
 * they differ behind every proxy that ends TLS.
 */
enum step destination_prepare(struct call *call);

#endif
