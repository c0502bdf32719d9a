/*
 * serve_check.c - see serve_check.h.
 */
#include "apps/serve_check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/serve.h"
#include "apps/server_access.h"
#include "apps/server_users.h"
#include "apps/users.h"
#include "base/buf.h"
#include "dav/access.h"
#include "http/cidr.h"
#include "http/cors.h"
#include "http/interim.h"
#include "store/fs.h"

enum { WHY_SIZE = 512, USERS_WHY_SIZE = 16 * 1024 };

void
serve_check_count(struct serve_check *check, enum finding finding)
{
	check->counts[finding]++;
}

void
serve_check_say(struct serve_check *check, enum finding finding,
    const char *option, size_t index, const char *format, ...)
{
	const struct option_set *set = &check->settings->set;
	const struct option *row = options_find(set->table, str_of(option));
	char place[OPTION_PLACE_SIZE];
	char why[WHY_SIZE];
	va_list arguments;

	CHECK(row != NULL);
	options_place(set, row, index, place);
	va_start(arguments, format);
	(void)vsnprintf(why, sizeof(why), format, arguments);
	va_end(arguments);
	(void)fprintf(set->errors, "tarry: %s: %s%s\n", place,
	    finding == FINDING_DOUBT ? "warning: " : "", why);
	serve_check_count(check, finding);
}

static enum option_source
source_of(const struct serve_check *check, const char *option)
{
	const struct option_set *set = &check->settings->set;
	const struct option *row = options_find(set->table, str_of(option));

	CHECK(row != NULL);
	return set->origins[row - set->table].source;
}

static void
check_variables(struct serve_check *check)
{
	size_t count = options_slips(&check->settings->set);

	for (size_t i = 0; i < count; i++)
		serve_check_count(check, FINDING_DOUBT);
}

static void
check_interim(struct serve_check *check)
{
	const struct server_options *options = &check->settings->server;

	if (interim_check(options->interim_after_ms, INTERIM_INTERVAL_MS) !=
	    ERR_NONE)
		serve_check_say(check, FINDING_USAGE, "interim-after", 0,
		    "it can be 0 to 1h");
	if (interim_check(INTERIM_THRESHOLD_MS, options->interim_every_ms) !=
	    ERR_NONE)
		serve_check_say(check, FINDING_USAGE, "interim-every", 0,
		    "it can be 1s to 1h");
}

static void
check_proxies(struct serve_check *check)
{
	const struct option_texts *proxies =
	    &check->settings->server.trusted_proxies;
	struct cidr cidr;

	for (size_t i = 0; i < proxies->count; i++)
		if (cidr_parse(str_of(proxies->items[i]), &cidr) != ERR_NONE)
			serve_check_say(check, FINDING_USAGE,
			    "interim-trust-proxy", i,
			    "\"%s\" cannot be: write an address or a range, "
			    "such as 10.0.0.0/8",
			    proxies->items[i]);
}

static void
check_origins(struct serve_check *check)
{
	const struct option_texts *origins =
	    &check->settings->server.cors_origins;

	for (size_t i = 0; i < origins->count; i++) {
		struct cors cors = { .inner = NULL };

		if (cors_add(&cors, origins->items[i]) != ERR_NONE)
			serve_check_say(check, FINDING_USAGE, "cors-origin", i,
			    "\"%s\" cannot be: write an origin, such as "
			    "https://app.example, without a path; or *",
			    origins->items[i]);
	}
}

static void
check_counts(struct serve_check *check)
{
	const struct server_options *options = &check->settings->server;

	if (options->connection_count_max == 0)
		serve_check_say(check, FINDING_USAGE, "max-connections", 0,
		    "it can be 1 or more");
	if (options->stream_count_max == 0)
		serve_check_say(check, FINDING_USAGE, "max-streams", 0,
		    "it can be 1 or more");
}

static void
check_threads(struct serve_check *check)
{
	uint64_t count = check->settings->server.thread_count;

	if (count > SERVER_THREAD_COUNT_MAX ||
	    (count == 0 && source_of(check, "threads") != OPTION_DEFAULT))
		serve_check_say(check, FINDING_USAGE, "threads", 0,
		    "it can be 1 to %d", (int)SERVER_THREAD_COUNT_MAX);
}

/* Which addresses there are, and whether the options of TLS agree. */
static void
check_addresses(struct serve_check *check)
{
	const struct server_options *options = &check->settings->server;
	struct server_tls tls;
	const char *wrong;

	server_tls_init(&tls, &options->tls);
	for (size_t i = 0; i < options->listen.count; i++) {
		const char *text = options->listen.items[i];
		struct address address;
		bool is_tls;

		if (server_tls_listen(&tls, text, &address, &is_tls) ==
		    ERR_NONE)
			continue;
		serve_check_say(check, FINDING_USAGE, "listen", i,
		    "\"%s\" is not an address to listen on: write "
		    "127.0.0.1:8102, [::1]:8102 or *:8102, also with http:// "
		    "or https:// before it",
		    text);
	}
	wrong = server_tls_contradiction(&tls);
	if (wrong != NULL) {
		(void)fprintf(stderr, "tarry: TLS: %s\n", wrong);
		serve_check_count(check, FINDING_USAGE);
	}
	server_tls_close(&tls);
}

