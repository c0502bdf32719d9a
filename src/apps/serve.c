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

enum { EXIT_FAILED = 1, EXIT_USAGE = 2, REFRESH_S = 2, URL_SIZE = 80 };

struct values {
	struct server_options server;
	bool wants_help;
};

static const char *const symlinks[] = { "none", "inside", NULL };
static const char *const syncs[] = { "full", "off", NULL };
static const char *const interims[] = { "off", "auto", "on", NULL };
static const char *const client_auths[] = { "optional", "required", NULL };
static const char *const anonymous[] = { "read", "write", NULL };
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
	{ "users", OPTION_TEXT, VALUE(server.users.users), NULL, "FILE",
	    "who may log in: tarry passwd writes it, and htpasswd" },
	{ "anonymous", OPTION_CHOICE, VALUE(server.users.anonymous), anonymous,
	    "read|write", "what everybody may do (without users: write)" },
	{ "jwt-keys", OPTION_TEXT, VALUE(server.users.jwt_keys), NULL,
	    "FILE|URL", "whose tokens are good: a JSON Web Key Set" },
	{ "jwt-issuer", OPTION_TEXT, VALUE(server.users.jwt_issuer), NULL,
	    "TEXT", "who must have made a token" },
	{ "jwt-audience", OPTION_TEXT, VALUE(server.users.jwt_audience), NULL,
	    "TEXT", "for whom it must have been made" },
	{ "jwt-algorithms", OPTION_TEXT, VALUE(server.users.jwt_algorithms),
	    NULL, "LIST", "how it may be signed (RS256,ES256)" },
	{ "jwt-claim", OPTION_CHOICE, VALUE(server.users.jwt_claim),
	    server_users_claims, "sub|preferred_username|email",
	    "what in it is the user (sub)" },
	{ "basic-over-plain-text", OPTION_FLAG,
	    VALUE(server.users.basic_over_plain_text), NULL, NULL,
	    "take passwords and tokens without TLS, too" },
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
write_url(const struct server *server, size_t index, char out[URL_SIZE])
{
	char name[64];

	listener_name(&server->addresses[index], name);
	(void)snprintf(out, URL_SIZE, "http%s://%s/",
	    server->is_tls[index] ? "s" : "", name);
}

static void
greet(const struct server *server)
{
	char flags[TLS_SELF_TEXT_SIZE + 32] = "";
	char url[URL_SIZE];

	for (size_t i = 0; i < server->address_count; i++) {
		write_url(server, i, url);
		(void)printf(
		    "Serving %s on %s\n", server->options->directory, url);
	}
	write_url(server, 0, url);
	if (server->is_tls[0] && server->options->tls.is_self_signed) {
		(void)printf("\nThe certificate is for this run only; its "
		             "SHA-256 fingerprint is\n  %s\n",
		    server->tls.self.fingerprint);
		(void)snprintf(flags, sizeof(flags), "-k --pinnedpubkey '%s' ",
		    server->tls.self.pin);
	}
	(void)printf("\nTry:\n"
	             "  curl %s-T /etc/hostname %shello.txt\n"
	             "  curl %s-X PROPFIND -H 'Depth: 1' %s\n"
	             "  curl %s-v -X COPY -H 'Prefer: processing' "
	             "-H 'Destination: /copy' %smany\n\n",
	    flags, url, flags, url, flags, url);
	(void)fflush(stdout);
}

/* Until somebody wants it to end. */
static void
wait_for_end(struct server *server, const sigset_t *signals)
{
	static const struct timespec refresh = { .tv_sec = REFRESH_S };

	for (;;) {
		int signal = sigtimedwait(signals, NULL, &refresh);

		if (signal == SIGHUP)
			server_refresh(server, SERVER_TLS_NOW);
		else if (signal == -1)
			server_refresh(server, SERVER_TLS_IF_STALE);
		else
			return;
	}
}

static int
serve(const struct server_options *options)
{
	struct server server;
	sigset_t signals;
	enum err err;

	/* Before the first thread: all of them leave these to this one. */
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGHUP);
	(void)sigaddset(&signals, SIGPIPE);
	(void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
	(void)sigdelset(&signals, SIGPIPE);
	raise_descriptor_limit();
	err = server_open(&server, options);
	if (err == ERR_NONE)
		err = server_start(&server);
	if (err == ERR_NONE) {
		greet(&server);
		wait_for_end(&server, &signals);
		/* A second signal ends it at once, with the default action. */
		(void)sigdelset(&signals, SIGHUP);
		(void)pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
	}
	if (!server_stop(&server))
		_exit(0);
	server_close(&server);
	if (server.users.is_refused)
		return EXIT_USAGE;
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
			.users.anonymous = SERVER_USERS_ANONYMOUS_UNSAID,
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
