/*
 * service.h - what a manager of services (systemd) and a server tell each
 * other; all of it is nothing where there is no manager.
 *
 *	take (its sockets) -> ready -> (reloading -> ready) ... -> stopping
 *
 * While it serves: alive, more often than twice in service_watchdog_ms().
 */
#ifndef SERVICE_H
#define SERVICE_H

#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/err.h"

enum { SERVICE_SOCKET_COUNT_MAX = 16 };

/* FileDescriptorName= says what is spoken there. */
enum service_speech {
	SERVICE_AS_CONFIGURED, /* any other name */
	SERVICE_HTTP,
	SERVICE_HTTPS,
};

struct service_sockets {
	struct service_socket {
		int fd;
		enum service_speech speech;
	} items[SERVICE_SOCKET_COUNT_MAX];
	size_t count;
};

/*
 * Sockets that the manager opened for us; they are the caller's.  Once: after
 * it the environment tells of none.  ERR_LIMIT: there are more.
 */
enum err service_take_sockets(struct service_sockets *out_sockets) MUST_CHECK;

void service_ready(const char *status); /* in words, for its administrator */
void service_reloading(void);
void service_stopping(const char *status);

/* How long it bears to hear nothing; 0: for ever. */
int64_t service_watchdog_ms(void);
void service_alive(void);

#endif
