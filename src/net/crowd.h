/*
 * crowd.h - who is connected: how many in all, and how many from one address.
 *
 *	new -> enter -> leave ... -> free
 *
 * An address is one of IPv4, or a /64 of IPv6: that is what one subscriber
 * has.  Those of this machine are not limited, since proxies live there.
 * All functions may be called from any thread.
 */
#ifndef CROWD_H
#define CROWD_H

#include <stddef.h>
#include <stdint.h>

struct crowd;
struct crowd_guest; /* an address that has connections */
struct sockaddr;

struct crowd_options {
	size_t count_max;
	size_t count_each_max; /* 0: any number */
	uint64_t secrets[4];   /* random: nobody can choose his bucket */
};

enum crowd_verdict {
	CROWD_WELCOME,
	CROWD_FULL,         /* more than count_max */
	CROWD_FULL_OF_THEM, /* more than count_each_max of this address */
};

struct crowd *crowd_new(const struct crowd_options *options); /* NULL: memory */
void crowd_free(struct crowd *crowd); /* all have left; or NULL */

/*
 * The connection is counted in every case: leave must follow, also for one
 * that is turned away.  The guest is NULL where no address is counted.
 */
enum crowd_verdict crowd_enter(struct crowd *crowd,
    const struct sockaddr *address, struct crowd_guest **out_guest);
void crowd_leave(struct crowd *crowd, struct crowd_guest *guest);

size_t crowd_count(struct crowd *crowd);

/* As crowd_enter(), of the peer of a connected socket. */
enum crowd_verdict crowd_enter_peer(
    struct crowd *crowd, int fd, struct crowd_guest **out_guest);

#endif