/* Who may come, as far as the words go; they say themselves what is wrong. */
static void
check_users(struct serve_check *check)
{
	const struct server_options *options = &check->settings->server;
	struct address addresses[OPTION_VALUE_COUNT_MAX];
	bool is_tls[OPTION_VALUE_COUNT_MAX];
	struct server_users_place place = { .addresses = addresses,
		.is_tls = is_tls,
		.needs_certificates =
		    options->tls.client_auth == TLS_CLIENT_REQUIRED };
	struct server_users users;
	struct server_tls tls;

	server_tls_init(&tls, &options->tls);
	for (size_t i = 0; i < options->listen.count; i++)
		if (server_tls_listen(&tls, options->listen.items[i],
		        &addresses[place.address_count],
		        &is_tls[place.address_count]) == ERR_NONE)
			place.address_count++;
	server_tls_close(&tls);
	server_users_init(&users, &options->users);
	if (server_users_check(&users, &place) != ERR_NONE)
		serve_check_count(check, FINDING_USAGE);
	server_users_close(&users);
}

static void
check_users_file(struct serve_check *check)
{
	const char *path = check->settings->server.users.users;
	struct users *users = NULL;
	struct buf why;

	if (path == NULL)
		return;
	buf_init(&why, USERS_WHY_SIZE);
	if (users_read(path, &why, &users) != ERR_NONE)
		serve_check_say(check, FINDING_FAILURE, "users", 0, "%.*s",
		    STR_ARG(buf_str(&why)));
	buf_done(&why);
	users_unref(users);
}

/* Reads them as the server would, and lets them go again. */
static void
check_certificates(struct serve_check *check)
{
	struct server_tls tls;

	server_tls_init(&tls, &check->settings->server.tls);
	if (server_tls_contradiction(&tls) == NULL &&
	    server_tls_open(&tls, 0) != ERR_NONE)
		serve_check_count(check, FINDING_FAILURE);
	server_tls_close(&tls);
}

static void
check_root(struct serve_check *check)
{
	const struct server_options *options = &check->settings->server;
	struct server_access_root root;
	enum err err = server_access_root(options->directory, &root);

	if (err != ERR_NONE)
		serve_check_say(check, FINDING_USAGE, "directory", 0, "%s: %s",
		    options->directory,
		    err == ERR_SYNTAX ? SERVER_ACCESS_ROOT_WRONG
		                      : err_text(err));
	else if (root.has_homes && options->symlinks == FS_SYMLINKS_INSIDE)
		serve_check_say(check, FINDING_USAGE, "symlinks", 0, "%s",
		    SERVER_ACCESS_LINKS_WRONG);
	else if (root.has_homes && options->users.users == NULL &&
	         options->users.jwt_keys == NULL &&
	         options->tls.client_ca == NULL)
		serve_check_say(check, FINDING_USAGE, "directory", 0, "%s: %s",
		    options->directory, SERVER_ACCESS_USERS_WRONG);
}

/* Each alone, so that all are told that are wrong. */
static void
check_rules(struct serve_check *check)
{
	const struct option_texts *rules = &check->settings->server.rules;
	struct access *access;
	struct buf why;

	for (size_t i = 0; i < rules->count; i++) {
		const struct option_texts rule = { .items = { rules->items[i] },
			.count = 1 };
		enum err err;

		buf_init(&why, WHY_SIZE);
		err = server_access_rules(&rule, &why, &access);
		if (err == ERR_NONE)
			access_unref(access);
		else
			serve_check_say(check, FINDING_USAGE, "rule", i,
			    "\"%s\" cannot be: %.*s", rules->items[i],
			    STR_ARG(buf_str(&why)));
		buf_done(&why);
	}
}

static void
check_rules_match(struct serve_check *check)
{
	const struct server_options *options = &check->settings->server;
	struct server_access_check all = { .root = NULL };
	struct server_access_root root;
	struct access *access;
	struct buf why;
	enum err err;

	buf_init(&why, WHY_SIZE);
	err = server_access_root(options->directory, &root);
	if (err == ERR_NONE)
		err = server_access_rules(&options->rules, &why, &access);
	buf_done(&why);
	if (err != ERR_NONE)
		return; /* it was said */
	all.root = &root;
	all.access = access;
	for (size_t i = 0; i < options->rules.count; i++) {
		const char *flaw = server_access_flaw(&all, i);

		if (flaw != NULL)
			serve_check_say(check, FINDING_DOUBT, "rule", i,
			    "\"%s\" matches nothing: %s",
			    options->rules.items[i], flaw);
	}
	access_unref(access);
}

