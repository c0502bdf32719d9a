/*
 * serve.c - see serve.h.
 */
#include "apps/serve.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/exit_code.h"
#include "apps/serve_check.h"
#include "apps/serve_run.h"
#include "base/limits.h"
#include "op/registry.h"

static const char *const symlinks[] = { "none", "inside", NULL };
static const char *const syncs[] = { "full", "off", NULL };
static const char *const interims[] = { "off", "auto", "on", NULL };
static const char *const client_auths[] = { "optional", "required", NULL };
static const char *const metrics_fors[] = { "off", "local", "all", NULL };
static const char *const anonymous[] = { "read", "write", NULL };
static const char *const sandboxes[] = { "auto", "require", "off", NULL };
static const char *const disconnects[] = { "continue", "cancel", NULL };

#define VALUE(member) offsetof(struct serve_settings, member)

/* name, kind, value, choices, argument, help */
static const struct option table[] = {
	{ "config", OPTION_TEXT, VALUE(config), NULL, "FILE",
	    "read options from this file too: name = value" },
	{ "directory", OPTION_TEXT, VALUE(server.directory), NULL, "DIR",
	    "what to serve, if DIR is not given" },
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
	{ "rule", OPTION_TEXTS, VALUE(server.rules), NULL, "'WHO PATH RIGHTS'",
	    "who may do what; the last one that matches" },
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
	{ "handshake-timeout", OPTION_DURATION,
	    VALUE(server.handshake_timeout_ms), NULL, "TIME",
	    "for a handshake of TLS (10s)" },
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
	{ "user", OPTION_TEXT, VALUE(server.user), NULL, "NAME[:GROUP]",
	    "who to be from root, once the ports are open" },
	{ "sandbox", OPTION_CHOICE, VALUE(server.sandbox), sandboxes,
	    "auto|require|off", "see only what is served (auto: if it can)" },
	{ "stop-timeout", OPTION_DURATION, VALUE(server.stop_timeout_ms), NULL,
	    "TIME", "for what runs when it is told to stop (30s)" },
	{ "take-over", OPTION_FLAG, VALUE(server.takes_over), NULL, NULL,
	    "follow the server that is there, without a gap" },
	{ "slow-member", OPTION_DURATION, VALUE(server.slow_member_ms), NULL,
	    "TIME", NULL },
	{ "crash-at", OPTION_COUNT, VALUE(server.crash_at), NULL, "N", NULL },
	{ "try-open", OPTION_TEXT, VALUE(server.try_open), NULL, "PATH", NULL },
	{ "help", OPTION_FLAG, VALUE(wants_help), NULL, NULL, "this text" },
	{ .name = NULL },
};

void
serve_options_help(void)
{
	options_help(table);
}

static void
help(void)
{
	(void)printf("usage: tarry serve DIR [OPTION...]\n\n"
	             "Serves DIR by WebDAV.  Each option is also a variable, "
	             "TARRY_LISTEN for --listen,\nand a key in the file of "
	             "--config.\n\n");
	serve_options_help();
}

static void
set_defaults(struct serve_settings *settings)
{
	settings->server = (struct server_options){
		.listen = { .items = { "127.0.0.1:8102" }, .count = 1 },
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
		.handshake_timeout_ms = SERVER_HANDSHAKE_MS,
		.body_timeout_ms = SERVER_BODY_MS,
		.send_timeout_ms = SERVER_SEND_MS,
		.rate_min = SERVER_RATE_MIN,
		.connection_count_max = CONN_COUNT_MAX,
		.connection_count_each_max = SERVER_CONNECTION_EACH,
		.stream_count_max = STREAM_COUNT_MAX,
		.anonymous_tree_max = SERVER_TREE_BY_PLACE,
		.users.anonymous = SERVER_USERS_ANONYMOUS_UNSAID,
		.access_log = "-",
		.stop_timeout_ms = SERVER_STOP_MS,
		.body_size_max = INT64_MAX,
	};
}

