/*
 * target.h - the resource that a request is about, as the store has it now.
 *
 * Each function answers, and returns STEP_ANSWERED, where the request cannot
 * go on; so a method's check reads as the list of what it demands.
 */
#ifndef TARGET_H
#define TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "dav/call.h"
#include "dav/store.h"

struct target {
	bool exists;
	struct resource resource; /* valid if it exists */
};

/* What is at path, or nothing. */
enum step target_look(
    struct call *call, struct str path, struct target *out_target);

/* The resource at call->path; 404 if there is none. */
enum step target_demand(struct call *call, struct target *out_target);

/* 409 where no collection could hold a resource of that path. */
enum step target_demand_parent(struct call *call, struct str path);

/* 507 where so many octets more do not fit, as far as the store knows. */
enum step target_demand_space(
    struct call *call, struct str path, uint64_t size);

/* For prepare_conditions(): NULL if it does not exist. */
const struct resource *target_resource(const struct target *target);

/*
 * The tree at path was removed, or replaced: the locks rooted in it go with
 * it, except those of members that could not be removed.
 */
void target_tree_gone(struct call *call, struct str path);

/* Nanoseconds since 1970 as whole seconds, also before 1970. */
int64_t target_seconds(int64_t ns);

#endif
