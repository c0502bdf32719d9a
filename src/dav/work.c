/*
 * work.c - see work.h.
 */
#include "dav/work.h"

#include "base/limits.h"
#include "dav/answer.h"
#include "dav/dav.h"
#include "http/prefer.h"
#include "http/uri.h"
#include "op/progress.h"

enum { DETAIL_SIZE_MAX = PATH_SIZE_MAX + 256 };

enum step
work_begin(struct work *work, struct call *call)
{
	*work = (struct work){ .call = call, .progress = call->progress };
	if (work->progress == NULL) {
		work->is_own = true;
		work->progress = progress_new();
	}
	if (work->progress == NULL)
		return answer_error(call, ERR_MEMORY);
	if (call->request->principal.len == 0)
		progress_limit(work->progress, call->dav->anonymous_tree_max);
	return STEP_ON;
}

bool
work_has_failures(const struct work *work)
{
	struct progress_counts counts;

	progress_read(work->progress, &counts);
	return counts.failures > 0;
}

/* The failures, as far as the answer depends on them. */
struct failures {
	const struct call *call;
	size_t count;
	enum err of_whole; /* of the resource that the request names */
};

static bool
look_at_failure(void *context, const struct progress_member *member)
{
	struct failures *failures = context;
	struct str whole = member->is_destination ? failures->call->destination
	                                          : failures->call->path;

	if (str_equal(member->path, whole))
		failures->of_whole = member->err;
	return ++failures->count < 2;
}

enum step
work_answer(const struct work *work, enum err err, int status)
{
	struct failures failures = { .call = work->call };

	if (err == ERR_CANCELLED)
		return answer_error(work->call, err); /* nothing was done */
	progress_failures(work->progress, look_at_failure, &failures);
	if (failures.count == 1 && failures.of_whole != ERR_NONE)
		return answer_error(work->call, failures.of_whole);
	if (failures.count > 0)
		return answer_failures(work->call, work->progress);
	if (err != ERR_NONE)
		return answer_error(work->call, err);
	return answer_empty(work->call, status);
}

bool
work_is_strict(const struct call *call)
{
	struct prefer prefer;

	prefer_parse(&call->request->fields, &prefer);
	return prefer.strict;
}

void
work_answer_strict(const struct work *work)
{
	response_field_text(
	    work->call->response, "Preference-Applied", "handling=strict");
}

struct undone {
	enum err err;
	struct str home;
	struct buf detail;
};

static bool
look_at_first(void *context, const struct progress_member *member)
{
	struct undone *undone = context;

	undone->err = member->err;
	buf_add_text(&undone->detail, ", but this could not be: ");
	buf_add_str(&undone->detail, uri_path_from(member->path, undone->home));
	return false;
}

void
work_answer_undone(const struct work *work, enum err err)
{
	struct undone undone = { .err = err, .home = work->call->home };

	buf_init(&undone.detail, DETAIL_SIZE_MAX);
	buf_add_text(
	    &undone.detail, "Nothing was done: it was to be all or nothing");
	progress_failures(work->progress, look_at_first, &undone);
	buf_add_char(&undone.detail, '\0');
	if (undone.err == ERR_NONE || undone.err == ERR_CANCELLED ||
	    undone.detail.err != ERR_NONE)
		(void)answer_error(work->call, err);
	else
		(void)answer_problem(work->call, answer_status_of(undone.err),
		    undone.detail.data);
	buf_done(&undone.detail);
}

void
work_done(struct work *work)
{
	if (work->is_own)
		progress_free(work->progress);
	*work = (struct work){ .call = NULL };
}
