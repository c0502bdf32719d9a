/*
 * serve.c - see serve.h.
 */
#include "apps/serve.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "apps/options.h"
#include "apps/server.h"
#include "base/limits.h"
#include "op/registry.h"

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct values {
	struct server_options server;
	bool wants_help;
};

static const char *const symlinks[] = { "none", "inside", NULL };
static const char *const syncs[] = { "full", "off", NULL };
static const char *const interims[] = { "off", "auto", "on", NULL };
static const char *const disconnects[] = { "continue", "cancel", NULL };

#define VALUE(member) offsetof(struct values, member)

/* name, kind, value, choices, argument, help */
static const struct option table[] = {
	{ "listen", OPTION_TEXTS, VALUE(server.listen), NULL, "ADDRESS:PORT",
	    "where to listen; may be repeated (127.0.0.1:8102)" },
	{ "state", OPTION_TEXT, VALUE(server.state), NULL, "DIR",
	    "where properties, locks and staging live (DIR/.tarry)" },
	{ "symlinks", OPTION_CHOICE, VALUE(server.symlinks), symlinks,
	    "none|inside", "follow symbolic links that stay inside (none)" },
	{ "sync", OPTION_CHOICE, VALUE(server.sync), syncs, "full|off",
	    "whether what was answered is on the disk (full)" },
	{ "read-only", OPTION_FLAG, VALUE(server.is_read_only), NULL, NULL,
	    "refuse whatever would change something" },
	{ "max-body", OPTION_SIZE, VALUE(server.body_size_max), NULL, "SIZE",
	    "the largest upload, such as 10g (no limit)" },
	{ "interim", OPTION_CHOICE, VALUE(server.interim), interims,
	    "off|auto|on", "who gets 102 Processing (auto: who bears it)" },
	{ "interim-after", OPTION_DURATION, VALUE(server.interim_after_ms),
	    NULL, "TIME", "from a request to its first 102 (20s)" },
	{ "interim-every", OPTION_DURATION, VALUE(server.interim_every_ms),
	    NULL, "TIME", "from one 102 to the next (15s)" },
	{ "interim-trust-proxy", OPTION_TEXTS, VALUE(server.trusted_proxies),
	    NULL, "CIDR", "peers known to pass 102 on; may be repeated" },
	{ "keep-results", OPTION_DURATION, VALUE(server.keep_results_ms), NULL,
	    "TIME", "how long the result of an operation is kept (24h)" },
	{ "replay-window", OPTION_DURATION, VALUE(server.replay_window_ms),
	    NULL, "TIME", "how long a repeated request gets its result (60s)" },
	{ "wait-limit", OPTION_DURATION, VALUE(server.wait_limit_ms), NULL,
	    "TIME", "how long a request waits for another's changes (50s)" },
	{ "on-disconnect", OPTION_CHOICE, VALUE(server.on_disconnect),
	    disconnects, "continue|cancel",
	    "an operation that nobody waits for (continue)" },
	{ "access-log", OPTION_TEXT, VALUE(server.access_log), NULL,
	    "FILE|-|off", "one line for each request (-)" },
	{ "threads", OPTION_COUNT, VALUE(server.thread_count), NULL, "N",
	    "event loops (one for each processor)" },
	{ "slow-member", OPTION_DURATION, VALUE(server.slow_member_ms), NULL,
	    "TIME", NULL },
	{ "crash-at", OPTION_COUNT, VALUE(server.crash_at), NULL, "N", NULL },
	{ "help", OPTION_FLAG, VALUE(wants_help), NULL, NULL, "this text" },
	{ .name = NULL },
};

static void
help(void)
{
	(void)printf("usage: tarry serve DIR [OPTION...]\n\n"
	             "Serves DIR by WebDAV.  Each option is also a variable: "
	             "TARRY_LISTEN for --listen.\n\n");
	options_help(table);
}

/* Idle connections need descriptors, and little else. */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit); /* fewer will do */
}

static void
greet(const struct server *server)
{
	char name[64];

	for (size_t i = 0; i < server->address_count; i++) {
		listener_name(&server->addresses[i], name);
		(void)printf("Serving %s on http://%s/\n",
		    server->options->directory, name);
	}
	listener_name(&server->addresses[0], name);
	(void)printf("\nTry:\n"
	             "  curl -T /etc/hostname http://%s/hello.txt\n"
	             "  curl -X PROPFIND -H 'Depth: 1' http://%s/\n"
	             "  curl -v -X COPY -H 'Prefer: processing' "
	             "-H 'Destination: /copy' http://%s/many\n\n",
	    name, name, name);
	(void)fflush(stdout);
}

static int
serve(const struct server_options *options)
{
	struct server server;
	sigset_t signals;
	int signal;
	enum err err;

	/* Before the first thread: all of them leave these to this one. */
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGPIPE);
	(void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
	(void)sigdelset(&signals, SIGPIPE);
	raise_descriptor_limit();
	err = server_open(&server, options);
	if (err == ERR_NONE)
		err = server_start(&server);
	if (err == ERR_NONE) {
		greet(&server);
		(void)sigwait(&signals, &signal);
		/* A second signal ends it at once, with the default action. */
		(void)pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
	}
	if (!server_stop(&server))
		_exit(0);
	server_close(&server);
	return err == ERR_NONE ? 0 : EXIT_FAILED;
}

int
serve_main(int argc, char **argv)
{
	struct values values = {
		.server = {
			.interim = INTERIM_MODE_AUTO,
			.interim_after_ms = INTERIM_THRESHOLD_MS,
			.interim_every_ms = INTERIM_INTERVAL_MS,
			.keep_results_ms = REGISTRY_KEEP_MS,
			.replay_window_ms = REGISTRY_REPLAY_MS,
			.wait_limit_ms = DISPATCH_WAIT_LIMIT_MS,
			.on_disconnect = ON_DISCONNECT_CONTINUE,
			.access_log = "-",
			.body_size_max = INT64_MAX,
		},
	};
	struct option_texts operands;

	if (options_read(table, argc, argv, &values, &operands) != ERR_NONE)
		return EXIT_USAGE;
	if (values.wants_help) {
		help();
		return 0;
	}
	if (operands.count != 1) {
		(void)fprintf(stderr,
		    "tarry: serve needs one directory: tarry serve DIR\n");
		return EXIT_USAGE;
	}
	if (values.server.listen.count == 0)
		values.server.listen =
		    (struct option_texts){ .items = { "127.0.0.1:8102" },
			    .count = 1 };
	values.server.directory = operands.items[0];
	return serve(&values.server);
}
