/*
 * listener.c - see listener.h.
 */
#include "net/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#include "net/loop.h"

enum {
	BACKLOG = 4096,
	TURN_COUNT = 64, /* accepted at once; then others have their turn */
	PAUSE_MS = 100,  /* without descriptors we try again after this */
	ADDRESS_TEXT_SIZE = 64,
};

struct listener {
	uv_poll_t poll;
	uv_timer_t timer;
	struct listener_options options;
	struct loop_closer closer;
	size_t conn_count;
	int fd;
	unsigned handles;
	bool is_paused;
	bool is_closing;
};

enum err
listener_parse(const char *text, struct address *out_address)
{
	char host[ADDRESS_TEXT_SIZE];
	const char *colon = strrchr(text, ':');
	struct address address = { .size = sizeof(struct sockaddr_in) };
	struct sockaddr_in *in = (void *)&address.storage;
	struct sockaddr_in6 *in6 = (void *)&address.storage;
	uint64_t port;
	size_t len;

	if (colon == NULL || str_to_u64(str_of(colon + 1), 65535, &port) != 0)
		return ERR_SYNTAX;
	len = (size_t)(colon - text);
	if (len >= sizeof(host))
		return ERR_SYNTAX;
	memcpy(host, text, len);
	host[len] = '\0';
	if (host[0] == '[' && len > 1 && host[len - 1] == ']') {
		host[len - 1] = '\0';
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((uint16_t)port);
		address.size = sizeof(struct sockaddr_in6);
		if (inet_pton(AF_INET6, host + 1, &in6->sin6_addr) != 1)
			return ERR_SYNTAX;
		*out_address = address;
		return ERR_NONE;
	}
	in->sin_family = AF_INET;
	in->sin_port = htons((uint16_t)port);
	if (len == 0 || strcmp(host, "*") == 0)
		in->sin_addr.s_addr = htonl(INADDR_ANY);
	else if (strcmp(host, "localhost") == 0)
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else if (inet_pton(AF_INET, host, &in->sin_addr) != 1)
		return ERR_SYNTAX;
	*out_address = address;
	return ERR_NONE;
}

static enum err
err_of_bind(void)
{
	switch (errno) {
	case EADDRINUSE:
		return ERR_BUSY;
	case EACCES:
		return ERR_DENIED;
	case EADDRNOTAVAIL:
		return ERR_ABSENT;
	default:
		return ERR_SYSTEM;
	}
}

/*
 * A listening descriptor; shared: others of ours listen there too.  One that
 * is not shared does not listen: nobody shall be let in who is then cut off.
 */
static enum err
listen_on(const struct address *address, bool is_shared, int *out_fd)
{
	int family = address->storage.ss_family;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;
	enum err err;

	if (fd == -1)
		return ERR_SYSTEM;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (is_shared)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (family == AF_INET6)
		(void)setsockopt(
		    fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)&address->storage,
	        address->size) == -1 ||
	    (is_shared && listen(fd, BACKLOG) == -1)) {
		err = err_of_bind();
		(void)close(fd);
		return err;
	}
	*out_fd = fd;
	return ERR_NONE;
}

enum err
listener_probe(struct address *address)
{
	int fd;
	enum err err = listen_on(address, false, &fd);

	if (err != ERR_NONE)
		return err;
	address->size = sizeof(address->storage);
	if (getsockname(
	        fd, (struct sockaddr *)&address->storage, &address->size) == -1)
		err = ERR_SYSTEM;
	(void)close(fd);
	return err;
}

enum err
listener_bind(const struct address *address, int *out_fd)
{
	return listen_on(address, true, out_fd);
}

static int
option_of(int fd, int name)
{
	int value = -1;
	socklen_t size = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &size) == -1 ? -1
	                                                             : value;
}

