/*
 * local.h - a UNIX socket in a directory, for programs on this machine: a
 * client asks one line, and gets some lines back.
 *
 *	listen -> ask(), ask() ... on a thread of its own -> stop
 *
 * One client after another; each has a limited time for all of it, so that none
 * can hold up the next for long.  The path of the directory may be longer than
 * an address of a socket has room for.
 */
#ifndef LOCAL_H
#define LOCAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

struct local;
struct local_peer; /* a client, while it is being answered */

struct local_options {
	int dir_fd;       /* taken over, also when it fails */
	const char *name; /* in that directory; outlives us */
	int64_t exchange_ms_max;
	/*
	 * Answers one request, given without its line feed; one of
	 * LOCAL_REQUEST_SIZE_MAX octets or more is cut there.
	 */
	void (*ask)(void *context, struct local_peer *peer, struct str request);
	void *context;
};

/*
 * Makes the socket, for its owner alone (mode 0600), in the place of whatever
 * has that name: the caller knows that no other program listens there.
 * ERR_SYSTEM: see errno; ERR_MEMORY.
 */
enum err local_listen(
    const struct local_options *options, struct local **out_local) MUST_CHECK;

/* Whoever is being answered is cut off.  Removes the socket.  NULL: nothing. */
void local_stop(struct local *local);

/* In ask() only.  Lines with their line feeds.  False: the client has gone. */
bool local_send(struct local_peer *peer, struct str lines);
uid_t local_uid(const struct local_peer *peer); /* as the kernel knows it */

/* One line, and with it a copy of the descriptor.  False: as above. */
bool local_send_fd(struct local_peer *peer, struct str line, int fd);

/*
 * The client's side: sends a request, with its line feed, and adds the whole
 * answer to out.
 * ERR_ABSENT: there is no such socket.  ERR_CLOSED: nobody listens on it.
 * ERR_DENIED: the file system says so.  ERR_BUSY: no answer comes.
 * ERR_LIMIT, ERR_MEMORY: of out.  ERR_SYSTEM: see errno.
 */
enum err local_ask(int dir_fd, const char *name, struct str request,
    struct buf *out) MUST_CHECK;

/* Descriptors that came with an answer; the caller closes them. */
struct local_fds {
	int *items;
	size_t count;
	size_t count_max; /* more are closed at once */
};

/* The same, with the descriptors; also when it fails there may be some. */
enum err local_ask_fds(int dir_fd, const char *name, struct str request,
    struct buf *out, struct local_fds *out_fds) MUST_CHECK;

#endif
