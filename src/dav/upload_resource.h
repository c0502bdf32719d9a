/*
 * upload_resource.h - uploads in parts (draft-ietf-httpbis-resumable-upload).
 *
 *	PUT /file                Upload-Complete: ?0: begins one; 201, Location
 *	HEAD /.tarry/uploads/ID  how much has come: Upload-Offset
 *	PATCH ...                goes on at Upload-Offset; if Upload-Complete is
 *	                         ?1, these are the last octets: it answers
 *	                         as the PUT would have
 *	DELETE ...               gives it up
 *
 * A client sees by Upload-Limit in the answer to OPTIONS that it may do so.
 * It is for large files over bad lines: what came before a connection is lost
 * is kept, for UPLOAD_AGE_S.  There is no 104: who sends the whole in one PUT
 * has nothing to continue.
 */
#ifndef UPLOAD_RESOURCE_H
#define UPLOAD_RESOURCE_H

#include <stdbool.h>

#include "base/str.h"
#include "dav/call.h"
#include "dav/store.h"

struct dav;

#define UPLOAD_RESOURCE_BASE "/.tarry/uploads/"

/* For PUT: whether it begins one. */
bool upload_resource_is_part(const struct call *call);

/* What it says of the whole: 0 if nothing. */
uint64_t upload_resource_length(const struct call *call);

/* 4xx to what cannot be kept until the last part; ahead of the body. */
enum step upload_resource_judge(struct call *call);

/* Answers 201.  Takes *upload, which becomes NULL; size octets came. */
void upload_resource_create(struct call *call, struct upload **upload,
    const struct upload_options *options, uint64_t size);

/* Upload-Limit, for the answer to OPTIONS. */
void upload_resource_limit(const struct dav *dav, struct response *response);

/* Whether the path is below UPLOAD_RESOURCE_BASE. */
bool upload_resource_is_at(struct str path);

/* NULL: upload_resource_refuse() answers. */
const struct method *upload_resource_method(struct str name);
void upload_resource_refuse(struct call *call);

#endif
