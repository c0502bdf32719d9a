/*
 * serve.c - see serve.h.
 */
#include "apps/serve.h"

#include <stddef.h>
#include <stdio.h>

#include "apps/exit_code.h"
#include "apps/options.h"
#include "apps/serve_run.h"
#include "apps/server.h"
#include "base/limits.h"
#include "op/registry.h"

struct values {
	struct server_options server;
	bool wants_help;
};

static const char *const symlinks[] = { "none", "inside", NULL };
static const char *const syncs[] = { "full", "off", NULL };
static const char *const interims[] = { "off", "auto", "on", NULL };
static const char *const client_auths[] = { "optional", "required", NULL };
static const char *const metrics_fors[] = { "off", "local", "all", NULL };
static const char *const disconnects[] = { "continue", "cancel", NULL };

#define VALUE(member) offsetof(struct values, member)

/* name, kind, value, choices, argument, help */
static const struct option table[] = {
	{ "listen", OPTION_TEXTS, VALUE(server.listen), NULL, "ADDRESS:PORT",
	    "where to listen; may be repeated (127.0.0.1:8102)" },
	{ "tls-cert", OPTION_TEXTS, VALUE(server.tls.certificates), NULL,
	    "FILE", "speak https, with this certificate; may be repeated" },
	{ "tls-key", OPTION_TEXTS, VALUE(server.tls.keys), NULL, "FILE",
	    "the key of each certificate, in the same order" },
	{ "tls-self-signed", OPTION_FLAG, VALUE(server.tls.is_self_signed),
	    NULL, NULL, "speak https, with a certificate made up for a try" },
	{ "tls-client-ca", OPTION_TEXT, VALUE(server.tls.client_ca), NULL,
	    "FILE", "who vouches for clients that show a certificate" },
	{ "tls-client-auth", OPTION_CHOICE, VALUE(server.tls.client_auth),
	    client_auths, "optional|required",
	    "whether clients must show one (optional)" },
	{ "h2c", OPTION_FLAG, VALUE(server.is_h2c), NULL, NULL,
	    "let HTTP/2 in without TLS too, by prior knowledge" },
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
	{ "metrics", OPTION_CHOICE, VALUE(server.metrics_for), metrics_fors,
	    "off|local|all", "who may read /.tarry/metrics (local)" },
	{ "cors-origin", OPTION_TEXTS, VALUE(server.cors_origins), NULL,
	    "ORIGIN|*", "web pages that may use it; may be repeated (none)" },
	{ "idle-timeout", OPTION_DURATION, VALUE(server.idle_timeout_ms), NULL,
	    "TIME", "from one request to the next (120s)" },
	{ "header-timeout", OPTION_DURATION, VALUE(server.header_timeout_ms),
	    NULL, "TIME", "for a whole header section (30s)" },
	{ "body-timeout", OPTION_DURATION, VALUE(server.body_timeout_ms), NULL,
	    "TIME", "without any of a request's content (60s)" },
	{ "send-timeout", OPTION_DURATION, VALUE(server.send_timeout_ms), NULL,
	    "TIME", "without any of a response being read (60s)" },
	{ "min-rate", OPTION_SIZE, VALUE(server.rate_min), NULL, "SIZE",
	    "octets a second that must come or be read; 0: any (100)" },
	{ "max-connections", OPTION_COUNT, VALUE(server.connection_count_max),
	    NULL, "N", "open at once; then idle ones are closed (20000)" },
	{ "max-connections-per-address", OPTION_COUNT,
	    VALUE(server.connection_count_each_max), NULL, "N",
	    "of one client, unless on this machine; 0: any (256)" },
	{ "max-streams", OPTION_COUNT, VALUE(server.stream_count_max), NULL,
	    "N", "requests at once on a connection of HTTP/2 (100)" },
	{ "anonymous-tree-max", OPTION_COUNT, VALUE(server.anonymous_tree_max),
	    NULL, "N", "members in a request without a name; 0: any (100000)" },
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
			.metrics_for = VITALS_FOR_LOCAL,
			.idle_timeout_ms = SERVER_IDLE_MS,
			.header_timeout_ms = SERVER_HEADER_MS,
			.body_timeout_ms = SERVER_BODY_MS,
			.send_timeout_ms = SERVER_SEND_MS,
			.rate_min = SERVER_RATE_MIN,
			.connection_count_max = CONN_COUNT_MAX,
			.connection_count_each_max = SERVER_CONNECTION_EACH,
			.stream_count_max = STREAM_COUNT_MAX,
			.anonymous_tree_max = SERVER_TREE_BY_PLACE,
			.access_log = "-",
			.body_size_max = INT64_MAX,
		},
	};
	struct option_texts operands;

	if (options_read(table, argc, argv, &values, &operands) != ERR_NONE)
		return EXIT_CODE_USAGE;
	if (values.wants_help) {
		help();
		return 0;
	}
	if (operands.count != 1) {
		(void)fprintf(stderr,
		    "tarry: serve needs one directory: tarry serve DIR\n");
		return EXIT_CODE_USAGE;
	}
	if (values.server.listen.count == 0)
		values.server.listen =
		    (struct option_texts){ .items = { "127.0.0.1:8102" },
			    .count = 1 };
	values.server.directory = operands.items[0];
	return serve_run(&values.server);
}
