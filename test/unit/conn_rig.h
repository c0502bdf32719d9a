/*
 * conn_rig.h - one connection over 127.0.0.1, from the peer's side.
 *
 *	init -> open -> say, hear ... -> done
 *
 * The loop has a thread of its own; the test is the peer, and waits for
 * octets, never for time.
 */
#ifndef CONN_RIG_H
#define CONN_RIG_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "net/conn.h"
#include "net/loop.h"

struct stream;

/* What the protocol does with octets that arrive. */
enum conn_rig_act {
	CONN_RIG_ECHO,
	CONN_RIG_RESPOND, /* sends head, body and file once, then is over */
	CONN_RIG_REFUSE,  /* attach returns NULL */
};

/* A protocol, the loop it is on, and the peer's end. */
struct conn_rig {
	enum conn_rig_act act;
	struct buf out; /* head or echo */
	struct str body;
	int file_fd; /* -1: none */
	uint64_t file_offset;
	uint64_t file_size;
	int64_t wake_ms;  /* after this it is over; 0: never */
	size_t input_max; /* it wants no more until it is kicked */
	int64_t open_ms;
	struct stream *(*stream_new)(int fd); /* plain, unless set */

	/* On the loop's thread until it has ended. */
	size_t sent_size, input_size;
	unsigned attached, ended, stopped, freed, closed, ticked;
	bool is_over;
	struct conn_peer peer; /* as the protocol saw it */
	int64_t due_ms;
	struct timespec cpu; /* of the thread, at its end */

	struct loop *loop;
	struct conn *conn;
	pthread_t thread;
	struct loop_post post;
	int server_fd;
	int fd;
};

void conn_rig_init(struct conn_rig *rig, enum conn_rig_act act);
void conn_rig_open(struct conn_rig *rig);

/* Waits until the connection is gone. */
void conn_rig_done(struct conn_rig *rig);

/* To be posted by a test of its own: makes the connection. */
void conn_rig_on_open(struct loop_post *post);

void conn_rig_say(const struct conn_rig *rig, const char *text);
void conn_rig_hear_text(const struct conn_rig *rig, const char *text);

/* Reads until the peer's side ends. */
size_t conn_rig_hear(const struct conn_rig *rig, char *out, size_t size_max);

#endif
