/*
 * recover.h - what a registry writes into its journal, and takes up from it
 * after a restart.  For the files of src/op only.
 */
#ifndef RECOVER_H
#define RECOVER_H

#include "base/check.h"
#include "base/err.h"
#include "op/operation.h"
#include "op/registry.h"

/* It is in this state now.  result NULL: it has none yet.  Not locked. */
void recover_note(struct registry *registry, const struct operation *operation,
    enum operation_state state, const struct operation_result *result);

/* Before anything else is asked of the registry. */
enum err recover_all(struct registry *registry) MUST_CHECK;

#endif
