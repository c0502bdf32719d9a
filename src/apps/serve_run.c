/*
 * serve_run.c - see serve_run.h.
 */
#include "apps/serve_run.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "apps/exit_code.h"
#include "apps/server.h"

enum { REFRESH_S = 2, URL_SIZE = 80 };

/* Idle connections need descriptors, and little else. */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit); /* fewer will do */
}

static void
write_url(const struct server *server, size_t index, char out[URL_SIZE])
{
	char name[64];

	listener_name(&server->addresses[index], name);
	(void)snprintf(out, URL_SIZE, "http%s://%s/",
	    server->is_tls[index] ? "s" : "", name);
}

static void
greet(const struct server *server)
{
	char flags[TLS_SELF_TEXT_SIZE + 32] = "";
	char url[URL_SIZE];

	for (size_t i = 0; i < server->address_count; i++) {
		write_url(server, i, url);
		(void)printf(
		    "Serving %s on %s\n", server->options->directory, url);
	}
	write_url(server, 0, url);
	if (server->is_tls[0] && server->options->tls.is_self_signed) {
		(void)printf("\nThe certificate is for this run only; its "
		             "SHA-256 fingerprint is\n  %s\n",
		    server->tls.self.fingerprint);
		(void)snprintf(flags, sizeof(flags), "-k --pinnedpubkey '%s' ",
		    server->tls.self.pin);
	}
	(void)printf("\nTry:\n"
	             "  curl %s-T /etc/hostname %shello.txt\n"
	             "  curl %s-X PROPFIND -H 'Depth: 1' %s\n"
	             "  curl %s-v -X COPY -H 'Prefer: processing' "
	             "-H 'Destination: /copy' %smany\n\n",
	    flags, url, flags, url, flags, url);
	(void)fflush(stdout);
}

/* Until somebody wants it to end. */
static void
wait_for_end(struct server *server, const sigset_t *signals)
{
	static const struct timespec refresh = { .tv_sec = REFRESH_S };

	for (;;) {
		int signal = sigtimedwait(signals, NULL, &refresh);

		if (signal == SIGHUP)
			server_refresh(server, SERVER_TLS_NOW);
		else if (signal == -1)
			server_refresh(server, SERVER_TLS_IF_STALE);
		else
			return;
	}
}

int
serve_run(const struct server_options *options)
{
	struct server server;
	sigset_t signals;
	enum err err;

	/* Before the first thread: all of them leave these to this one. */
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGHUP);
	(void)sigaddset(&signals, SIGPIPE);
	(void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
	(void)sigdelset(&signals, SIGPIPE);
	raise_descriptor_limit();
	err = server_open(&server, options);
	if (err == ERR_NONE)
		err = server_start(&server);
	if (err == ERR_NONE) {
		greet(&server);
		wait_for_end(&server, &signals);
		/* A second signal ends it at once, with the default action. */
		(void)sigdelset(&signals, SIGHUP);
		(void)pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
	}
	if (!server_stop(&server))
		_exit(0);
	server_close(&server);
	return err == ERR_NONE ? EXIT_CODE_DONE : EXIT_CODE_FAILED;
}
