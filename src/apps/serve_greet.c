/*
 * serve_greet.c - see serve_greet.h.
 */
#include "apps/serve_greet.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "apps/server.h"
#include "apps/users.h"
#include "dav/access.h"
#include "dav/store.h"

enum { FLAGS_SIZE_MAX = 1024 };

static const char upload_path[] = "/try-me.txt";

/* What the commands have in common. */
struct greet {
	struct server *server;
	struct buf flags; /* of curl, each with a space behind it */
	char user[64];    /* who asks; empty: nobody, or unknown */
	char url[SERVE_GREET_URL_SIZE];
	bool is_known; /* who asks, so that the rules can be asked, too */
	bool can_write;
};

static void
name_url(const struct server *server, size_t index,
    const struct address *address, char out[SERVE_GREET_URL_SIZE])
{
	char name[64];

	listener_name(address, name);
	(void)snprintf(out, SERVE_GREET_URL_SIZE, "http%s://%s/",
	    server->is_tls[index] ? "s" : "", name);
}

void
serve_greet_url(
    const struct server *server, size_t index, char out[SERVE_GREET_URL_SIZE])
{
	name_url(server, index, &server->addresses[index], out);
}

/* "Any address" is none that one can go to: from here, it is this machine. */
static struct address
place_to_try(const struct server *server)
{
	struct address address = server->addresses[0];
	struct sockaddr_in *in = (void *)&address.storage;
	struct sockaddr_in6 *in6 = (void *)&address.storage;

	if (address.storage.ss_family == AF_INET) {
		if (in->sin_addr.s_addr == htonl(INADDR_ANY))
			in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	} else if (IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr)) {
		in6->sin6_addr = in6addr_loopback;
	}
	return address;
}

/* This certificate and no other, whoever vouches for it. */
static void
add_certificate(struct greet *greet)
{
	char pin[TLS_SELF_TEXT_SIZE];

	if (greet->server->is_tls[0] &&
	    tls_public_key(greet->server->tls.tls, pin) == ERR_NONE)
		buf_printf(&greet->flags, "-k --pinnedpubkey '%s' ", pin);
}

/* One that means nothing to a shell. */
static bool
is_plain(struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX"
		           "YZ0123456789._@-",
		        name.data[i]) == NULL)
			return false;
	return name.len > 0;
}

static void
add_password(struct greet *greet)
{
	struct server_users *users = &greet->server->users;
	struct users *table;
	struct str name;

	CHECK(pthread_mutex_lock(&users->mutex) == 0);
	table = users_ref(users->users);
	CHECK(pthread_mutex_unlock(&users->mutex) == 0);
	name = users_one(table);
	greet->is_known = is_plain(name) && name.len < sizeof(greet->user);
	if (greet->is_known)
		memcpy(greet->user, name.data, name.len);
	users_unref(table);
	buf_printf(
	    &greet->flags, "-u %s ", greet->is_known ? greet->user : "NAME");
}

/* How one says who one is, where that counts. */
static void
add_credentials(struct greet *greet)
{
	const struct server_options *options = greet->server->options;
	const struct server_users_options *users = &options->users;
	bool is_certificate_asked =
	    greet->server->is_tls[0] && options->tls.client_ca != NULL &&
	    (options->tls.client_auth == TLS_CLIENT_REQUIRED ||
	        users->anonymous == SERVER_USERS_ANONYMOUS_READ);
	bool is_open = users->anonymous == SERVER_USERS_ANONYMOUS_WRITE ||
	               greet->server->users.is_open_to_all;

	greet->can_write = !greet->server->dav.is_read_only;
	if (is_certificate_asked &&
	    (options->tls.client_auth == TLS_CLIENT_REQUIRED ||
	        (users->users == NULL && users->jwt_keys == NULL))) {
		buf_add_text(&greet->flags, "--cert FILE --key FILE ");
	} else if (is_open) {
		greet->is_known = true;
	} else if (users->users != NULL) {
		add_password(greet);
	} else if (users->jwt_keys != NULL) {
		buf_add_text(&greet->flags, "--oauth2-bearer TOKEN ");
	} else {
		greet->is_known = true; /* everybody may read, nobody write */
		greet->can_write = false;
	}
}

static bool
may(const struct greet *greet, const char *path, unsigned rights)
{
	struct access *access = access_slot_take(greet->server->access);
	bool is_allowed =
	    !greet->is_known ||
	    (access_rights(access, str_of(greet->user), str_of(path)) &
	        rights) == rights;

	access_unref(access);
	return is_allowed;
}

/* There is a tree that is worth a COPY, as in the sample. */
static bool
can_copy_many(const struct greet *greet)
{
	struct store *store = greet->server->store;
	struct resource many;

	return greet->can_write && !greet->server->dav.has_homes &&
	       may(greet, "/many", ACCESS_READ | ACCESS_LIST) &&
	       may(greet, "/copy", ACCESS_WRITE | ACCESS_DELETE) &&
	       store->ops->look(store, str_of("/many"), &many) == ERR_NONE;
}

/* What works here, and shows a 102 if it can. */
static void
tell_what_to_try(struct greet *greet)
{
	struct str flags = buf_str(&greet->flags);

	(void)printf("\nTry:\n");
	if (greet->can_write && may(greet, upload_path, ACCESS_WRITE))
		(void)printf("  curl %.*s-T /etc/hostname %s%s\n",
		    STR_ARG(flags), greet->url, upload_path + 1);
	if (may(greet, "/", ACCESS_LIST))
		(void)printf("  curl %.*s-X PROPFIND -H 'Depth: 1' %s\n",
		    STR_ARG(flags), greet->url);
	if (can_copy_many(greet))
		(void)printf("  curl %.*s-v -X COPY -H 'Prefer: processing' "
		             "-H 'Destination: /copy' %smany\n\n",
		    STR_ARG(flags), greet->url);
	else
		(void)printf("  curl %.*s-v -X OPTIONS -H 'Prefer: processing' "
		             "%s\n\n",
		    STR_ARG(flags), greet->url);
}

void
serve_greet(struct server *server)
{
	struct address address = place_to_try(server);
	struct greet greet = { .server = server };

	for (size_t i = 0; i < server->address_count; i++) {
		serve_greet_url(server, i, greet.url);
		(void)printf("Serving %s on %s\n", server->options->directory,
		    greet.url);
	}
	if (server->is_tls[0] && server->options->tls.is_self_signed)
		(void)printf("\nThe certificate is for this run only; its "
		             "SHA-256 fingerprint is\n  %s\n",
		    server->tls.self.fingerprint);
	if (server->dav.is_read_only)
		(void)printf("It is read-only: nobody can change it.\n");
	name_url(server, 0, &address, greet.url);
	buf_init(&greet.flags, FLAGS_SIZE_MAX);
	add_certificate(&greet);
	add_credentials(&greet);
	if (greet.flags.err == ERR_NONE)
		tell_what_to_try(&greet);
	buf_done(&greet.flags);
	(void)fflush(stdout);
}
