/*
 * op_rig.c - see op_rig.h.
 */
#include "op_rig.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static int64_t
rig_now_ms(void *context)
{
	return ((struct rig *)context)->now_ms;
}

static int64_t
rig_wall_s(void *context)
{
	return ((struct rig *)context)->wall_s;
}

/* Different for each call, which is all that is asked of it here. */
static void
rig_random(void *out, size_t size)
{
	static atomic_uint calls;
	unsigned call = ++calls;

	memset(out, 0xa5, size);
	memcpy(out, &call, sizeof(call));
}

void
rig_init(struct rig *rig)
{
	*rig = (struct rig){ .now_ms = 1000, .wall_s = 1700000000 };
	rig->claims = claim_table_new();
	assert_non_null(rig->claims);
	registry_options_init(&rig->options);
	rig->options.claims = rig->claims;
	rig->options.now_ms = rig_now_ms;
	rig->options.wall_s = rig_wall_s;
	rig->options.random = rig_random;
	rig->options.context = rig;
	rig->options.thread_count = 2;
}

void
rig_start(struct rig *rig)
{
	assert_int_equal(registry_new(&rig->options, &rig->registry), ERR_NONE);
}

void
rig_done(struct rig *rig)
{
	registry_stop(rig->registry, REGISTRY_STOP_WAIT);
	registry_free(rig->registry);
	claim_table_free(rig->claims);
}

void
job_init(struct job *job)
{
	*job = (struct job){
		.status = 201, .body = "made", .outcome = OPERATION_DONE
	};
	assert_int_equal(sem_init(&job->running, 0, 0), 0);
	assert_int_equal(sem_init(&job->leave, 0, 0), 0);
}

void
job_done(struct job *job)
{
	assert_int_equal(job->free_count, 1);
	(void)sem_destroy(&job->running);
	(void)sem_destroy(&job->leave);
}

static void
job_run(void *context, struct operation *operation,
    struct operation_result *out_result)
{
	struct job *job = context;
	struct progress *progress = operation_progress(operation);
	struct str member = STR("/member");

	job->run_count++;
	progress_total(progress, 2, 0);
	progress_member_done(progress, member);
	if (job->commits)
		assert_true(progress_commit(progress, NULL));
	(void)sem_post(&job->running);
	if (job->waits)
		(void)sem_wait(&job->leave);
	while (job->is_until_cancelled && !progress_is_cancelled(progress))
		(void)sched_yield();
	job->saw_cancel = progress_is_cancelled(progress);
	if (!job->saw_cancel)
		progress_member_done(progress, member);
	out_result->outcome =
	    job->saw_cancel ? OPERATION_CANCELLED : job->outcome;
	out_result->status = job->status;
	buf_add_text(&out_result->fields, "X-Test: yes\r\n");
	buf_add_text(&out_result->body, job->body);
}

static void
job_refuse(void *context, struct operation_result *out_result)
{
	struct job *job = context;

	job->refuse_count++;
	if (job->is_refused_with_status)
		out_result->status = 423;
}

static void
job_free(void *context)
{
	((struct job *)context)->free_count++;
}

struct operation_work
job_work(struct job *job)
{
	return (struct operation_work){
		.run = job_run,
		.refuse = job_refuse,
		.free = job_free,
		.context = job,
	};
}

static void
note_done(struct operation_observer *observer)
{
	struct watcher *watcher = observer->context;

	watcher->done_count++;
	(void)sem_post(&watcher->done);
}

static void
note_changed(struct operation_observer *observer)
{
	((struct watcher *)observer->context)->changed_count++;
}

void
watcher_init(struct watcher *watcher)
{
	*watcher = (struct watcher){ .observer = { .done = note_done,
		                         .changed = note_changed,
		                         .context = watcher } };
	assert_int_equal(sem_init(&watcher->done, 0, 0), 0);
}

void
watcher_done(struct watcher *watcher)
{
	assert_false(watcher->observer.is_linked);
	(void)sem_destroy(&watcher->done);
}

void
watcher_wait(struct watcher *watcher)
{
	(void)sem_wait(&watcher->done);
}

struct operation_spec
spec_of(const char *owner, const char *source, const char *fingerprint)
{
	return (struct operation_spec){
		.owner = str_of(owner),
		.method = STR("COPY"),
		.source = str_of(source),
		.fingerprint = str_of(fingerprint),
		.parts = { { .path = str_of(source),
		    .mode = CLAIM_EXCLUSIVE,
		    .is_subtree = true } },
		.part_count = 1,
	};
}

struct operation *
rig_submit(struct rig *rig, const struct operation_spec *spec, struct job *job,
    struct watcher *watcher, enum registry_how want)
{
	struct operation_work work = job_work(job);
	struct registry_ticket ticket;

	assert_int_equal(
	    registry_submit(rig->registry, spec, &work,
	        watcher == NULL ? NULL : &watcher->observer, &ticket),
	    ERR_NONE);
	assert_int_equal(ticket.how, want);
	return ticket.operation;
}

struct operation_snapshot
look(struct operation *operation)
{
	struct operation_snapshot snapshot;

	operation_look(operation, &snapshot);
	return snapshot;
}
