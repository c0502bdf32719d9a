/*
 * server.c - see server.h.
 */
#include "apps/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "apps/admin.h"
#include "apps/confine.h"
#include "apps/measure.h"
#include "apps/server_listen.h"
#include "apps/server_worker.h"
#include "base/limits.h"
#include "dav/access.h"
#include "dav/call.h"
#include "dav/interrupted.h"
#include "dav/lock.h"
#include "dav/media.h"
#include "dav/store.h"
#include "dav/upload_shelf.h"
#include "net/pool.h"
#include "op/claim.h"
#include "op/registry.h"
#include "store/fs.h"
#include "store/op_log.h"

enum { ERROR_TEXT_SIZE_MAX = 4096 };

static void
complain(const char *what, const char *why)
{
	(void)fprintf(stderr, "tarry: %s: %s\n", what, why);
}

static int64_t
now_ms(void *context)
{
	struct timespec now;

	(void)context;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t
wall_s(void *context)
{
	(void)context;
	return time(NULL);
}

static void
random_octets(void *out, size_t size)
{
	/* At most 256 octets are never cut short: getrandom(2). */
	CHECK(size <= 256);
	CHECK(getrandom(out, size, 0) == (ssize_t)size);
}

/*
 * For tests of what happens while a COPY runs, one member after another; and
 * of what a crash leaves, at each step on the way to the disk.
 */
static void
on_step(void *context, const char *what)
{
	struct server *server = context;
	const struct server_options *options = server->options;
	int64_t pause_ms = options->slow_member_ms;
	struct timespec pause = { pause_ms / 1000, pause_ms % 1000 * 1000000 };

	if (strcmp(what, "member") == 0 && pause_ms > 0)
		(void)nanosleep(&pause, NULL);
	if (atomic_fetch_add(&server->step_count, 1) + 1 == options->crash_at)
		(void)kill(getpid(), SIGKILL);
}

static bool
is_watched(const struct server_options *options)
{
	return options->slow_member_ms > 0 || options->crash_at > 0;
}

static enum err
open_store(struct server *server)
{
	const struct server_options *options = server->options;
	struct fs_options fs = {
		.root = server->root.directory,
		.state = options->state,
		.symlinks = (enum fs_symlinks)options->symlinks,
		.sync = (enum fs_sync)options->sync,
		.step = is_watched(options) ? on_step : NULL,
		.step_context = server,
		.commits = &server->meta_clock.stopwatch,
	};
	struct buf text;
	enum err err;

	buf_init(&text, ERROR_TEXT_SIZE_MAX);
	err = fs_open(&fs, &text, &server->store);
	if (err != ERR_NONE)
		(void)fprintf(stderr, "tarry: %.*s\n", STR_ARG(buf_str(&text)));
	buf_done(&text);
	return err;
}

static bool
is_loopback(const struct address *address)
{
	const struct sockaddr_in *in = (const void *)&address->storage;
	const struct sockaddr_in6 *in6 = (const void *)&address->storage;

	if (address->storage.ss_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
	return ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

/*
 * Where everybody is anonymous and comes from this machine, anonymous is its
 * user, who may do with large trees what he likes.
 */
static uint64_t
anonymous_tree_max(const struct server *server)
{
	const struct server_options *options = server->options;
	bool has_names = options->tls.client_ca != NULL ||
	                 options->users.users != NULL ||
	                 options->users.jwt_keys != NULL;

	if (options->anonymous_tree_max != SERVER_TREE_BY_PLACE)
		return options->anonymous_tree_max;
	for (size_t i = 0; i < server->address_count; i++)
		if (has_names || !is_loopback(&server->addresses[i]))
			return SERVER_ANONYMOUS_TREE;
	return 0;
}

/* Also while it serves: who has begun something goes on by the old ones. */
static enum err
put_rules(struct server *server, const struct server_options *options)
{
	struct access *access;
	struct buf why;
	enum err err;

	buf_init(&why, ERROR_TEXT_SIZE_MAX);
	err = server_access_rules(&options->rules, &why, &access);
	buf_add_char(&why, '\0');
	if (err == ERR_NONE)
		access_slot_put(server->access, access);
	else if (err == ERR_SYNTAX && why.err == ERR_NONE)
		complain("--rule", why.data); /* it has been checked before */
	else
		complain("--rule", err_text(err));
	buf_done(&why);
	return err;
}

static enum err
open_access(struct server *server)
{
	const struct server_options *options = server->options;
	enum err err = server_access_root(options->directory, &server->root);

	if (err != ERR_NONE) {
		complain(options->directory, err == ERR_SYNTAX
		                                 ? SERVER_ACCESS_ROOT_WRONG
		                                 : err_text(err));
		return err;
	}
	if (server->root.has_homes && options->symlinks == FS_SYMLINKS_INSIDE) {
		complain("--symlinks", SERVER_ACCESS_LINKS_WRONG);
		return ERR_CONFLICT;
	}
	server->access = access_slot_new();
	if (server->access == NULL)
		return ERR_MEMORY;
	return put_rules(server, options);
}

static enum err
open_dav(struct server *server)
{
	struct dav *dav = &server->dav;
	enum err err;

	dav->store = server->store;
	dav->has_homes = server->root.has_homes;
	dav->access = server->access;
	dav->is_read_only =
	    server->options->is_read_only || fs_is_read_only(server->store);
	dav->challenge = server_users_challenge;
	dav->challenge_context = &server->users;
	dav->random = random_octets;
	dav->body_size_max = server->options->body_size_max;
	dav->anonymous_tree_max = anonymous_tree_max(server);
	dav->claims = claim_table_new();
	dav->locks = lock_table_new(server->store, random_octets);
	server->media = media_new("/etc/mime.types");
	dav->media = server->media;
	dav->uploads = upload_shelf_new(server->store, random_octets);
	if (dav->claims == NULL || dav->locks == NULL || dav->media == NULL ||
	    dav->uploads == NULL)
		return ERR_MEMORY;
	err = lock_table_load(dav->locks, wall_s(NULL));
	if (err != ERR_NONE)
		complain("the locks cannot be read", err_text(err));
	return err;
}

static enum err
open_operations(struct server *server)
{
	const char *state = fs_own_directory(server->store);
	struct registry_options options;
	enum err err;

	registry_options_init(&options);
	options.claims = server->dav.claims;
	options.now_ms = now_ms;
	options.wall_s = wall_s;
	options.random = random_octets;
	options.keep_ms = server->options->keep_results_ms;
	options.replay_ms = server->options->replay_window_ms;
	options.interrupted = interrupted_answer;
	options.context = &server->dav;
	if (state != NULL) {
		err = op_log_open(state, &server->op_log);
		if (err != ERR_NONE) {
			complain("the journal of operations", err_text(err));
			return err;
		}
		if (is_watched(server->options))
			op_log_watch(server->op_log, on_step, server);
		op_log_time(server->op_log, &server->journal_clock.stopwatch);
		options.journal = op_log_journal(server->op_log);
	}
	err = registry_new(&options, &server->registry);
	if (err != ERR_NONE)
		return err;
	server->dav.registry = server->registry;
	return registry_recover(server->registry);
}

static enum err
open_interim(struct server *server)
{
	const struct server_options *options = server->options;
	struct interim_policy *policy = &server->interim;

	interim_policy_init(policy);
	policy->mode = (enum interim_mode)options->interim;
	policy->threshold_ms = options->interim_after_ms;
	policy->interval_ms = options->interim_every_ms;
	for (size_t i = 0; i < options->trusted_proxies.count; i++) {
		const char *text = options->trusted_proxies.items[i];
		enum err err =
		    cidr_list_add(&policy->trusted_proxies, str_of(text));

		if (err != ERR_NONE)
			return err;
	}
	return guard_init(&server->guard);
}

static enum err
check_users(struct server *server)
{
	const struct server_users_place place = {
		.addresses = server->addresses,
		.is_tls = server->is_tls,
		.address_count = server->address_count,
		.needs_certificates =
		    server->options->tls.client_auth == TLS_CLIENT_REQUIRED,
	};

	return server_users_check(&server->users, &place);
}

/* What stands before the methods, the last one first. */
static enum err
open_handlers(struct server *server)
{
	const struct option_texts *origins = &server->options->cors_origins;
	enum err err;

	server->methods = dispatch_handler(&server->dispatch);
	server->vitals = (struct vitals){
		.inner = &server->methods,
		.pool = server->pool,
		.metrics_for = (enum vitals_for)server->options->metrics_for,
		.trouble = measure_trouble,
		.write = measure_write,
		.context = server,
	};
	server->guarded = vitals_handler(&server->vitals);
	err =
	    server_users_guard(&server->users, random_octets, &server->guarded);
	server->handler = server->guarded;
	for (size_t i = 0; i < origins->count && err == ERR_NONE; i++)
		err = cors_add(&server->cors, origins->items[i]);
	if (cors_is_on(&server->cors))
		server->handler = cors_handler(
		    &server->cors, &server->guarded, method_allow());
	return err;
}

enum err
server_open(struct server *server, const struct server_options *options)
{
	enum err err;

	*server = (struct server){ .options = options };
	metrics_clock_init(&server->meta_clock, measure_now_us);
	metrics_clock_init(&server->journal_clock, measure_now_us);
	server_tls_init(&server->tls, &options->tls);
	server_users_init(&server->users, &options->users);
	sockets_init(&server->sockets);
	sandbox_init(&server->sandbox);
	err = open_interim(server);
	if (err == ERR_NONE)
		err = open_access(server);
	if (err == ERR_NONE)
		err = confine_find_user(options, &server->privilege);
	if (err == ERR_NONE)
		err = server_listen(server);
	if (err == ERR_NONE)
		err = server_tls_open(&server->tls, now_ms(NULL));
	if (err == ERR_NONE)
		err = check_users(server);
	if (err == ERR_NONE)
		err = confine(options, server->root.directory,
		    &server->privilege, &server->sandbox);
	/* Threads may begin from here on. */
	if (err == ERR_NONE)
		err = server_users_open(&server->users);
	if (err != ERR_NONE)
		return err;
	err = access_log_open(&server->access_log, options->access_log);
	if (err != ERR_NONE) {
		complain(options->access_log, strerror(errno));
		return err;
	}
	err = server_listen_alone(server);
	if (err == ERR_NONE)
		err = open_store(server);
	if (err == ERR_NONE)
		err = open_dav(server);
	if (err == ERR_NONE)
		err = open_operations(server);
	if (err != ERR_NONE)
		return err;
	server->pool = pool_new(SERVER_POOL_THREAD_COUNT);
	if (server->pool == NULL)
		return ERR_MEMORY;
	server->dispatch = (struct dispatch){
		.dav = &server->dav,
		.pool = server->pool,
		.now_ms = now_ms,
		.wall_s = wall_s,
		.wait_limit_ms = options->wait_limit_ms,
		.on_disconnect =
		    (enum dispatch_on_disconnect)options->on_disconnect,
	};
	return open_handlers(server);
}

/* Without it the server serves all the same: not every file system has
 * sockets, and what is read-only has no state. */
static void
start_admin(struct server *server)
{
	const struct server_options *options = server->options;
	const struct admin_options admin = {
		.place = { server->root.directory, options->state },
		.registry = server->registry,
		.locks = server->dav.locks,
		.sockets = &server->sockets,
		.is_leaving = &server->is_leaving,
		.wall_s = wall_s,
	};
	enum err err;

	if (options->state == NULL && fs_is_read_only(server->store))
		return;
	err = admin_start(&admin, &server->admin);
	if (err != ERR_NONE)
		complain("tarry ops and tarry locks will not work",
		    err == ERR_SYSTEM ? strerror(errno) : err_text(err));
}

enum err
server_start(struct server *server)
{
	measure_begin(server);
	start_admin(server); /* it is there when the first client is */
	return server_workers_start(server);
}

void
server_refresh(struct server *server)
{
	server_tls_refresh(&server->tls, SERVER_TLS_IF_STALE, now_ms(NULL));
	server_users_refresh(&server->users, SERVER_USERS_IF_STALE);
}

/* What can fail comes first, so that it is all or nothing. */
enum err
server_reload(struct server *server, const struct server_options *options)
{
	enum err err;
	int log_fd;

	if (!server_tls_can_change(&server->tls, &options->tls))
		return ERR_CONFLICT;
	err = access_log_prepare(options->access_log, &log_fd);
	if (err != ERR_NONE) {
		int error = errno;

		if (confine_check_log(options) == ERR_NONE)
			complain(options->access_log, strerror(error));
		return err;
	}
	err = server_tls_change(&server->tls, &options->tls, now_ms(NULL));
	if (err == ERR_NONE) /* they have been checked */
		err = put_rules(server, options);
	if (err != ERR_NONE) {
		access_log_forget(log_fd);
		return err;
	}
	access_log_switch(&server->access_log, options->access_log, log_fd);
	server_users_refresh(&server->users, SERVER_USERS_NOW);
	return ERR_NONE;
}

struct attempt {
	struct job job;
	const char *path;
	sem_t is_over;
};

static void
attempt(struct job *job)
{
	struct attempt *it = (struct attempt *)job; /* it is the first */

	confine_try(it->path);
	CHECK(sem_post(&it->is_over) == 0);
}

void
server_try(struct server *server)
{
	struct attempt it = { .job = { .run = attempt },
		.path = server->options->try_open };

	CHECK(sem_init(&it.is_over, 0, 0) == 0);
	pool_submit(server->pool, &it.job);
	while (sem_wait(&it.is_over) == -1)
		continue; /* a debugger */
	(void)sem_destroy(&it.is_over);
}

bool
server_is_alive(struct server *server)
{
	return server_workers_are_alive(server);
}

static struct timespec
after_ms(int64_t delay_ms)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += delay_ms / 1000;
	at.tv_nsec += delay_ms % 1000 * 1000000;
	at.tv_sec += at.tv_nsec / 1000000000;
	at.tv_nsec %= 1000000000;
	return at;
}

static bool
is_earlier(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec ||
	       (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

/* Who was let in has not always asked yet. */
static void
call_last_orders(struct server *server, const struct timespec *end)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	struct timespec last = after_ms(SERVER_LAST_CALL_MS);
	struct timespec now = after_ms(0);

	if (is_earlier(end, &last))
		last = *end;
	if (!is_earlier(&now, &last))
		return;
	server_workers_hush(server);
	while (is_earlier(&now, &last) && !server_workers_are_alone(server)) {
		(void)nanosleep(&pause, NULL);
		now = after_ms(0);
	}
}

bool
server_stop(struct server *server)
{
	struct timespec end = after_ms(server->options->stop_timeout_ms);
	struct timespec last;
	bool all_ended;

	atomic_store(&server->is_leaving, true);
	atomic_store(&server->is_stopping, true);
	sockets_close(&server->sockets);
	call_last_orders(server, &end);
	atomic_store(&server->dispatch.is_stopping, true);
	server_workers_stop(server);
	if (server->registry != NULL) {
		registry_drain(server->registry, &end);
		registry_stop(server->registry, REGISTRY_STOP_CANCEL);
	}
	last = after_ms(SERVER_LAST_WORDS_S * 1000);
	if (is_earlier(&end, &last))
		end = last;
	all_ended = server_workers_join(server, &end);
	admin_stop(server->admin); /* now: it may show what we waited for */
	server->admin = NULL;
	return all_ended;
}

void
server_close(struct server *server)
{
	server_workers_close(server);
	server_users_close(&server->users);
	pool_free(server->pool);
	if (server->registry != NULL)
		registry_free(server->registry);
	op_log_close(server->op_log);
	if (server->dav.locks != NULL)
		lock_table_free(server->dav.locks);
	if (server->dav.claims != NULL)
		claim_table_free(server->dav.claims);
	media_free(server->media);
	upload_shelf_free(server->dav.uploads);
	if (server->store != NULL)
		server->store->ops->free(server->store);
	access_slot_free(server->access);
	access_log_close(&server->access_log);
	server_tls_close(&server->tls);
	sockets_done(&server->sockets);
	sandbox_done(&server->sandbox);
}
