/*
 * admin.c - see admin.h.
 */
#include "apps/admin.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "apps/admin_answer.h"
#include "apps/sockets.h"
#include "base/limits.h"
#include "http/date.h"
#include "net/local.h"

struct admin {
	struct admin_options options;
	struct local *local;
};

/* One request, as the context of its answer. */
struct talk {
	const struct admin *admin;
	struct local_peer *peer;
	int64_t wall_s;
};

bool
admin_allows(uid_t asker, uid_t runner)
{
	return asker == runner || asker == 0;
}

static bool
send_line(void *context, struct str line)
{
	const struct talk *talk = context;

	return local_send(talk->peer, line);
}

static void
say(void *context, struct str what)
{
	const struct talk *talk = context;
	char time[DATE_ISO_SIZE];

	date_format_iso(talk->wall_s, time);
	(void)fprintf(stderr, "tarry: %s administrator (uid %u) %.*s\n", time,
	    (unsigned)local_uid(talk->peer), STR_ARG(what));
}

static bool
send_sockets(void *context)
{
	const struct talk *talk = context;
	struct sockets *sockets = talk->admin->options.sockets;
	int fd;

	for (size_t i = 0; sockets_at(sockets, i, &fd) == ERR_NONE; i++) {
		bool is_sent = local_send_fd(talk->peer, str_of("{}\n"), fd);

		(void)close(fd); /* the peer has its own */
		if (!is_sent)
			return false;
	}
	return true;
}

/* The main thread waits for it. */
static void
retire(void *context)
{
	const struct talk *talk = context;

	if (atomic_exchange(talk->admin->options.is_leaving, true))
		return;
	say(context, str_of("let another server follow this one"));
	(void)kill(getpid(), ADMIN_RETIRE_SIGNAL);
}

static void
ask(void *context, struct local_peer *peer, struct str request)
{
	const struct admin *admin = context;
	const struct admin_options *options = &admin->options;
	struct talk talk = {
		.admin = admin,
		.peer = peer,
		.wall_s = options->wall_s(options->context),
	};
	const struct admin_answer answer = {
		.registry = options->registry,
		.locks = options->locks,
		.wall_s = talk.wall_s,
		.send = send_line,
		.send_sockets = send_sockets,
		.retire = retire,
		.note = say,
		.context = &talk,
	};

	if (admin_allows(local_uid(peer), geteuid()))
		admin_answer_give(&answer, request);
	else
		admin_answer_refuse(&answer);
}

enum err
admin_start(const struct admin_options *options, struct admin **out_admin)
{
	struct admin *admin = malloc(sizeof(*admin));
	struct local_options local = {
		.name = ADMIN_PLACE_SOCKET,
		.exchange_ms_max = LOCAL_EXCHANGE_MS_MAX,
		.ask = ask,
		.context = admin,
	};
	enum err err;
	int saved;

	if (admin == NULL)
		return ERR_MEMORY;
	*admin = (struct admin){ .options = *options };
	err = admin_place_open(&options->place, &local.dir_fd);
	if (err == ERR_NONE)
		err = local_listen(&local, &admin->local);
	if (err != ERR_NONE) {
		saved = errno;
		free(admin);
		errno = saved;
		return err;
	}
	*out_admin = admin;
	return ERR_NONE;
}

void
admin_stop(struct admin *admin)
{
	if (admin == NULL)
		return;
	local_stop(admin->local);
	free(admin);
}