/* DIR on the command line is one way to say --directory DIR. */
static enum err
take_operands(struct serve_settings *settings, int argc, char **argv)
{
	const char **directory = &settings->server.directory;
	const struct option *option = options_find(table, str_of("directory"));
	struct option_origin *origin = &settings->set.origins[option - table];

	if (argc > 1 || (argc == 1 && origin->source == OPTION_ARGUMENT)) {
		(void)fprintf(stderr,
		    "tarry: one directory is served, and \"%s\" is another\n",
		    argv[argc - 1]);
		return ERR_SYNTAX;
	}
	if (argc == 1) {
		*directory = argv[0];
		origin->source = OPTION_ARGUMENT;
		settings->has_operand = true;
	}
	if (*directory == NULL) {
		(void)fprintf(
		    stderr, "tarry: which directory?  tarry serve DIR\n");
		return ERR_SYNTAX;
	}
	return ERR_NONE;
}

/* Variables and arguments, over what is there already. */
static enum err
read_line(
    struct serve_settings *settings, const struct serve_arguments *arguments)
{
	size_t size = ((size_t)arguments->argc + 1) * sizeof(char *);
	char **argv = malloc(size);
	int argc = arguments->argc;
	enum err err;

	if (argv == NULL)
		return ERR_MEMORY;
	memcpy(argv, arguments->argv, size - sizeof(char *));
	argv[argc] = NULL;
	err = options_environment(&settings->set);
	if (err == ERR_NONE)
		err = options_arguments(&settings->set, &argc, argv);
	/* Twice: first to find the file, which may name the directory. */
	if (err == ERR_NONE && !settings->wants_help &&
	    (settings->config == NULL || settings->set.file != NULL))
		err = take_operands(settings, argc, argv);
	free(argv);
	return err;
}

/* The file is the weakest: it is read before all that names it. */
static enum err
read_file(
    struct serve_settings *settings, const struct serve_arguments *arguments)
{
	const char *config = settings->config;
	enum err err;

	set_defaults(settings);
	options_init(&settings->set, table, settings);
	err = config_read(&settings->file, config, &settings->set);
	return err == ERR_NONE ? read_line(settings, arguments) : err;
}

enum err
serve_settings_new(const struct serve_arguments *arguments,
    struct serve_settings **out_settings)
{
	struct serve_settings *settings = calloc(1, sizeof(*settings));
	enum err err;

	if (settings == NULL) {
		(void)fprintf(stderr, "tarry: %s\n", err_text(ERR_MEMORY));
		return ERR_MEMORY;
	}
	config_init(&settings->file);
	set_defaults(settings);
	options_init(&settings->set, table, settings);
	err = read_line(settings, arguments);
	if (err == ERR_NONE && !settings->wants_help &&
	    settings->config != NULL)
		err = read_file(settings, arguments);
	if (err != ERR_NONE) {
		serve_settings_free(settings);
		return err;
	}
	*out_settings = settings;
	return ERR_NONE;
}

void
serve_settings_free(struct serve_settings *settings)
{
	if (settings == NULL)
		return;
	config_done(&settings->file);
	free(settings);
}

int
serve_main(int argc, char **argv)
{
	const struct serve_arguments arguments = { argc, argv };
	struct serve_settings *settings;
	enum err err = serve_settings_new(&arguments, &settings);
	enum exit_code code;

	if (err != ERR_NONE)
		return err == ERR_SYNTAX ? EXIT_CODE_USAGE : EXIT_CODE_FAILED;
	if (settings->wants_help) {
		help();
		serve_settings_free(settings);
		return EXIT_CODE_DONE;
	}
	code = serve_check(settings, SERVE_CHECK_WORDS);
	if (code == EXIT_CODE_DONE)
		return serve_run(&arguments, settings);
	serve_settings_free(settings);
	return code;
}
