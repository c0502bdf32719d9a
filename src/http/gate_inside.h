/*
 * gate_inside.h - the parts of a gate, for src/http/gate*.c alone.
 *
 * gate.c        what is decided on the loop, and answered
 * gate_check.c  verifications in the pool, and who waits for them
 * gate_cache.c  what was right a moment ago
 */
#ifndef GATE_INSIDE_H
#define GATE_INSIDE_H

#include <pthread.h>

#include "http/credentials.h"
#include "http/gate.h"
#include "http/gate_cache.h"
#include "http/throttle.h"

enum { GATE_VISIT_MAGIC = 0x56495354 };

struct gate_check; /* a verification under way */

struct gate {
	struct gate_options options;
	struct gate_cache cache;
	struct throttle throttle;
	pthread_mutex_t mutex; /* guards what follows */
	struct gate_check *checks;
	size_t check_count;
};

enum gate_visit_state {
	GATE_VISIT_CHECKED,  /* its credentials are being verified */
	GATE_VISIT_ANSWERED, /* by the gate */
	GATE_VISIT_INSIDE,   /* the inner handler has it */
};

/* One exchange at the gate; in its arena. */
struct gate_visit {
	unsigned magic;
	enum gate_visit_state state;
	struct gate *gate;
	struct exchange *x;
	bool is_gone; /* the peer, while it was verified */
	struct credentials credentials;
	unsigned char digest[GATE_DIGEST_SIZE];
	char name[PRINCIPAL_SIZE_MAX];
	size_t name_size;

	/* While CHECKED. */
	enum err err; /* ERR_NONE: name is there */
	struct loop_post post;
	struct gate_visit *next;
};

/* Digests and hashes under the gate's secret. */
void gate_check_digest(struct gate_visit *visit, struct str authorization);

enum gate_check_start {
	GATE_CHECK_STARTED, /* visit->post will run on its loop */
	GATE_CHECK_LATER,   /* too many failures: after *out_wait_ms */
	GATE_CHECK_FULL,    /* too many wait, or there is no memory */
};
enum gate_check_start gate_check_join(
    struct gate_visit *visit, int64_t *out_wait_ms);

#endif
