/*
 * prop_live.c - see prop_live.h.
 */
#include "dav/prop_live.h"

#include "dav/dav.h"
#include "dav/lock.h"
#include "dav/media.h"
#include "dav/multistatus.h"
#include "dav/store.h"
#include "dav/xml.h"
#include "http/date.h"
#include "http/uri.h"

/* Seconds; times before 1970 are rounded down, too. */
static int64_t
seconds_of(int64_t ns)
{
	int64_t seconds = ns / 1000000000;

	return ns % 1000000000 < 0 ? seconds - 1 : seconds;
}

static enum err
write_creationdate(const struct prop_subject *subject, struct buf *out)
{
	char date[DATE_ISO_SIZE];

	date_format_iso(seconds_of(subject->resource->created_ns), date);
	buf_add(out, date, DATE_ISO_SIZE - 1);
	return ERR_NONE;
}

static enum err
write_displayname(const struct prop_subject *subject, struct buf *out)
{
	struct str path = uri_path_from(subject->path, subject->home);

	if (path.len == 1)
		buf_add_char(out, '/'); /* the root has no other name */
	else
		xml_escape(out, uri_path_name(path));
	return ERR_NONE;
}

static enum err
write_getcontentlength(const struct prop_subject *subject, struct buf *out)
{
	buf_add_u64(out, subject->resource->size);
	return ERR_NONE;
}

static enum err
write_getcontenttype(const struct prop_subject *subject, struct buf *out)
{
	buf_add_str(
	    out, media_type(subject->dav->media, uri_path_name(subject->path)));
	return ERR_NONE;
}

static enum err
write_getetag(const struct prop_subject *subject, struct buf *out)
{
	buf_add_text(out, subject->resource->etag);
	return ERR_NONE;
}

static enum err
write_getlastmodified(const struct prop_subject *subject, struct buf *out)
{
	char date[DATE_SIZE];

	date_format(seconds_of(subject->resource->modified_ns), date);
	buf_add(out, date, DATE_SIZE - 1);
	return ERR_NONE;
}

static enum err
write_resourcetype(const struct prop_subject *subject, struct buf *out)
{
	if (subject->resource->is_collection)
		buf_add_text(out, "<D:collection/>");
	return ERR_NONE;
}

static enum err
write_supportedlock(const struct prop_subject *subject, struct buf *out)
{
	static const struct str text =
	    STR("<D:lockentry><D:lockscope><D:exclusive/></D:lockscope>"
	        "<D:locktype><D:write/></D:locktype></D:lockentry>"
	        "<D:lockentry><D:lockscope><D:shared/></D:lockscope>"
	        "<D:locktype><D:write/></D:locktype></D:lockentry>");

	(void)subject;
	buf_add_str(out, text);
	return ERR_NONE;
}

struct discovery {
	const struct prop_subject *subject;
	struct buf *out;
};

/* RFC 4918, 14.1. */
static void
write_activelock(void *context, const struct lock *lock)
{
	const struct discovery *discovery = context;
	const struct prop_subject *subject = discovery->subject;
	struct buf *out = discovery->out;
	/* A lock that applies from further up is rooted at a collection. */
	bool is_collection = subject->resource->is_collection ||
	                     !str_equal(lock->path, subject->path);

	buf_add_text(out,
	    lock->is_shared
	        ? "<D:activelock><D:lockscope><D:shared/></D:lockscope>"
	        : "<D:activelock><D:lockscope><D:exclusive/></D:lockscope>");
	buf_add_text(out, "<D:locktype><D:write/></D:locktype>");
	buf_add_text(out, lock->is_infinite ? "<D:depth>infinity</D:depth>"
	                                    : "<D:depth>0</D:depth>");
	if (lock->owner.len > 0) {
		buf_add_text(out, "<D:owner>");
		buf_add_str(out, lock->owner);
		buf_add_text(out, "</D:owner>");
	}
	buf_add_text(out, "<D:timeout>Second-");
	buf_add_u64(out, lock->left_s);
	buf_add_text(out, "</D:timeout><D:locktoken><D:href>");
	xml_escape(out, lock->token);
	buf_add_text(out, "</D:href></D:locktoken><D:lockroot>");
	multistatus_href(
	    out, uri_path_from(lock->path, subject->home), is_collection);
	buf_add_text(out, "</D:lockroot></D:activelock>");
}

static enum err
write_lockdiscovery(const struct prop_subject *subject, struct buf *out)
{
	struct discovery discovery = { subject, out };

	lock_each(subject->dav->locks, subject->path, subject->wall_s,
	    write_activelock, &discovery);
	return ERR_NONE;
}

