/*
 * prop_find.c - see prop.h: one resource as PROPFIND tells it.
 *
 * A PROPFIND of a large tree comes here for each member: nothing is allocated,
 * and the store is asked only for a resource that has dead properties, and
 * only when one could be wanted.
 */
#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/multistatus.h"
#include "dav/prop.h"
#include "dav/prop_live.h"
#include "http/uri.h"

struct finder {
	const struct prop_subject *subject;
	const struct propfind *propfind;
	struct buf *out;
	bool has_displayname; /* one was set, and has been written */
	/* What became of each name that was asked for: ERR_NONE is 200,
	 * ERR_ABSENT is 404. */
	enum err outcomes[PROPFIND_NAME_COUNT_MAX];
};

static void
begin_propstat(struct buf *out)
{
	buf_add_text(out, "<D:propstat><D:prop>");
}

static void
end_propstat(struct buf *out, int status)
{
	buf_add_text(out, "</D:prop>");
	multistatus_status(out, status);
	buf_add_text(out, "</D:propstat>");
}

static bool
is_displayname(const struct prop *prop)
{
	return str_is(prop->name, "displayname") && str_is(prop->space, "DAV:");
}

/* Whether it is one of those asked for; then it is marked as found. */
static bool
mark_found(struct finder *finder, const struct prop *prop)
{
	size_t i = 0;

	for (const struct prop_name *name = finder->propfind->names;
	     name != NULL; name = name->next, i++) {
		if (!str_equal(name->name, prop->name) ||
		    !str_equal(name->space, prop->space))
			continue;
		finder->outcomes[i] = ERR_NONE;
		return true;
	}
	return false;
}

static enum err
see_dead(void *context, const struct prop *prop)
{
	struct finder *finder = context;
	bool is_asked_for = mark_found(finder, prop);

	if (!is_asked_for && finder->propfind->kind != PROPFIND_ALLPROP)
		return ERR_NONE;
	finder->has_displayname |= is_displayname(prop);
	buf_add_str(finder->out, prop->xml);
	return ERR_NONE;
}

static enum err
see_dead_name(void *context, const struct prop *prop)
{
	struct finder *finder = context;

	if (!is_displayname(prop)) /* every resource has one */
		prop_write_name(finder->out, prop->space, prop->name);
	return ERR_NONE;
}

/* Asks the store; on an error nothing stays written of what it told. */
static enum err
ask_store(struct finder *finder,
    enum err (*see)(void *context, const struct prop *prop))
{
	struct store *store = finder->subject->dav->store;
	size_t len = finder->out->len;
	enum err err;

	if (!finder->subject->resource->has_props)
		return ERR_NONE;
	err = store->ops->props(store, finder->subject->path, see, finder);
	if (err != ERR_NONE)
		finder->out->len = len;
	return err;
}

static bool
is_from_store(const struct prop_name *name)
{
	return name->live == NULL || name->live->is_kept;
}

/* Writes those asked for that are live; true: the others need the store. */
static bool
write_live_asked(struct finder *finder)
{
	bool needs_store = false;
	size_t i = 0;

	for (const struct prop_name *name = finder->propfind->names;
	     name != NULL; name = name->next, i++) {
		finder->outcomes[i] = ERR_ABSENT;
		if (is_from_store(name))
			needs_store = true;
		else
			finder->outcomes[i] = prop_live_write(
			    name->live, finder->subject, finder->out);
	}
	return needs_store;
}

/* Fails what the store alone could have told, or tells the defaults. */
static void
settle_asked(struct finder *finder, enum err store_err)
{
	size_t i = 0;

	for (const struct prop_name *name = finder->propfind->names;
	     name != NULL; name = name->next, i++) {
		if (!is_from_store(name))
			continue;
		if (store_err != ERR_NONE)
			finder->outcomes[i] = store_err;
		else if (finder->outcomes[i] == ERR_ABSENT &&
		         name->live != NULL)
			finder->outcomes[i] = prop_live_write(
			    name->live, finder->subject, finder->out);
	}
}

