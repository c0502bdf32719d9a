/*
 * measure.c - see measure.h.
 */
#include "apps/measure.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "apps/metrics.h"
#include "apps/server.h"
#include "apps/server_worker.h"
#include "dav/store.h"
#include "net/crowd.h"
#include "net/pool.h"
#include "op/registry.h"

enum { STATM_SIZE_MAX = 256 };

int64_t
measure_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void
measure_begin(struct server *server)
{
	server->started_s = time(NULL);
	server->started_us = measure_now_us();
}

const char *
measure_trouble(void *context)
{
	struct server *server = context;
	struct store *store = server->store;
	uint64_t available;
	uint64_t used;

	if (atomic_load(&server->is_stopping))
		return "The server is about to stop.";
	if (server->dav.is_read_only)
		return NULL;
	/* A store that cannot tell will tell when it is full. */
	if (store->ops->quota(store, str_of("/"), &available, &used) ==
	        ERR_NONE &&
	    available < MEASURE_SPACE_MIN)
		return "There is hardly any space left.";
	return NULL;
}

static uint64_t
resident_size(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	char line[STATM_SIZE_MAX] = "";
	char *rest;

	if (file == NULL)
		return 0;
	if (fgets(line, sizeof(line), file) == NULL)
		line[0] = '\0';
	(void)fclose(file);             /* it was only read */
	(void)strtoul(line, &rest, 10); /* the whole size */
	return strtoul(rest, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t
descriptor_count(void)
{
	DIR *directory = opendir("/proc/self/fd");
	uint64_t count = 0;

	if (directory == NULL)
		return 0;
	while (readdir(directory) != NULL)
		count++;
	(void)closedir(directory); /* it was only read */
	return count - 3;          /* ".", "..", and its own */
}

static void
look_at_process(struct metrics_moment *moment)
{
	struct rusage usage;
	struct rlimit limit;

	moment->resident_size = resident_size();
	moment->descriptors = descriptor_count();
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		moment->descriptors_max = limit.rlim_cur;
	if (getrusage(RUSAGE_SELF, &usage) == 0)
		moment->cpu_s =
		    (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) /
		        1e6;
}

static bool
look_at_operation(void *context, struct operation *operation)
{
	struct metrics_moment *moment = context;
	struct operation_snapshot shot;

	operation_look(operation, &shot);
	moment->operations[shot.state]++;
	if (shot.state != OPERATION_QUEUED)
		return true;
	if (shot.waits_for == OPERATION_WAIT_CLAIM)
		moment->operations_waiting_for_claim++;
	else if (shot.waits_for == OPERATION_WAIT_THREAD)
		moment->operations_waiting_for_thread++;
	return true;
}

void
measure_write(void *context, struct buf *out)
{
	struct server *server = context;
	const struct metrics_lane *lanes[SERVER_THREAD_COUNT_MAX];
	struct metrics_view view = {
		.lanes = lanes,
		.lane_count = server->worker_count,
		.meta_commits = &server->meta_clock.times,
		.journal_commits = &server->journal_clock.times,
		.moment = {
			.connections = crowd_count(server->crowd),
			.pool_waiting = pool_waiting_count(server->pool),
			.start_s = (double)server->started_s,
			.uptime_s =
			    (double)(measure_now_us() - server->started_us) /
			    1e6,
		},
	};

	for (size_t i = 0; i < server->worker_count; i++)
		lanes[i] = server_worker_lane(server, i);
	look_at_process(&view.moment);
	if (registry_list(server->registry, NULL, look_at_operation,
	        &view.moment) != ERR_NONE)
		buf_add_text(out, "# The operations could not be listed.\n");
	metrics_write(&view, out);
}
