/*
 * server_listen.c - see server_listen.h.
 */
#include "apps/server_listen.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apps/admin_place.h"
#include "apps/server.h"
#include "apps/server_worker.h"
#include "apps/service.h"
#include "apps/takeover.h"
#include "store/fs.h"

enum { PLACE_TEXT_SIZE = 80 };

static void
complain(const char *what, const char *why)
{
	(void)fprintf(stderr, "tarry: %s: %s\n", what, why);
}

static enum err
use_of_manager(struct server *server, const struct service_socket *given)
{
	static const char *const schemes[] = {
		[SERVICE_AS_CONFIGURED] = "",
		[SERVICE_HTTP] = "http://",
		[SERVICE_HTTPS] = "https://",
	};
	size_t place = server->address_count;
	struct address *address = &server->addresses[place];
	struct address same;
	char text[PLACE_TEXT_SIZE];
	char name[64];
	enum err err = listener_adopt(given->fd, address);

	if (err != ERR_NONE) {
		complain("a socket of the manager of services",
		    "it does not listen for TCP");
		return err;
	}
	listener_name(address, name);
	(void)snprintf(
	    text, sizeof(text), "%s%s", schemes[given->speech], name);
	err = server_tls_listen(
	    &server->tls, text, &same, &server->is_tls[place]);
	CHECK(err == ERR_NONE); /* we wrote it */
	server->address_count++;
	return sockets_add(&server->sockets, given->fd, place);
}

static enum err
use_all_of_manager(struct server *server, const struct service_sockets *sockets)
{
	enum err err = ERR_NONE;

	_Static_assert(
	    (int)SERVICE_SOCKET_COUNT_MAX <= (int)OPTION_VALUE_COUNT_MAX,
	    "there is a place for each");
	for (size_t i = 0; i < sockets->count && err == ERR_NONE; i++)
		err = use_of_manager(server, &sockets->items[i]);
	return err;
}

static enum err
probe(struct address *address, const char *text)
{
	enum err err = listener_probe(address);

	if (err == ERR_BUSY)
		complain(text, "another program listens there: stop it, or "
		               "choose another port with --listen");
	else if (err != ERR_NONE)
		complain(text, strerror(errno));
	return err;
}

/* One for each loop, so that none of them waits for another. */
static enum err
bind_all(struct server *server, size_t place, const char *text)
{
	struct address *address = &server->addresses[place];
	size_t count = server_worker_count(server->options);
	enum err err = probe(address, text);
	int fd;

	for (size_t i = 0; i < count && err == ERR_NONE; i++) {
		err = listener_bind(address, &fd);
		if (err == ERR_NONE)
			err = sockets_add(&server->sockets, fd, place);
		if (err != ERR_NONE)
			complain(text, strerror(errno));
	}
	return err;
}

static enum err
listen_at(struct server *server, const char *text, struct takeover *takeover)
{
	size_t place = server->address_count;
	struct address *address = &server->addresses[place];
	enum err err = server_tls_listen(
	    &server->tls, text, address, &server->is_tls[place]);
	int fd;

	if (err != ERR_NONE)
		return err;
	fd = takeover_take(takeover, address);
	if (fd == -1)
		err = bind_all(server, place, text);
	for (; fd != -1 && err == ERR_NONE;
	     fd = takeover_take(takeover, address))
		err = sockets_add(&server->sockets, fd, place);
	if (err == ERR_NONE)
		server->address_count++;
	return err;
}

static struct admin_place
place_of(const struct server *server)
{
	return (struct admin_place){ server->root.directory,
		server->options->state };
}

enum err
server_listen(struct server *server)
{
	const struct option_texts *listen = &server->options->listen;
	const struct admin_place place = place_of(server);
	struct takeover takeover = { .count = 0 };
	struct service_sockets given;
	enum err err = service_take_sockets(&given);

	if (err != ERR_NONE) {
		complain("the manager of services", "it has too many sockets");
		return err;
	}
	if (server->options->takes_over) {
		err = takeover_find(&place, &takeover);
		server->has_predecessor = err == ERR_NONE;
		if (err == ERR_ABSENT)
			err = ERR_NONE;
	}
	if (err == ERR_NONE && given.count > 0)
		err = use_all_of_manager(server, &given);
	for (size_t i = 0;
	     i < listen->count && err == ERR_NONE && given.count == 0; i++)
		err = listen_at(server, listen->items[i], &takeover);
	takeover_done(&takeover);
	return err;
}

/* With the signals that end us let through: nothing is lost by it yet. */
static enum err
wait_for_store(const struct server *server)
{
	const struct fs_options fs = {
		.root = server->root.directory,
		.state = server->options->state,
	};
	sigset_t ends;
	sigset_t before;
	enum err err;

	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGINT);
	(void)sigaddset(&ends, SIGTERM);
	(void)pthread_sigmask(SIG_UNBLOCK, &ends, &before);
	err = fs_await(&fs);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err == ERR_ABSENT ? ERR_NONE : err;
}

enum err
server_listen_alone(struct server *server)
{
	const struct admin_place place = place_of(server);
	enum err err;

	if (!server->has_predecessor)
		return ERR_NONE;
	/* Again and again: a third may have come between the two of us. */
	do {
		err = takeover_retire(&place);
		if (err != ERR_NONE)
			return err;
		err = wait_for_store(server);
	} while (err == ERR_BUSY);
	if (err != ERR_NONE)
		complain("--take-over", strerror(errno));
	return err;
}
