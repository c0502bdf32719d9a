/*
 * server.h - a whole server, wired: store, methods, operations, loops.
 *
 *	open -> start -> (it serves) -> stop -> close
 *
 * All that is shared lives in this struct, which the command owns.
 */
#ifndef SERVER_H
#define SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "apps/access_log.h"
#include "apps/metrics.h"
#include "apps/options.h"
#include "apps/privilege.h"
#include "apps/sandbox.h"
#include "apps/server_access.h"
#include "apps/server_tls.h"
#include "apps/server_users.h"
#include "apps/sockets.h"
#include "apps/vitals.h"
#include "base/check.h"
#include "base/err.h"
#include "dav/dav.h"
#include "dav/dispatch.h"
#include "http/cors.h"
#include "http/exchange.h"
#include "http/guard.h"
#include "http/interim_policy.h"
#include "http/session.h"
#include "net/listener.h"

enum {
	SERVER_THREAD_COUNT_MAX = 64,
	SERVER_POOL_THREAD_COUNT = 16, /* most of them wait for the disk */
	SERVER_STOP_MS = 30 * 1000,    /* then operations are undone */
	SERVER_LAST_WORDS_S = 10,      /* then open connections are cut */
	SERVER_LAST_CALL_MS = 1000,    /* for who has just connected */

	/* Of what the command line does not say. */
	SERVER_IDLE_MS = 120 * 1000,
	SERVER_HANDSHAKE_MS = 10 * 1000,
	SERVER_HEADER_MS = 30 * 1000,
	SERVER_BODY_MS = 60 * 1000,
	SERVER_SEND_MS = 60 * 1000,
	SERVER_RATE_MIN = 100,
	SERVER_CONNECTION_EACH = 256,
	SERVER_ANONYMOUS_TREE = 100000,
};

/* SERVER_ANONYMOUS_TREE members, or any number where only this machine and
 * those with a name can come. */
#define SERVER_TREE_BY_PLACE UINT64_MAX

/* What the command line says; see serve.c for names and defaults. */
struct server_options {
	const char *directory; /* it may end in /%u: dav/home.h */
	const char *state;     /* NULL: in the directory */
	struct option_texts listen;
	struct server_tls_options tls;
	struct server_users_options users;
	int symlinks; /* enum fs_symlinks */
	int sync;     /* enum fs_sync */
	int interim;  /* enum interim_mode */
	int64_t interim_after_ms;
	int64_t interim_every_ms;
	struct option_texts trusted_proxies;
	int64_t keep_results_ms;
	int64_t replay_window_ms;
	int64_t wait_limit_ms;
	int on_disconnect; /* enum dispatch_on_disconnect */
	const char *access_log;
	int metrics_for; /* enum vitals_for */
	struct option_texts cors_origins;
	int64_t idle_timeout_ms;      /* see http/session.h */
	int64_t handshake_timeout_ms; /* of TLS; 0: for ever */
	int64_t header_timeout_ms;
	int64_t body_timeout_ms;
	int64_t send_timeout_ms;
	uint64_t rate_min;
	uint64_t connection_count_max;
	uint64_t connection_count_each_max; /* of one address */
	uint64_t stream_count_max;
	uint64_t anonymous_tree_max; /* SERVER_TREE_BY_PLACE */
	uint64_t thread_count;       /* 0: as many as there are processors */
	uint64_t body_size_max;
	bool is_read_only;
	const char *config;      /* a file that SIGHUP reads; or NULL */
	const char *user;        /* NULL: stays who it is */
	int sandbox;             /* enum sandbox_mode */
	int64_t stop_timeout_ms; /* for what runs at the end */
	bool takes_over;         /* from the server that is there */
	bool is_h2c; /* HTTP/2 is let in plainly, by prior knowledge */
	struct option_texts rules; /* dav/access.h */
	int64_t slow_member_ms;    /* for tests */
	uint64_t crash_at;         /* ... the step that kills it; 0: none */
	const char *try_open;      /* ... what the sandbox forbids; or NULL */
};

struct admin;
struct crowd;
struct worker; /* a loop and its thread */

struct server {
	const struct server_options *options;
	struct server_access_root root;
	struct access_slot *access;
	struct dav dav;
	struct store *store;
	struct media *media;
	struct pool *pool;
	struct registry *registry;
	struct op_log *op_log; /* NULL: no state to keep it in */
	struct admin *admin;   /* NULL: there is no socket */
	struct dispatch dispatch;
	struct handler handler; /* what the sessions ask first */
	struct handler methods; /* ... and what answers in the end */
	struct vitals vitals;
	struct handler guarded; /* ... behind the gate */
	struct cors cors;
	struct metrics_clock meta_clock;
	struct metrics_clock journal_clock;
	int64_t started_s; /* since 1970 */
	int64_t started_us;
	atomic_bool is_stopping;
	atomic_bool is_leaving; /* it was told to stop */
	struct interim_policy interim;
	struct guard guard;
	struct access_log access_log;
	struct server_tls tls;
	struct server_users users;
	struct address addresses[OPTION_VALUE_COUNT_MAX];
	bool is_tls[OPTION_VALUE_COUNT_MAX]; /* of the address */
	size_t address_count;
	struct sockets sockets;
	struct privilege privilege;
	struct sandbox sandbox;
	bool has_predecessor; /* it serves until we open the store */
	struct crowd *crowd;  /* who is connected */
	struct worker *workers;
	size_t worker_count;
	atomic_uint_fast64_t step_count; /* for tests */
};

/*
 * Listens, gives up what it does not need any more (confine.h), and opens the
 * rest; nobody is answered yet.  The options passed serve_check().
 * When it fails it has said why on standard error, and server_close() frees
 * what there is.
 */
enum err server_open(
    struct server *server, const struct server_options *options) MUST_CHECK;

/* Serves, on threads of its own.  As above. */
enum err server_start(struct server *server) MUST_CHECK;

/* While it serves: reads files again that have changed. */
void server_refresh(struct server *server);

/*
 * While it serves: takes what can change from other options, certificates and
 * the log.  These outlive the next such call; the first ones outlive all.
 * When it fails nothing has changed, and it has said why.  Neither of the two
 * in several threads.
 */
enum err server_reload(
    struct server *server, const struct server_options *options) MUST_CHECK;

/* For tests, while it serves: tries try_open on one of its threads. */
void server_try(struct server *server);

/* While it serves: whether every loop has turned since this was last asked. */
bool server_is_alive(struct server *server);

/*
 * Accepts nothing more; who has connected has SERVER_LAST_CALL_MS to ask, and
 * is answered.  Then it refuses operations that wait.  Those that run are
 * finished if stop_timeout_ms is enough for it, or else undone; then the
 * threads end.  False: a connection would not end by then, or in
 * SERVER_LAST_WORDS_S after the last operation; the process must exit, and
 * what is in the store is whole all the same.
 */
bool server_stop(struct server *server);
void server_close(struct server *server);

#endif
