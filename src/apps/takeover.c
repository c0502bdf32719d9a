/*
 * takeover.c - see takeover.h.
 */
#include "apps/takeover.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "apps/admin_place.h"
#include "base/buf.h"
#include "net/local.h"

enum { ANSWER_SIZE_MAX = 1024 * 1024 };

static void
complain(const char *why)
{
	(void)fprintf(stderr, "tarry: --take-over: %s\n", why);
}

/* The last line says whether it was done. */
static enum err
judge(struct str answer)
{
	json_t *end = NULL;
	const char *code;
	enum err err = ERR_NONE;

	while (answer.len > 0) {
		struct str line = str_cut(&answer, '\n');

		json_decref(end);
		end = json_loadb(line.data, line.len, 0, NULL);
	}
	code = json_string_value(json_object_get(end, "code"));
	if (code == NULL || strcmp(code, "ok") != 0) {
		code = json_string_value(json_object_get(end, "message"));
		complain(code != NULL ? code : "the old server did not answer");
		err = ERR_DENIED;
	}
	json_decref(end);
	return err;
}

static enum err
ask(const struct admin_place *place, const char *request,
    struct local_fds *out_fds)
{
	struct buf answer;
	int dir_fd;
	enum err err = admin_place_open(place, &dir_fd);

	if (err != ERR_NONE && errno == ENOENT)
		return ERR_ABSENT;
	if (err != ERR_NONE) {
		complain(strerror(errno));
		return err;
	}
	buf_init(&answer, ANSWER_SIZE_MAX);
	err = local_ask_fds(
	    dir_fd, ADMIN_PLACE_SOCKET, str_of(request), &answer, out_fds);
	(void)close(dir_fd);
	if (err == ERR_NONE)
		err = judge(buf_str(&answer));
	else if (err == ERR_CLOSED)
		err = ERR_ABSENT; /* it crashed, and left its socket */
	else if (err != ERR_ABSENT)
		complain(err == ERR_SYSTEM ? strerror(errno) : err_text(err));
	buf_done(&answer);
	return err;
}

/* What does not listen for us is closed. */
static void
keep(struct takeover *takeover, const struct local_fds *fds)
{
	for (size_t i = 0; i < fds->count; i++) {
		struct takeover_socket *at =
		    &takeover->sockets[takeover->count];

		at->fd = fds->items[i];
		if (listener_adopt(at->fd, &at->address) == ERR_NONE)
			takeover->count++;
		else
			(void)close(at->fd);
	}
}

enum err
takeover_find(const struct admin_place *place, struct takeover *out_takeover)
{
	struct takeover takeover = { .count = 0 };
	struct local_fds fds = { .count_max = TAKEOVER_COUNT_MAX };
	enum err err = ERR_MEMORY;

	takeover.sockets =
	    calloc(TAKEOVER_COUNT_MAX, sizeof(*takeover.sockets));
	fds.items = calloc(TAKEOVER_COUNT_MAX, sizeof(*fds.items));
	if (takeover.sockets == NULL || fds.items == NULL)
		complain(err_text(err));
	else
		err = ask(place, "{\"command\":\"sockets\"}\n", &fds);
	if (fds.count > 0)
		keep(&takeover, &fds);
	free(fds.items);
	if (err == ERR_NONE)
		*out_takeover = takeover;
	else
		takeover_done(&takeover);
	return err;
}

static uint16_t
port_of(const struct address *address)
{
	const struct sockaddr_in *in = (const void *)&address->storage;
	const struct sockaddr_in6 *in6 = (const void *)&address->storage;

	return ntohs(address->storage.ss_family == AF_INET6 ? in6->sin6_port
	                                                    : in->sin_port);
}

static bool
is_there(const struct address *wanted, const struct address *found)
{
	const struct sockaddr_in *a = (const void *)&wanted->storage;
	const struct sockaddr_in *b = (const void *)&found->storage;
	const struct sockaddr_in6 *a6 = (const void *)&wanted->storage;
	const struct sockaddr_in6 *b6 = (const void *)&found->storage;

	if (wanted->storage.ss_family != found->storage.ss_family ||
	    (port_of(wanted) != 0 && port_of(wanted) != port_of(found)))
		return false;
	if (wanted->storage.ss_family == AF_INET6)
		return memcmp(&a6->sin6_addr, &b6->sin6_addr,
		           sizeof(a6->sin6_addr)) == 0;
	return a->sin_addr.s_addr == b->sin_addr.s_addr;
}

int
takeover_take(struct takeover *takeover, struct address *address)
{
	for (size_t i = 0; i < takeover->count; i++) {
		struct takeover_socket *at = &takeover->sockets[i];
		int fd = at->fd;

		if (fd == -1 || !is_there(address, &at->address))
			continue;
		*address = at->address; /* with its port */
		at->fd = -1;
		return fd;
	}
	return -1;
}

enum err
takeover_retire(const struct admin_place *place)
{
	enum err err = ask(place, "{\"command\":\"retire\"}\n", NULL);

	/* It went by itself meanwhile. */
	return err == ERR_ABSENT ? ERR_NONE : err;
}

void
takeover_done(struct takeover *takeover)
{
	for (size_t i = 0; i < takeover->count; i++)
		if (takeover->sockets[i].fd != -1)
			(void)close(takeover->sockets[i].fd);
	free(takeover->sockets);
	*takeover = (struct takeover){ .count = 0 };
}
