/*
 * listener.h - sockets that listen, and who accepts from one of them for one
 * loop.
 *
 * Several loops listen on the same address: each at a socket of its own
 * (listener_bind()), and the kernel deals the connections out; or all of them
 * at one socket that somebody else has made, and the first one there gets it.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

struct listener;
struct loop;

struct address {
	struct sockaddr_storage storage;
	socklen_t size;
};

/*
 * "127.0.0.1:8102", "[::1]:8102", "*:80" or ":80" (every address of IPv4).
 * Names are not looked up.  ERR_SYNTAX.
 */
enum err listener_parse(
    const char *text, struct address *out_address) MUST_CHECK;

/*
 * Says whether nobody listens there, and fills in the port where it was 0.
 * ERR_BUSY: somebody does.  ERR_DENIED: a port below 1024 without the right.
 * ERR_ABSENT: not an address of this machine.  ERR_SYSTEM: see errno.
 */
enum err listener_probe(struct address *address) MUST_CHECK;

/* "127.0.0.1:8102", with the port; out has room for 64 octets. */
void listener_name(const struct address *address, char out[64]);

/*
 * A socket there, beside others of the same user that were made by this
 * function.  Errors as above.
 */
enum err listener_bind(const struct address *address, int *out_fd) MUST_CHECK;

/*
 * Where a socket listens that somebody else has made, and makes it ready for
 * us.  ERR_CONFLICT: it does not listen for connections of IP.
 */
enum err listener_adopt(int fd, struct address *out_address) MUST_CHECK;

/*
 * Takes over a socket that listens, also when it fails.
 *
 * accepted() takes over each descriptor (non-blocking).  The listener closes
 * itself when the loop stops.  ERR_SYSTEM, ERR_MEMORY.
 */
struct listener_options {
	struct loop *loop;
	void (*accepted)(void *context, int fd);
	void *context;
	size_t conn_count_max; /* more wait in the kernel */
};
enum err listener_new(const struct listener_options *options, int fd,
    struct listener **out_listener) MUST_CHECK;

/* Before the loop stops, on it: accepts no more. */
void listener_close(struct listener *listener);

/* One of its connections is gone. */
void listener_released(struct listener *listener);

#endif
