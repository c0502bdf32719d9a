/*
 * client_transfer.c - see client_transfer.h.
 */
#include "apps/client_transfer.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#define VALUE(member) offsetof(struct transfer_values, member)

/* name, kind, value, choices, argument, help */
const struct option transfer_options[] = {
	{ "recursive|r", OPTION_FLAG, VALUE(is_recursive), NULL, NULL,
	    "trees, too, with all that is in them" },
	{ "jobs|j", OPTION_COUNT, VALUE(job_count), NULL, "N",
	    "so many files at a time (4)" },
	{ "no-overwrite|n", OPTION_FLAG, VALUE(no_overwrite), NULL, NULL,
	    "leave what is there already" },
	{ "newer", OPTION_FLAG, VALUE(is_newer), NULL, NULL,
	    "only what is newer than what is there" },
	{ "exclude", OPTION_TEXTS, VALUE(excluded), NULL, "PATTERN",
	    "not what is called so; may be repeated" },
	{ "dry-run", OPTION_FLAG, VALUE(is_dry), NULL, NULL,
	    "say what would be done" },
	{ .name = NULL },
};

bool
transfer_excludes(const struct transfer_values *values, const char *name)
{
	for (size_t i = 0; i < values->excluded.count; i++)
		if (fnmatch(values->excluded.items[i], name, 0) == 0)
			return true;
	return false;
}

static void
job_free(struct transfer_job *job)
{
	free(job->url);
	free(job->path);
	free(job);
}

/* NULL: there will be none. */
static struct transfer_job *
take(struct transfer *transfer)
{
	struct transfer_job *job;

	(void)pthread_mutex_lock(&transfer->mutex);
	while (transfer->first == NULL && !transfer->is_over)
		(void)pthread_cond_wait(&transfer->changed, &transfer->mutex);
	job = transfer->first;
	if (job != NULL) {
		transfer->first = job->next;
		if (transfer->first == NULL)
			transfer->end = &transfer->first;
		transfer->count--;
		(void)pthread_cond_broadcast(&transfer->changed);
	}
	(void)pthread_mutex_unlock(&transfer->mutex);
	return job;
}

static void
do_one(struct transfer *transfer, struct tarry *tarry,
    const struct transfer_job *job)
{
	struct client *client = transfer->client;
	enum tarry_outcome outcome =
	    transfer->one(transfer->context, tarry, job);

	atomic_fetch_add(&client->show.files_done, 1);
	(void)client_note_last(client, tarry, outcome, job->url);
}

static void *
work(void *context)
{
	struct transfer *transfer = context;
	struct tarry *tarry = client_open(transfer->client);
	struct transfer_job *job;

	while ((job = take(transfer)) != NULL) {
		if (tarry == NULL)
			(void)client_note(transfer->client, TARRY_FAILED,
			    job->url, "out of memory");
		else if (client_is_interrupted(transfer->client))
			(void)client_note(
			    transfer->client, TARRY_FAILED, job->url, NULL);
		else
			do_one(transfer, tarry, job);
		job_free(job);
	}
	if (tarry != NULL)
		client_close(transfer->client, tarry);
	return NULL;
}

bool
transfer_init(struct transfer *transfer, const struct transfer_values *values)
{
	uint64_t thread_count =
	    values->job_count == 0 ? TRANSFER_JOB_COUNT : values->job_count;

	CHECK(pthread_mutex_init(&transfer->mutex, NULL) == 0);
	CHECK(pthread_cond_init(&transfer->changed, NULL) == 0);
	transfer->first = NULL;
	transfer->end = &transfer->first;
	transfer->count = 0;
	transfer->is_over = false;
	transfer->thread_count = 0;
	transfer->client->show.has_many = true;
	if (thread_count > TRANSFER_THREAD_COUNT_MAX)
		thread_count = TRANSFER_THREAD_COUNT_MAX;
	while (transfer->thread_count < thread_count &&
	       pthread_create(&transfer->threads[transfer->thread_count], NULL,
	           work, transfer) == 0)
		transfer->thread_count++;
	return transfer->thread_count > 0;
}

void
transfer_add(struct transfer *transfer, const struct transfer_job *job)
{
	struct client *client = transfer->client;
	struct transfer_job *copy = calloc(1, sizeof(*copy));

	if (copy != NULL) {
		*copy = *job;
		copy->next = NULL;
		copy->url = strdup(job->url);
		copy->path = strdup(job->path);
	}
	if (copy == NULL || copy->url == NULL || copy->path == NULL) {
		(void)client_note(
		    client, TARRY_FAILED, job->url, "out of memory");
		if (copy != NULL)
			job_free(copy);
		return;
	}
	atomic_fetch_add(&client->show.files_total, 1);
	if (job->size > 0)
		atomic_fetch_add(
		    &client->show.bytes_total, (unsigned long long)job->size);
	(void)pthread_mutex_lock(&transfer->mutex);
	while (transfer->count >= TRANSFER_QUEUE_COUNT_MAX)
		(void)pthread_cond_wait(&transfer->changed, &transfer->mutex);
	*transfer->end = copy;
	transfer->end = &copy->next;
	transfer->count++;
	(void)pthread_cond_broadcast(&transfer->changed);
	(void)pthread_mutex_unlock(&transfer->mutex);
}

void
transfer_finish(struct transfer *transfer)
{
	(void)pthread_mutex_lock(&transfer->mutex);
	transfer->is_over = true;
	(void)pthread_cond_broadcast(&transfer->changed);
	(void)pthread_mutex_unlock(&transfer->mutex);
	for (size_t i = 0; i < transfer->thread_count; i++)
		(void)pthread_join(transfer->threads[i], NULL);
	CHECK(transfer->first == NULL);
	CHECK(pthread_cond_destroy(&transfer->changed) == 0);
	CHECK(pthread_mutex_destroy(&transfer->mutex) == 0);
}
