/*
 * lock_judge.h - whether the locks in a tree let a change go ahead; for lock.c
 * alone, which holds the mutex and has taken out what has expired.
 */
#ifndef LOCK_JUDGE_H
#define LOCK_JUDGE_H

#include "base/check.h"
#include "base/err.h"
#include "dav/lock.h"
#include "dav/lock_place.h"

/* As lock_check of lock.h. */
enum err lock_judge(
    const struct lock_tree *tree, const struct lock_query *query) MUST_CHECK;

#endif
