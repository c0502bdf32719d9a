/*
 * multistatus.c - see multistatus.h.
 */
#include "dav/multistatus.h"

#include <stddef.h>

#include "dav/answer.h"
#include "http/status.h"
#include "http/uri.h"
#include "op/progress.h"

void
multistatus_begin(struct buf *out)
{
	buf_add_text(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	                  "<D:multistatus xmlns:D=\"DAV:\">\n");
}

void
multistatus_end(struct buf *out)
{
	buf_add_text(out, "</D:multistatus>\n");
}

void
multistatus_href(struct buf *out, struct str path, bool is_collection)
{
	buf_add_text(out, "<D:href>");
	uri_path_encode(out, path);
	if (is_collection && path.len > 1)
		buf_add_char(out, '/');
	buf_add_text(out, "</D:href>");
}

void
multistatus_status(struct buf *out, int status)
{
	buf_add_text(out, "<D:status>HTTP/1.1 ");
	buf_add_u64(out, (uint64_t)status);
	buf_add_char(out, ' ');
	buf_add_text(out, status_reason(status));
	buf_add_text(out, "</D:status>");
}

void
multistatus_error(struct buf *out, const char *condition)
{
	if (condition == NULL)
		return;
	buf_add_text(out, "<D:error><D:");
	buf_add_text(out, condition);
	buf_add_text(out, "/></D:error>");
}

void
multistatus_member(struct buf *out, struct str path, bool is_collection,
    int status, const char *condition)
{
	buf_add_text(out, "<D:response>");
	multistatus_href(out, path, is_collection);
	multistatus_status(out, status);
	multistatus_error(out, condition);
	buf_add_text(out, "</D:response>\n");
}

struct failures {
	struct buf *out;
	struct str root;
};

static bool
write_failure(void *context, const struct progress_member *member)
{
	const struct failures *failures = context;

	multistatus_member(failures->out,
	    uri_path_from(member->path, failures->root), false,
	    answer_status_of(member->err),
	    member->err == ERR_LOCKED ? "lock-token-submitted" : NULL);
	return failures->out->err == ERR_NONE;
}

void
multistatus_failures(
    struct buf *out, const struct progress *progress, struct str root)
{
	struct failures failures = { out, root };

	progress_failures(progress, write_failure, &failures);
}
