/*
 * gate_rig.h - a gate, what it stands before, and what it asks, for the tests.
 *
 * The verifier knows the password "right" and the token "good", which is
 * tom's; of "unsure" it cannot tell.
 */
#ifndef GATE_RIG_H
#define GATE_RIG_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "http/gate.h"

#define ANN_RIGHT "Basic YW5uOnJpZ2h0"
#define ANN_WRONG "Basic YW5uOndyb25n"
#define ANN_UNSURE "Basic YW5uOnVuc3VyZQ=="
#define TOKEN_GOOD "Bearer good"
#define TOKEN_BAD "Bearer bad"
#define BASIC "Basic realm=\"tarry\", charset=\"UTF-8\""
#define BEARER "Bearer realm=\"tarry\""

enum { T0 = 1000000, WALL_S = 5000, TOKEN_S = 100 };

struct gate_rig {
	struct gate_options options;
	struct gate *gate;
	struct handler handler;
	struct loop *loop;
	_Atomic int64_t now_ms;
	int64_t wall_s;
	atomic_int verify_count;
	atomic_int failure_count;
	char failure[128];
	sem_t entered; /* while is_slow: a verification has begun */
	sem_t go;      /* ... and may end */
	bool is_slow;
	int started, aborted, released;
	int waiting; /* for the loop */
};

struct gate_rig_visit {
	struct exchange *x;
	const char *method;
	const char *path;
	const char *authorization;
	const char *peer;
	const char *authority;
	const char *principal; /* of a certificate */
	bool is_plain;
	bool is_twice; /* the authorization */
};

extern struct gate_rig rig;

/* For cmocka. */
int gate_rig_set_up(void **state);
int gate_rig_tear_down(void **state);

void gate_rig_open(void); /* with rig.options */

void gate_rig_arrive(struct gate_rig_visit *visit);
void gate_rig_wait(void); /* until all have been let in or answered */

/* 0: it went through; else the status that it was answered with. */
int gate_rig_leave(struct gate_rig_visit *visit, const char *want_principal);

/* All three. */
int gate_rig_ask(struct gate_rig_visit visit, const char *want_principal);

#endif