enum err
listener_adopt(int fd, struct address *out_address)
{
	struct address address = { .size = sizeof(address.storage) };
	int flags = fcntl(fd, F_GETFL);
	int family;

	if (flags == -1 || option_of(fd, SO_ACCEPTCONN) != 1 ||
	    option_of(fd, SO_TYPE) != SOCK_STREAM)
		return ERR_CONFLICT;
	if (getsockname(
	        fd, (struct sockaddr *)&address.storage, &address.size) == -1)
		return ERR_CONFLICT;
	family = address.storage.ss_family;
	if (family != AF_INET && family != AF_INET6)
		return ERR_CONFLICT;
	if (fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		return ERR_SYSTEM;
	*out_address = address;
	return ERR_NONE;
}

void
listener_name(const struct address *address, char out[64])
{
	const struct sockaddr_in *in = (const void *)&address->storage;
	const struct sockaddr_in6 *in6 = (const void *)&address->storage;
	char host[INET6_ADDRSTRLEN] = "?";

	if (address->storage.ss_family == AF_INET6) {
		(void)inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		(void)snprintf(out, ADDRESS_TEXT_SIZE, "[%s]:%u", host,
		    (unsigned)ntohs(in6->sin6_port));
		return;
	}
	(void)inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
	(void)snprintf(out, ADDRESS_TEXT_SIZE, "%s:%u", host,
	    (unsigned)ntohs(in->sin_port));
}

static void on_poll(uv_poll_t *poll, int status, int events);

static void
resume(struct listener *listener)
{
	if (!listener->is_paused || listener->is_closing)
		return;
	listener->is_paused = false;
	(void)uv_poll_start(&listener->poll, UV_READABLE, on_poll);
}

static void
on_timer(uv_timer_t *timer)
{
	resume(timer->data);
}

static void
pause_accepting(struct listener *listener)
{
	listener->is_paused = true;
	(void)uv_poll_stop(&listener->poll);
}

static void
on_poll(uv_poll_t *poll, int status, int events)
{
	struct listener *listener = poll->data;
	int on = 1;

	(void)status;
	(void)events;
	for (int i = 0; i < TURN_COUNT; i++) {
		int fd;

		if (listener->conn_count >= listener->options.conn_count_max) {
			pause_accepting(listener);
			return;
		}
		fd = accept4(
		    listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd == -1 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd == -1 && errno == EAGAIN)
			return;
		if (fd == -1) {
			/* No descriptors or no memory: later. */
			pause_accepting(listener);
			(void)uv_timer_start(
			    &listener->timer, on_timer, PAUSE_MS, 0);
			return;
		}
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		listener->conn_count++;
		listener->options.accepted(listener->options.context, fd);
	}
}

void
listener_released(struct listener *listener)
{
	CHECK(listener->conn_count > 0);
	listener->conn_count--;
	resume(listener);
	if (listener->is_closing && listener->conn_count == 0 &&
	    listener->handles == 0)
		free(listener);
}

static void
on_handle_closed(uv_handle_t *handle)
{
	struct listener *listener = handle->data;

	if (--listener->handles == 0 && listener->conn_count == 0)
		free(listener);
}

void
listener_close(struct listener *listener)
{
	CHECK(!listener->is_closing);
	loop_remove_closer(listener->options.loop, &listener->closer);
	listener->is_closing = true;
	uv_close((uv_handle_t *)&listener->poll, on_handle_closed);
	uv_close((uv_handle_t *)&listener->timer, on_handle_closed);
	(void)close(listener->fd);
}

static void
on_stop(struct loop_closer *closer)
{
	struct listener *listener =
	    (struct listener *)(void *)((char *)closer -
	                                offsetof(struct listener, closer));

	listener_close(listener);
}

enum err
listener_new(const struct listener_options *options, int fd,
    struct listener **out_listener)
{
	struct listener *listener = calloc(1, sizeof(*listener));

	if (listener == NULL) {
		(void)close(fd);
		return ERR_MEMORY;
	}
	listener->options = *options;
	listener->closer.stop = on_stop;
	listener->fd = fd;
	if (uv_poll_init(
	        loop_uv(options->loop), &listener->poll, listener->fd) != 0) {
		(void)close(listener->fd);
		free(listener);
		return ERR_SYSTEM;
	}
	(void)uv_timer_init(loop_uv(options->loop), &listener->timer);
	listener->handles = 2;
	listener->poll.data = listener;
	listener->timer.data = listener;
	(void)uv_poll_start(&listener->poll, UV_READABLE, on_poll);
	loop_add_closer(options->loop, &listener->closer);
	*out_listener = listener;
	return ERR_NONE;
}
