/*
 * runner.h - the threads of a registry, and the way of an operation through
 * claim, queue and thread to its end.  For the files of src/op only.
 *
 *	asking -> claiming -> ready -> taken: run, or refused
 *	             +--> withdrawing -> refused, also when it is too late
 */
#ifndef RUNNER_H
#define RUNNER_H

#include "base/check.h"
#include "base/err.h"
#include "op/registry.h"

struct timespec;

/* ERR_SYSTEM: not all threads could be started. */
enum err runner_start(struct registry *registry) MUST_CHECK;

/* A new operation, of which the caller holds a reference, sets out. */
void runner_ask(struct registry *registry, struct operation *operation);
void runner_cancel(struct registry *registry, struct operation *operation);
void runner_abandon(struct registry *registry, struct operation *operation);
void runner_drain(struct registry *registry, const struct timespec *until);
void runner_stop(struct registry *registry, enum registry_stop how);

#endif
