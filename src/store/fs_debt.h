/*
 * fs_debt.h - journal entries that could not be ended when their time came.
 *
 * The names are as such an entry says, but the database was full or the disk
 * failed, so that properties and locks could not follow.  They do before the
 * next change of the store, or at the next start.  (Were an entry left alone
 * until then, it would speak of names that have got another meaning.)
 */
#ifndef FS_DEBT_H
#define FS_DEBT_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/meta_journal.h"

struct fs;

/* More than there are threads that change something at one time. */
enum { FS_DEBT_COUNT_MAX = 1024 };

struct fs_debts {
	pthread_mutex_t mutex; /* guards all below */
	atomic_size_t count;   /* may be read without it */
	struct {
		int64_t id;
		enum meta_outcome outcome;
	} items[FS_DEBT_COUNT_MAX];
};

void fs_debt_init(struct fs_debts *debts);
void fs_debt_done(struct fs_debts *debts);

/* Ends the entry, or notes that it is to be ended. */
void fs_debt_end(
    struct fs *fs, const struct meta_entry *entry, enum meta_outcome outcome);

/* Before a change: an error says that it cannot begin. */
enum err fs_debt_pay(struct fs *fs) MUST_CHECK;

#endif
