/*
 * route.h - whether something stands on the way between the client and us.
 *
 * A proxy often breaks what its clients would bear: several take a 102 for the
 * answer, or stop after a few.  Most add a field of their own; those that add
 * none run beside us more often than not.
 */
#ifndef ROUTE_H
#define ROUTE_H

#include "http/request.h"

enum route {
	ROUTE_DIRECT,   /* as far as one can see */
	ROUTE_LOOPBACK, /* no field says so, but the peer is this machine */
	ROUTE_PROXY,    /* a field says so */
};

enum route route_of(const struct request *request);

#endif
