/*
 * store_suite.h - what dav/store.h promises, asked of any store.
 */
#ifndef STORE_SUITE_H
#define STORE_SUITE_H

/*
 * Runs all tests, each with a fixture of its own whose first member is a
 * struct store_rig with an empty store.  As cmocka_run_group_tests().
 */
int store_suite_run(const char *name, int (*setup)(void **state),
    int (*teardown)(void **state));

#endif