static enum err
write_quota(
    const struct prop_subject *subject, struct buf *out, bool is_available)
{
	struct store *store = subject->dav->store;
	uint64_t available;
	uint64_t used;
	enum err err;

	err = store->ops->quota(store, subject->path, &available, &used);
	if (err != ERR_NONE)
		return err;
	buf_add_u64(out, is_available ? available : used);
	return ERR_NONE;
}

static enum err
write_quota_available(const struct prop_subject *subject, struct buf *out)
{
	return write_quota(subject, out, true);
}

static enum err
write_quota_used(const struct prop_subject *subject, struct buf *out)
{
	return write_quota(subject, out, false);
}

#define DAV_NAME(text)                                                         \
	.space = STR("DAV:"), .name = STR(text), .start = STR("<D:" text ">"), \
	.end = STR("</D:" text ">")

#define WIN32_NAME(text)                                                       \
	.space = STR("urn:schemas-microsoft-com:"), .name = STR(text),         \
	.start = STR("<Z:" text " xmlns:Z=\"urn:schemas-microsoft-com:\">"),   \
	.end = STR("</Z:" text ">")

const struct prop_live prop_live_table[] = {
	{
	    DAV_NAME("creationdate"),
	    .is_in_allprop = true,
	    .is_protected = true,
	    .write = write_creationdate,
	},
	{
	    DAV_NAME("displayname"),
	    .is_in_allprop = true,
	    .is_kept = true,
	    .write = write_displayname,
	},
	{
	    DAV_NAME("getcontentlanguage"),
	    .is_in_allprop = true,
	    .is_kept = true,
	    .write = NULL,
	},
	{
	    DAV_NAME("getcontentlength"),
	    .of = PROP_LIVE_OF_FILES,
	    .is_in_allprop = true,
	    .is_protected = true,
	    .write = write_getcontentlength,
	},
	{
	    DAV_NAME("getcontenttype"),
	    .of = PROP_LIVE_OF_FILES,
	    .is_in_allprop = true,
	    .is_protected = true,
	    .write = write_getcontenttype,
	},
	{
	    DAV_NAME("getetag"),
	    .of = PROP_LIVE_OF_FILES,
	    .is_in_allprop = true,
	    .is_protected = true,
	    .write = write_getetag,
	},
	{
	    DAV_NAME("getlastmodified"),
	    .is_in_allprop = true,
	    .is_protected = true,
	    .write = write_getlastmodified,
	},
	{
	    DAV_NAME("lockdiscovery"),
	    .is_in_allprop = true,
	    .is_protected = true,
	    .write = write_lockdiscovery,
	},
	{
	    DAV_NAME("resourcetype"),
	    .is_in_allprop = true,
	    .is_protected = true,
	    .write = write_resourcetype,
	},
	{
	    DAV_NAME("supportedlock"),
	    .is_in_allprop = true,
	    .is_protected = true,
	    .write = write_supportedlock,
	},
	{
	    DAV_NAME("quota-available-bytes"),
	    .of = PROP_LIVE_OF_FOLDERS,
	    .is_protected = true,
	    .write = write_quota_available,
	},
	{
	    DAV_NAME("quota-used-bytes"),
	    .of = PROP_LIVE_OF_FOLDERS,
	    .is_protected = true,
	    .write = write_quota_used,
	},
	{
	    WIN32_NAME("Win32LastModifiedTime"),
	    .sets_modified = true,
	    .write = write_getlastmodified,
	},
	{ .name = STR("") },
};

const struct prop_live *
prop_live_find(struct str space, struct str name)
{
	const struct prop_live *live = prop_live_table;

	while (live->name.len > 0 &&
	       !(str_equal(live->name, name) && str_equal(live->space, space)))
		live++;
	return live->name.len > 0 ? live : NULL;
}

bool
prop_live_is_of(const struct prop_live *live, const struct resource *resource)
{
	switch (live->of) {
	case PROP_LIVE_OF_ALL:
		return live->write != NULL;
	case PROP_LIVE_OF_FILES:
		return !resource->is_collection;
	case PROP_LIVE_OF_FOLDERS:
		return resource->is_collection;
	}
	UNREACHABLE("a kind of resource");
}

enum err
prop_live_write(const struct prop_live *live,
    const struct prop_subject *subject, struct buf *out)
{
	size_t len = out->len;
	enum err err;

	if (!prop_live_is_of(live, subject->resource))
		return ERR_ABSENT;
	buf_add_str(out, live->start);
	err = live->write(subject, out);
	buf_add_str(out, live->end);
	if (err != ERR_NONE)
		out->len = len;
	return err;
}
