/*
 * registry_inside.h - what a registry is made of, for the files of src/op
 * only: everybody else reads registry.h.
 */
#ifndef REGISTRY_INSIDE_H
#define REGISTRY_INSIDE_H

#include "op/fair.h"
#include "op/op_index.h"
#include "op/op_list.h"
#include "op/operation_inside.h"
#include "op/registry.h"

struct registry {
	struct operation_home home;      /* its lock guards all that follows */
	struct registry_options options; /* never changes */
	struct op_index by_id;
	struct op_index by_fingerprint; /* of equal ones the newest */
	struct op_index by_key;         /* likewise */
	struct op_list live;            /* queued and running */
	struct op_list kept;            /* ended, in that order */

	/* The runner's. */
	struct fair fair;
	pthread_cond_t ready; /* there may be something to take */
	pthread_cond_t idle;  /* nothing is live */
	bool is_stopping;
	bool is_quitting;
	pthread_t threads[OPERATION_THREAD_COUNT_MAX];
	size_t thread_count;
};

/*
 * It has ended: from the live to the kept.  Returns a chain of those that had
 * to go for it, for registry_forget().  Locked.
 */
struct operation *registry_keep(
    struct registry *registry, struct operation *operation);

/* Not locked. */
void registry_forget(struct registry *registry, struct operation *chain);

/* One that has ended: to the kept, without an index.  Takes the reference. */
void registry_adopt(struct registry *registry, struct operation *operation);

/* Makes it findable, in the place of its equals.  ERR_MEMORY. */
enum err registry_index(
    struct registry *registry, struct operation *operation) MUST_CHECK;

#endif