static void
check_directory(struct serve_check *check)
{
	const struct server_options *options = &check->settings->server;
	struct server_access_root root;
	int fd;

	if (server_access_root(options->directory, &root) != ERR_NONE)
		return; /* it was said */
	fd = open(root.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1) {
		serve_check_say(check, FINDING_FAILURE, "directory", 0,
		    "%s: %s", root.directory, strerror(errno));
		return;
	}
	(void)close(fd);
	if (options->is_read_only || access(root.directory, W_OK | X_OK) == 0)
		return;
	serve_check_say(check, FINDING_DOUBT, "directory", 0,
	    "%s: %s: it will be served read-only", root.directory,
	    strerror(errno));
}

/* The directory that a path is in; false: it is too long. */
static bool
write_parent(const char *path, char out[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	size_t size = slash == NULL ? 1 : (size_t)(slash - path);

	if (size >= PATH_MAX)
		return false;
	(void)snprintf(out, PATH_MAX, "%.*s", slash == path ? 1 : (int)size,
	    slash == NULL ? "." : path);
	return true;
}

/* Whether a new name could be made there; errno says why not. */
static bool
can_be_made(const char *path)
{
	char parent[PATH_MAX];

	errno = ENAMETOOLONG;
	return write_parent(path, parent) && access(parent, W_OK | X_OK) == 0;
}

static void
check_state(struct serve_check *check)
{
	const char *state = check->settings->server.state;
	struct stat stat;

	if (state == NULL)
		return;
	if (lstat(state, &stat) == -1) {
		if (errno != ENOENT || !can_be_made(state))
			serve_check_say(check, FINDING_FAILURE, "state", 0,
			    "%s: %s", state, strerror(errno));
	} else if (access(state, R_OK | W_OK | X_OK) == -1) {
		serve_check_say(check, FINDING_FAILURE, "state", 0, "%s: %s",
		    state, strerror(errno));
	} else if (!S_ISDIR(stat.st_mode)) {
		serve_check_say(check, FINDING_FAILURE, "state", 0, "%s: %s",
		    state, strerror(ENOTDIR));
	}
}

/* Its path without links and dots; what is not there yet, by its parent. */
static bool
resolve(const char *path, char out[PATH_MAX])
{
	char parent[PATH_MAX];

	return realpath(path, out) != NULL ||
	       (write_parent(path, parent) && realpath(parent, out) != NULL);
}

static void
check_state_outside(struct serve_check *check)
{
	const struct server_options *options = &check->settings->server;
	struct server_access_root root;
	char directory[PATH_MAX];
	char state[PATH_MAX];
	struct str rest;

	if (options->state == NULL || !resolve(options->state, state) ||
	    server_access_root(options->directory, &root) != ERR_NONE ||
	    realpath(root.directory, directory) == NULL)
		return;
	if (!str_starts(str_of(state), str_of(directory)))
		return;
	rest = str_from(str_of(state), strlen(directory));
	if (str_is(rest, "/.tarry") ||
	    (rest.len > 0 && rest.data[0] != '/' && strlen(directory) > 1))
		return;
	serve_check_say(check, FINDING_FAILURE, "state", 0,
	    "the state must be outside of what is served: %s", options->state);
}

static void
check_access_log(struct serve_check *check)
{
	const char *path = check->settings->server.access_log;

	if (access_log_probe(path) != ERR_NONE)
		serve_check_say(check, FINDING_FAILURE, "access-log", 0,
		    "%s: %s", path, strerror(errno));
}

static const struct {
	enum serve_check_depth depth;
	void (*run)(struct serve_check *check);
} checks[] = {
	{ SERVE_CHECK_WORDS, check_variables },
	{ SERVE_CHECK_WORDS, check_interim },
	{ SERVE_CHECK_WORDS, check_proxies },
	{ SERVE_CHECK_WORDS, check_origins },
	{ SERVE_CHECK_WORDS, check_counts },
	{ SERVE_CHECK_WORDS, check_threads },
	{ SERVE_CHECK_WORDS, check_addresses },
	{ SERVE_CHECK_WORDS, check_root },
	{ SERVE_CHECK_WORDS, check_rules },
	{ SERVE_CHECK_WORDS, check_users },
	{ SERVE_CHECK_ALL, check_users_file },
	{ SERVE_CHECK_ALL, check_certificates },
	{ SERVE_CHECK_ALL, check_directory },
	{ SERVE_CHECK_ALL, check_rules_match },
	{ SERVE_CHECK_ALL, check_state },
	{ SERVE_CHECK_ALL, check_state_outside },
	{ SERVE_CHECK_ALL, check_access_log },
};

enum exit_code
serve_check_run(struct serve_check *check, enum serve_check_depth depth)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (checks[i].depth <= depth)
			checks[i].run(check);
	if (check->counts[FINDING_USAGE] > 0)
		return EXIT_CODE_USAGE;
	return check->counts[FINDING_FAILURE] > 0 ? EXIT_CODE_FAILED
	                                          : EXIT_CODE_DONE;
}

enum exit_code
serve_check(const struct serve_settings *settings, enum serve_check_depth depth)
{
	struct serve_check check = { .settings = settings };

	return serve_check_run(&check, depth);
}
