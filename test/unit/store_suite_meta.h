/*
 * store_suite_meta.h - the part of store_suite.h that is about properties and
 * locks.
 */
#ifndef STORE_SUITE_META_H
#define STORE_SUITE_META_H

int store_suite_meta_run(const char *name, int (*setup)(void **state),
    int (*teardown)(void **state));

#endif
