/*
 * fs_debt.c - see fs_debt.h.
 */
#include "store/fs_debt.h"

#include "store/fs_state.h"

void
fs_debt_init(struct fs_debts *debts)
{
	CHECK(pthread_mutex_init(&debts->mutex, NULL) == 0);
	atomic_init(&debts->count, 0);
}

void
fs_debt_done(struct fs_debts *debts)
{
	(void)pthread_mutex_destroy(&debts->mutex); /* nobody has it */
}

void
fs_debt_end(
    struct fs *fs, const struct meta_entry *entry, enum meta_outcome outcome)
{
	struct fs_debts *debts = &fs->debts;
	size_t count;

	if (meta_journal_end(fs->meta, entry, outcome) == ERR_NONE)
		return;
	CHECK(entry->id != 0);
	(void)pthread_mutex_lock(&debts->mutex);
	count = atomic_load(&debts->count);
	CHECK(count < FS_DEBT_COUNT_MAX);
	debts->items[count].id = entry->id;
	debts->items[count].outcome = outcome;
	atomic_store(&debts->count, count + 1);
	(void)pthread_mutex_unlock(&debts->mutex);
}

enum err
fs_debt_pay(struct fs *fs)
{
	struct fs_debts *debts = &fs->debts;
	enum err err = ERR_NONE;
	size_t count;

	if (atomic_load(&debts->count) == 0)
		return ERR_NONE;
	(void)pthread_mutex_lock(&debts->mutex);
	/* No two of them are about the same names: any order will do. */
	while ((count = atomic_load(&debts->count)) > 0) {
		err = meta_journal_settle(fs->meta, debts->items[count - 1].id,
		    debts->items[count - 1].outcome);
		if (err != ERR_NONE)
			break;
		atomic_store(&debts->count, count - 1);
	}
	(void)pthread_mutex_unlock(&debts->mutex);
	return err;
}
