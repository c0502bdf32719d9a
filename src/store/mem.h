/*
 * mem.h - a store in memory, gone with its free(): for tests, and to show how
 * little a store is.
 *
 * The tree is one list of resources with their whole paths; content lies in
 * memfds, so that open() gives a descriptor like any other.  One mutex.
 */
#ifndef MEM_H
#define MEM_H

struct store;

struct store *mem_new(void); /* NULL: no memory */

#endif
