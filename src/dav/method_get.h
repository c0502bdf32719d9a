/*
 * method_get.h - the bodies of GET that are made piece by piece: several
 * ranges of a file, and the page of a collection.
 */
#ifndef METHOD_GET_H
#define METHOD_GET_H

#include <stdbool.h>
#include <stddef.h>

#include "dav/call.h"
#include "dav/store.h"
#include "http/range.h"

/* What call->state points to; each kind begins with it. */
struct get_body {
	bool (*pull)(struct call *call, size_t size_max);
	void (*free)(struct call *call);
};

/* The descriptor passes to the body, also when it fails. */
struct get_ranges_options {
	const struct range *ranges;
	size_t count;
	struct resource resource;
	struct str type;
	int fd;
};

/* 206 with multipart/byteranges (RFC 9110, 14.6). */
void method_get_ranges_take(
    struct call *call, const struct get_ranges_options *options);

enum { GET_TOKEN_SIZE = 33 };

/* 32 random digits and a NUL: a boundary, or a nonce. */
void method_get_token(struct call *call, char out_token[GET_TOKEN_SIZE]);

/*
 * A page of HTML with the members of a collection.  False: it is none any
 * more; nothing was answered, and it is to be looked at again.
 */
bool method_get_index(struct call *call);

#endif