/* A propstat for each way in which names that were asked for failed. */
static void
write_failed(struct finder *finder)
{
	const struct prop_name *first = finder->propfind->names;

	for (size_t i = 0; first != NULL; first = first->next, i++) {
		enum err err = finder->outcomes[i];
		size_t j = i;

		if (err == ERR_NONE)
			continue;
		begin_propstat(finder->out);
		for (const struct prop_name *name = first; name != NULL;
		     name = name->next, j++) {
			if (finder->outcomes[j] != err)
				continue;
			prop_write_name(finder->out, name->space, name->name);
			finder->outcomes[j] = ERR_NONE; /* it was told */
		}
		end_propstat(finder->out, answer_status_of(err));
	}
}

/* All was well with some of them, or there is nothing else to say. */
static bool
has_success(const struct finder *finder)
{
	const struct prop_name *name = finder->propfind->names;
	size_t i = 0;

	if (name == NULL)
		return true;
	for (; name != NULL; name = name->next, i++)
		if (finder->outcomes[i] == ERR_NONE)
			return true;
	return false;
}

static void
write_prop(struct finder *finder)
{
	size_t len = finder->out->len;
	enum err err = ERR_NONE;

	begin_propstat(finder->out);
	if (write_live_asked(finder)) {
		err = ask_store(finder, see_dead);
		settle_asked(finder, err);
	}
	if (has_success(finder))
		end_propstat(finder->out, 200);
	else
		finder->out->len = len;
	write_failed(finder);
}

/* The store failed at those we cannot name, and at the one that we can. */
static void
write_store_failed(struct finder *finder, enum err err)
{
	begin_propstat(finder->out);
	buf_add_text(finder->out, "<D:displayname/>");
	end_propstat(finder->out, answer_status_of(err));
}

static void
write_allprop(struct finder *finder)
{
	const struct prop_live *live;
	enum err err;

	begin_propstat(finder->out);
	for (live = prop_live_table; live->name.len > 0; live++)
		if (live->is_in_allprop && !live->is_kept)
			/* ERR_ABSENT: this resource has none. */
			(void)!prop_live_write(
			    live, finder->subject, finder->out);
	(void)write_live_asked(finder);
	err = ask_store(finder, see_dead);
	settle_asked(finder, err);
	if (err == ERR_NONE && !finder->has_displayname)
		(void)!prop_live_write(prop_live_find((struct str)STR("DAV:"),
		                           (struct str)STR("displayname")),
		    finder->subject, finder->out);
	end_propstat(finder->out, 200);
	if (err != ERR_NONE)
		write_store_failed(finder, err);
	write_failed(finder);
}

static void
write_propname(struct finder *finder)
{
	const struct prop_live *live;
	enum err err;

	begin_propstat(finder->out);
	for (live = prop_live_table; live->name.len > 0; live++)
		if (prop_live_is_of(live, finder->subject->resource))
			prop_write_name(finder->out, live->space, live->name);
	err = ask_store(finder, see_dead_name);
	end_propstat(finder->out, 200);
	if (err != ERR_NONE) {
		begin_propstat(finder->out);
		end_propstat(finder->out, answer_status_of(err));
	}
}

void
prop_write_response(const struct prop_subject *subject,
    const struct propfind *propfind, struct buf *out)
{
	struct finder finder;

	/* The outcomes are not cleared: each is set where it is used. */
	finder.subject = subject;
	finder.propfind = propfind;
	finder.out = out;
	finder.has_displayname = false;
	buf_add_text(out, "<D:response>");
	multistatus_href(out, uri_path_from(subject->path, subject->home),
	    subject->resource->is_collection);
	switch (propfind->kind) {
	case PROPFIND_ALLPROP:
		write_allprop(&finder);
		break;
	case PROPFIND_PROPNAME:
		write_propname(&finder);
		break;
	case PROPFIND_PROP:
		write_prop(&finder);
		break;
	}
	buf_add_text(out, "</D:response>\n");
}

void
prop_write_lockdiscovery(const struct prop_subject *subject, struct buf *out)
{
	const struct prop_live *live = prop_live_find(
	    (struct str)STR("DAV:"), (struct str)STR("lockdiscovery"));

	buf_add_text(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	                  "<D:prop xmlns:D=\"DAV:\">");
	(void)!prop_live_write(live, subject, out); /* every resource has it */
	buf_add_text(out, "</D:prop>\n");
}
