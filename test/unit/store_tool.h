/*
 * store_tool.h - short words for tests of a store: C strings in and out, and a
 * failed assertion where a test expects no error.
 */
#ifndef STORE_TOOL_H
#define STORE_TOOL_H

#include "dav/store.h"

/* What a test gets in *state: the first member of its fixture. */
struct store_rig {
	struct store *store;
};

struct store *store_tool_of(void **state);

void store_tool_put(struct store *store, const char *path, const char *text);
enum err store_tool_try_put(
    struct store *store, const char *path, const char *text);
/* The content, "(collection)" or "(absent)"; until the next call. */
const char *store_tool_get(struct store *store, const char *path);
struct resource store_tool_look(struct store *store, const char *path);
enum err store_tool_look_err(struct store *store, const char *path);
void store_tool_mkcol(struct store *store, const char *path);
enum err store_tool_remove(struct store *store, const char *path);
enum err store_tool_copy(
    struct store *store, const char *source, const char *destination);
enum err store_tool_move(
    struct store *store, const char *source, const char *destination);

/*
 * /f, /c with /c/a and /c/d with /c/d/b, /old with /old/rest, /oldfile: things
 * to copy, and to copy onto.
 */
void store_tool_plant(struct store *store);

/* The members' names, sorted, each with a space behind; collections with a
 * slash; members with properties with a star.  Until the next call. */
const char *store_tool_list(struct store *store, const char *path);

/* One property in no namespace. */
void store_tool_set(
    struct store *store, const char *path, const char *name, const char *xml);
enum err store_tool_try_set(
    struct store *store, const char *path, const char *name, const char *xml);
/* "name=xml " for each, sorted; until the next call. */
const char *store_tool_props(struct store *store, const char *path);

void store_tool_lock(struct store *store, const char *token, const char *path);
/* "token@path " for each, sorted; until the next call. */
const char *store_tool_locks(struct store *store);

#endif
