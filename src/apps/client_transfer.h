/*
 * client_transfer.h - many files, several at a time.
 *
 *	init -> add, add ... -> finish
 *
 * Each thread has a session of its own.  add() waits while enough is queued,
 * so that memory does not grow with the tree.
 */
#ifndef CLIENT_TRANSFER_H
#define CLIENT_TRANSFER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "apps/client.h"
#include "apps/options.h"
#include "base/check.h"
#include "client/tarry.h"

enum {
	TRANSFER_JOB_COUNT = 4,
	TRANSFER_THREAD_COUNT_MAX = 32,
	TRANSFER_QUEUE_COUNT_MAX = 1000,
};

/* What the commands that transfer are told. */
struct transfer_values {
	struct client_values common;
	bool is_recursive;
	bool no_overwrite;
	bool is_newer;
	bool is_dry;
	struct option_texts excluded;
	uint64_t job_count; /* 0: TRANSFER_JOB_COUNT */
};

extern const struct option transfer_options[];

/* Whether a member of a tree is left out, by its name. */
bool transfer_excludes(const struct transfer_values *values, const char *name);

struct transfer_job {
	char *url;
	char *path; /* of the local file */
	int64_t size;
	int64_t modified_s; /* as the server's listing has it; 0: not known */
	struct transfer_job *next;
};

struct transfer {
	struct client *client;
	void *context;
	/* One file.  What came of it is noted by transfer.c. */
	enum tarry_outcome (*one)(
	    void *context, struct tarry *tarry, const struct transfer_job *job);

	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct transfer_job *first;
	struct transfer_job **end;
	size_t count;
	bool is_over; /* no more will come */
	pthread_t threads[TRANSFER_THREAD_COUNT_MAX];
	size_t thread_count;
};

/* client, context and one are set.  False: no thread could be started. */
bool transfer_init(
    struct transfer *transfer, const struct transfer_values *values) MUST_CHECK;

/* Copies both texts. */
void transfer_add(struct transfer *transfer, const struct transfer_job *job);

/* Waits until all is done. */
void transfer_finish(struct transfer *transfer);

#endif
