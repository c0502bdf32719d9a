/*
 * server_users.c - see server_users.h.
 */
#include "apps/server_users.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/jwt_source.h"
#include "apps/users.h"
#include "base/buf.h"
#include "base/limits.h"
#include "dav/call.h"
#include "http/date.h"
#include "http/gate.h"
#include "net/listener.h"
#include "net/pool.h"

enum {
	THREAD_COUNT = 2, /* the rest of the processors is for others */
	WHY_SIZE_MAX = 16 * 1024,
	LINE_SIZE_MAX = 4 * PRINCIPAL_SIZE_MAX + 1024,
};

const char *const server_users_claims[] = { "sub", "preferred_username",
	"email", NULL };

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

void
server_users_init(
    struct server_users *users, const struct server_users_options *options)
{
	*users = (struct server_users){ .options = options };
	CHECK(pthread_mutex_init(&users->mutex, NULL) == 0);
}

static bool
is_loopback(const struct address *address)
{
	const struct sockaddr_in *in = (const void *)&address->storage;
	const struct sockaddr_in6 *in6 = (const void *)&address->storage;

	if (address->storage.ss_family == AF_INET)
		return ntohl(in->sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

static const char *
contradiction(const struct server_users_options *options)
{
	unsigned algorithms;

	if (options->jwt_keys == NULL &&
	    (options->jwt_issuer != NULL || options->jwt_audience != NULL ||
	        options->jwt_algorithms != NULL))
		return "--jwt-issuer, --jwt-audience and --jwt-algorithms "
		       "need --jwt-keys";
	if (options->jwt_keys != NULL &&
	    (options->jwt_issuer == NULL || options->jwt_audience == NULL))
		return "--jwt-keys needs --jwt-issuer and --jwt-audience: "
		       "else tokens that were made for others are good here";
	if (options->jwt_algorithms != NULL &&
	    jwt_algorithms_parse(options->jwt_algorithms, &algorithms) !=
	        ERR_NONE)
		return "--jwt-algorithms takes some of RS256, RS384, RS512, "
		       "PS256, PS384, PS512, ES256, ES384, ES512, HS256, "
		       "HS384, HS512, with commas";
	return NULL;
}

enum err
server_users_check(
    struct server_users *users, const struct server_users_place *place)
{
	const struct server_users_options *options = users->options;
	const char *wrong = contradiction(options);
	bool has_users = options->users != NULL || options->jwt_keys != NULL ||
	                 place->needs_certificates;
	bool is_chosen =
	    has_users || options->anonymous != SERVER_USERS_ANONYMOUS_UNSAID;

	if (wrong != NULL) {
		complain("users", wrong);
		return ERR_CONFLICT;
	}
	users->is_open_to_all = !is_chosen;
	for (size_t i = 0; i < place->address_count; i++) {
		char name[64];

		if (is_loopback(&place->addresses[i]))
			continue;
		listener_name(&place->addresses[i], name);
		if (!is_chosen) {
			complain(name,
			    "others can reach this address: say who may, with "
			    "--users FILE (\"tarry passwd FILE NAME\" writes "
			    "one), --jwt-keys or --tls-client-auth required; "
			    "or let everybody in, with --anonymous read or "
			    "--anonymous write");
			return ERR_CONFLICT;
		}
		if ((options->users != NULL || options->jwt_keys != NULL) &&
		    !place->is_tls[i] && !options->basic_over_plain_text)
			memcpy(users->lonely, name, sizeof(name));
	}
	return ERR_NONE;
}

/* Whose text it was, as far as one can see from outside. */
static bool
look_at(const char *path, struct server_users_seen *out)
{
	struct stat status;

	if (stat(path, &status) == -1)
		return false;
	*out = (struct server_users_seen){ .size = status.st_size,
		.inode = status.st_ino,
		.changed = status.st_mtim };
	return true;
}

static bool
is_same(const struct server_users_seen *a, const struct server_users_seen *b)
{
	return a->size == b->size && a->inode == b->inode &&
	       a->changed.tv_sec == b->changed.tv_sec &&
	       a->changed.tv_nsec == b->changed.tv_nsec;
}

static enum err
read_users(struct server_users *users, const char *end)
{
	const char *path = users->options->users;
	struct users *table = NULL;
	struct users *old;
	struct stat status;
	struct buf why;
	enum err err;

	(void)look_at(path, &users->loaded); /* read_users will say it */
	users->seen = users->loaded;
	buf_init(&why, WHY_SIZE_MAX);
	err = users_read(path, &why, &table);
	if (err != ERR_NONE)
		(void)fprintf(
		    stderr, "tarry: %.*s%s\n", STR_ARG(buf_str(&why)), end);
	buf_done(&why);
	if (err != ERR_NONE)
		return err;
	if (users_count(table) == 0)
		complain(path, "there is no user in it");
	if (stat(path, &status) == 0 && (status.st_mode & S_IROTH) != 0)
		complain(path, "everybody on this machine can read it: "
		               "chmod 600");
	CHECK(pthread_mutex_lock(&users->mutex) == 0);
	old = users->users;
	users->users = table;
	CHECK(pthread_mutex_unlock(&users->mutex) == 0);
	users_unref(old);
	return ERR_NONE;
}

static struct gate *
gate_of(struct server_users *users)
{
	struct gate *gate;

	CHECK(pthread_mutex_lock(&users->mutex) == 0);
	gate = users->gate;
	CHECK(pthread_mutex_unlock(&users->mutex) == 0);
	return gate;
}

static void
on_keys_changed(void *context)
{
	struct gate *gate = gate_of(context);

	if (gate != NULL)
		gate_forget(gate);
}

static enum err
open_tokens(struct server_users *users)
{
	const struct server_users_options *options = users->options;
	const char *algorithms = options->jwt_algorithms;
	struct jwt_source_options source = {
		.where = options->jwt_keys,
		.changed = on_keys_changed,
		.context = users,
	};
	enum err err;

	if (algorithms == NULL)
		algorithms = "RS256,ES256";
	users->rules = (struct jwt_rules){
		.issuer = options->jwt_issuer,
		.audience = options->jwt_audience,
		.claim = server_users_claims[options->jwt_claim],
	};
	err = jwt_algorithms_parse(algorithms, &users->rules.algorithms);
	if (err != ERR_NONE)
		return err; /* the check has said it */
	return jwt_source_new(&source, &users->source);
}

enum err
server_users_open(struct server_users *users)
{
	enum err err = ERR_NONE;

	if (users->lonely[0] != '\0')
		complain(users->lonely,
		    "nobody can log in here, except from this machine: "
		    "passwords and tokens are taken over https only");
	if (users->options->users != NULL)
		err = read_users(users, "");
	if (err == ERR_NONE && users->options->jwt_keys != NULL)
		err = open_tokens(users);
	return err;
}

static enum err
verify_password(void *context, struct str name, struct str password,
    struct gate_verdict *out_verdict)
{
	struct server_users *users = context;
	struct users *table;
	enum err err;

	CHECK(pthread_mutex_lock(&users->mutex) == 0);
	table = users_ref(users->users);
	CHECK(pthread_mutex_unlock(&users->mutex) == 0);
	err = users_verify(table, name, password);
	users_unref(table);
	if (err != ERR_NONE)
		return err;
	memcpy(out_verdict->name, name.data, name.len);
	out_verdict->name_size = name.len;
	out_verdict->until_wall_s = INT64_MAX / 2;
	return ERR_NONE;
}

static enum err
verify_token(void *context, struct str token, struct gate_verdict *out_verdict)
{
	struct server_users *users = context;
	struct jwt_keys *keys = jwt_source_keys(users->source);
	struct jwt_claims claims;
	enum err err;

	if (keys == NULL)
		return ERR_AGAIN;
	err = jwt_verify(keys, &users->rules, token, wall_s(NULL), &claims,
	    &out_verdict->why);
	jwt_keys_unref(keys);
	if (err == ERR_ABSENT)
		return jwt_source_miss(users->source) ? ERR_AGAIN : ERR_DENIED;
	if (err != ERR_NONE)
		return err;
	memcpy(out_verdict->name, claims.name, claims.name_size);
	out_verdict->name_size = claims.name_size;
	out_verdict->until_wall_s = claims.until_wall_s;
	return ERR_NONE;
}

/* So that nothing in a name can look like another part of the line. */
static void
add_escaped(struct buf *line, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char octet = (unsigned char)text.data[i];

		if (octet <= 0x20 || octet >= 0x7f || octet == '"' ||
		    octet == '\\')
			buf_printf(line, "\\x%02X", octet);
		else
			buf_add_char(line, text.data[i]);
	}
}

/* docs/users.md has a filter of fail2ban for it: keep them alike. */
static void
on_failed(void *context, const struct gate_failure *failure)
{
	char time[DATE_ISO_SIZE];
	struct buf line;

	(void)context;
	buf_init(&line, LINE_SIZE_MAX);
	date_format_iso(wall_s(NULL), time);
	buf_printf(&line, "tarry: %s authentication failed for ", time);
	if (failure->name.data == NULL) {
		buf_add_text(&line, "a token");
	} else {
		buf_add_text(&line, "user \"");
		add_escaped(&line, failure->name);
		buf_add_char(&line, '"');
	}
	buf_printf(&line, " from %.*s", STR_ARG(failure->peer));
	if (failure->why != NULL)
		buf_printf(&line, ": %s", failure->why);
	buf_add_char(&line, '\n');
	/* A log that cannot be written must not stop the service. */
	if (line.err == ERR_NONE)
		(void)!write(STDERR_FILENO, line.data, line.len);
	buf_done(&line);
}

static bool
changes_nothing(struct str name)
{
	const struct method *method = method_find(name);

	return method != NULL && method->is_read_only;
}

static enum gate_anonymous
anonymous_of(const struct server_users *users)
{
	switch (users->options->anonymous) {
	case SERVER_USERS_ANONYMOUS_READ:
		return GATE_ANONYMOUS_READ;
	case SERVER_USERS_ANONYMOUS_WRITE:
		return GATE_ANONYMOUS_WRITE;
	default:
		return users->is_open_to_all ? GATE_ANONYMOUS_NEAR
		                             : GATE_ANONYMOUS_NONE;
	}
}

enum err
server_users_guard(struct server_users *users,
    void (*random)(void *out, size_t size), struct handler *handler)
{
	struct gate_options options = {
		.inner = *handler,
		.verifier = { .context = users },
		.anonymous = anonymous_of(users),
		.trusts_plain_text = users->options->basic_over_plain_text,
		.failed = on_failed,
		.now_ms = now_ms,
		.wall_s = wall_s,
		.context = users,
		.changes_nothing = changes_nothing,
	};
	struct gate *gate;
	enum err err;

	random(options.secret, sizeof(options.secret));
	users->pool = pool_new(THREAD_COUNT);
	if (users->pool == NULL)
		return ERR_MEMORY;
	options.pool = users->pool;
	if (users->users != NULL)
		options.verifier.password = verify_password;
	if (users->source != NULL)
		options.verifier.token = verify_token;
	err = gate_new(&options, &gate);
	if (err != ERR_NONE)
		return err;
	CHECK(pthread_mutex_lock(&users->mutex) == 0);
	users->gate = gate;
	CHECK(pthread_mutex_unlock(&users->mutex) == 0);
	*handler = gate_handler(gate);
	return ERR_NONE;
}

bool
server_users_challenge(
    void *context, const struct request *request, struct response *out_response)
{
	const struct gate *gate = gate_of(context);

	return gate != NULL && gate_challenge(gate, request, out_response);
}

/* Changed, and nobody has written to it since the last time. */
static bool
is_stale(struct server_users *users)
{
	struct server_users_seen now;
	bool is_quiet;

	if (!look_at(users->options->users, &now))
		return false; /* it may be on its way */
	is_quiet = is_same(&now, &users->seen);
	users->seen = now;
	return is_quiet && !is_same(&now, &users->loaded);
}

void
server_users_refresh(struct server_users *users, enum server_users_refresh when)
{
	if (users->options->users != NULL &&
	    (when == SERVER_USERS_NOW || is_stale(users)) &&
	    read_users(users, ": the old users stay") == ERR_NONE) {
		complain(users->options->users, "the users were read again");
		gate_forget(users->gate);
	}
	if (users->source != NULL && when == SERVER_USERS_NOW)
		jwt_source_reload(users->source);
}

void
server_users_close(struct server_users *users)
{
	if (users->pool != NULL)
		pool_free(users->pool);
	jwt_source_free(users->source);
	gate_free(users->gate);
	users_unref(users->users);
	CHECK(pthread_mutex_destroy(&users->mutex) == 0);
}
