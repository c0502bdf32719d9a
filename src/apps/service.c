/*
 * service.c - see service.h.
 */
#include "apps/service.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <systemd/sd-daemon.h>

static enum service_speech
speech_of(const char *name)
{
	if (strcmp(name, "https") == 0)
		return SERVICE_HTTPS;
	return strcmp(name, "http") == 0 ? SERVICE_HTTP : SERVICE_AS_CONFIGURED;
}

enum err
service_take_sockets(struct service_sockets *out_sockets)
{
	char **names = NULL;
	int count = sd_listen_fds_with_names(1, &names);

	*out_sockets = (struct service_sockets){ .count = 0 };
	for (int i = 0; i < count; i++) {
		if (i < SERVICE_SOCKET_COUNT_MAX)
			out_sockets->items[out_sockets->count++] =
			    (struct service_socket){ SD_LISTEN_FDS_START + i,
				    speech_of(names[i]) };
		free(names[i]);
	}
	free(names);
	return count > SERVICE_SOCKET_COUNT_MAX ? ERR_LIMIT : ERR_NONE;
}

/* Whether the manager heard it changes nothing for us. */
static void
tell(const char *state, const char *status)
{
	if (status == NULL)
		(void)sd_notify(0, state);
	else
		(void)sd_notifyf(0, "%s\nSTATUS=%s", state, status);
}

void
service_ready(const char *status)
{
	tell("READY=1", status);
}

void
service_reloading(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	(void)sd_notifyf(0,
	    "RELOADING=1\nMONOTONIC_USEC=%" PRId64
	    "\nSTATUS=Reading its configuration.",
	    (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

void
service_stopping(const char *status)
{
	tell("STOPPING=1", status);
}

int64_t
service_watchdog_ms(void)
{
	uint64_t patience_us;

	if (sd_watchdog_enabled(0, &patience_us) <= 0)
		return 0;
	return patience_us < 2000 ? 1 : (int64_t)(patience_us / 1000);
}

void
service_alive(void)
{
	tell("WATCHDOG=1", NULL);
}
