/*
 * serve_run.c - see serve_run.h.
 */
#include "apps/serve_run.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "apps/admin.h"
#include "apps/confine.h"
#include "apps/exit_code.h"
#include "apps/serve.h"
#include "apps/serve_check.h"
#include "apps/serve_greet.h"
#include "apps/service.h"

enum { REFRESH_S = 2, STATUS_SIZE = 512 };

struct run {
	const struct serve_arguments *arguments;
	struct serve_settings *first;  /* what waits for a restart is as here */
	struct serve_settings *latest; /* that were right; maybe the first */
	struct server server;
};

/* The options that SIGHUP puts into effect: see server_reload(). */
static const char *const reloaded[] = {
	"access-log",
	"rule",
	"tls-cert",
	"tls-client-auth",
	"tls-client-ca",
	"tls-key",
};

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

static bool
is_reloaded(const struct option *option)
{
	for (size_t i = 0; i < sizeof(reloaded) / sizeof(reloaded[0]); i++)
		if (str_is(options_name(option), reloaded[i]))
			return true;
	return false;
}

static void
tell_what_waits(const struct run *run)
{
	const struct option_set *set = &run->latest->set;
	char place[OPTION_PLACE_SIZE];

	for (const struct option *at = set->table; at->name != NULL; at++) {
		if (is_reloaded(at) ||
		    options_are_equal(at, run->first, run->latest))
			continue;
		options_place(set, at, 0, place);
		(void)fprintf(stderr,
		    "tarry: %s: this change waits for a restart\n", place);
	}
}

/* NULL: something is wrong, which was said. */
static struct serve_settings *
read_right_settings(const struct run *run)
{
	struct serve_settings *settings;

	if (serve_settings_new(run->arguments, &settings) != ERR_NONE) {
		/* Perhaps since the file itself is a new one. */
		(void)confine_check(&run->first->server);
		return NULL;
	}
	settings->server.config = settings->config;
	if (confine_check(&settings->server) == ERR_NONE &&
	    serve_check(settings, SERVE_CHECK_ALL) == EXIT_CODE_DONE)
		return settings;
	serve_settings_free(settings);
	return NULL;
}

static void
reload(struct run *run)
{
	struct serve_settings *fresh;

	service_reloading();
	fresh = read_right_settings(run);
	if (fresh == NULL ||
	    server_reload(&run->server, &fresh->server) != ERR_NONE) {
		serve_settings_free(fresh);
		(void)fprintf(
		    stderr, "tarry: the old configuration stays in use\n");
		return;
	}
	if (run->latest != run->first)
		serve_settings_free(run->latest);
	run->latest = fresh;
	(void)fprintf(stderr, "tarry: the configuration was read again\n");
	tell_what_waits(run);
}

static void
tell_ready(const struct run *run)
{
	char status[STATUS_SIZE];
	char url[SERVE_GREET_URL_SIZE];

	serve_greet_url(&run->server, 0, url);
	(void)snprintf(status, sizeof(status), "Serving %s on %s%s",
	    run->server.options->directory, url,
	    run->server.address_count > 1 ? ", and elsewhere" : "");
	service_ready(status);
}

/* From one look at files and loops to the next. */
static struct timespec
pause_of(int64_t watchdog_ms)
{
	int64_t pause_ms = REFRESH_S * 1000;

	if (watchdog_ms > 0 && watchdog_ms / 3 < pause_ms)
		pause_ms = watchdog_ms / 3;
	return (struct timespec){
		.tv_sec = pause_ms / 1000,
		.tv_nsec = pause_ms % 1000 * 1000000,
	};
}

/* Until somebody wants it to end. */
static void
wait_for_end(struct run *run, const sigset_t *signals)
{
	const int64_t watchdog_ms = service_watchdog_ms();
	const struct timespec pause = pause_of(watchdog_ms);

	for (;;) {
		int signal = sigtimedwait(signals, NULL, &pause);

		if (signal == SIGHUP) {
			reload(run);
			tell_ready(run);
		} else if (signal != -1) {
			return;
		}
		server_refresh(&run->server);
		if (watchdog_ms > 0 && server_is_alive(&run->server))
			service_alive();
	}
}

/* Before the first thread: all of them leave these to this one. */
static void
block_signals(sigset_t *out_signals)
{
	(void)sigemptyset(out_signals);
	(void)sigaddset(out_signals, SIGINT);
	(void)sigaddset(out_signals, SIGTERM);
	(void)sigaddset(out_signals, SIGHUP);
	(void)sigaddset(out_signals, ADMIN_RETIRE_SIGNAL);
	(void)sigaddset(out_signals, SIGPIPE);
	(void)pthread_sigmask(SIG_BLOCK, out_signals, NULL);
	(void)sigdelset(out_signals, SIGPIPE);
}

int
serve_run(
    const struct serve_arguments *arguments, struct serve_settings *settings)
{
	struct run run = {
		.arguments = arguments,
		.first = settings,
		.latest = settings,
	};
	sigset_t signals;
	enum err err;

	block_signals(&signals);
	raise_descriptor_limit();
	settings->server.config = settings->config;
	err = server_open(&run.server, &settings->server);
	if (err == ERR_NONE)
		err = server_start(&run.server);
	if (err == ERR_NONE) {
		serve_greet(&run.server);
		if (settings->server.try_open != NULL)
			server_try(&run.server);
		tell_ready(&run);
		wait_for_end(&run, &signals);
		service_stopping("Waiting for what still runs.");
		/* A second signal ends it at once, with the default action. */
		(void)sigdelset(&signals, SIGHUP);
		(void)sigdelset(&signals, ADMIN_RETIRE_SIGNAL);
		(void)pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
	}
	if (!server_stop(&run.server))
		_exit(0);
	server_close(&run.server);
	if (run.latest != run.first)
		serve_settings_free(run.latest);
	serve_settings_free(run.first);
	return err == ERR_NONE ? EXIT_CODE_DONE : EXIT_CODE_FAILED;
}
