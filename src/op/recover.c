/*
 * recover.c - see recover.h.
 *
 * What was not finished when the server ended has an end now: the store has
 * undone it, or finished it if it was committing, before we are asked.
 */
#include "op/recover.h"

#include "op/journal.h"
#include "op/op_record.h"
#include "op/registry_inside.h"

enum {
	RECORD_SIZE_MAX = OPERATION_RESULT_SIZE_MAX + HEAD_SIZE_MAX +
	                  OPERATION_SPEC_SIZE_MAX + 1024,
	AGE_S_MAX =
	    3600 * 24 * 366, /* a clock that was set must not overflow */
};

static void
fill(struct op_record *record, const struct operation *operation)
{
	*record = (struct op_record){
		.owner = operation->owner,
		.method = operation->method,
		.source = operation->source,
		.destination = operation->destination,
		.fingerprint = operation->fingerprint,
		.payload = operation->payload,
		.key = operation->key,
		.is_interrupted = operation->is_interrupted,
		.created_s = operation->created_s,
		.started_s = operation->started_s,
	};
	progress_read(operation->progress, &record->counts);
	record->mark = progress_mark(operation->progress);
}

void
recover_note(struct registry *registry, const struct operation *operation,
    enum operation_state state, const struct operation_result *result)
{
	const struct journal *journal = registry->options.journal;
	const struct operation_home *home = &registry->home;
	struct op_record record;
	struct buf octets;

	if (journal == NULL)
		return;
	fill(&record, operation);
	record.state = state;
	if (result != NULL) {
		record.ended_s = operation->ended_s != 0
		                     ? operation->ended_s
		                     : home->wall_s(home->context);
		record.status = result->status;
		record.fields = buf_str(&result->fields);
		record.body = buf_str(&result->body);
	}
	buf_init(&octets, RECORD_SIZE_MAX);
	op_record_write(&octets, &record);
	if (octets.err == ERR_NONE) /* a lost record is only that */
		(void)journal->put(journal->context, operation_id(operation),
		    buf_str(&octets));
	buf_done(&octets);
}

static bool
read_id(struct str id, unsigned char *out_octets)
{
	if (id.len != OPERATION_ID_SIZE)
		return false;
	for (size_t i = 0; i < id.len; i++) {
		char c = id.data[i];
		int digit = c >= '0' && c <= '9'   ? c - '0'
		            : c >= 'a' && c <= 'f' ? c - 'a' + 10
		                                   : -1;

		if (digit < 0)
			return false;
		out_octets[i / 2] =
		    (unsigned char)(i % 2 == 0 ? digit << 4
		                               : out_octets[i / 2] | digit);
	}
	return true;
}

static int64_t
clamp(int64_t value, int64_t max)
{
	if (value < 0)
		return 0;
	return value < max ? value : max;
}

static void
answer_interrupted(struct registry *registry, struct operation *operation,
    const struct op_record *record, struct operation_result *result)
{
	const struct registry_options *options = &registry->options;
	struct operation_snapshot was;

	operation->is_interrupted = true;
	operation_look_locked(operation, &was);
	was.state = record->state;
	if (record->state == OPERATION_COMMITTING) {
		result->outcome = OPERATION_DONE;
		result->status = OPERATION_STATUS_COMMITTED;
	} else {
		result->outcome = OPERATION_FAILED;
		result->status = OPERATION_STATUS_CANCELLED;
	}
	if (options->interrupted != NULL)
		options->interrupted(options->context, &was, result);
}

static void
set_times(struct operation *operation, const struct op_record *record,
    int64_t now_s, int64_t ended_s)
{
	int64_t age_s = clamp(now_s - ended_s, AGE_S_MAX);
	int64_t running_s = clamp(ended_s - record->started_s, AGE_S_MAX);

	operation->created_s = record->created_s;
	operation->started_s = record->started_s;
	operation->ended_s = ended_s;
	operation->ended_ms -= age_s * 1000;
	operation->started_ms = operation->ended_ms - running_s * 1000;
}

/* Lives its life again, up to the end that the record tells. */
static void
relive(struct registry *registry, struct operation *operation,
    const struct op_record *record)
{
	const struct operation_home *home = &registry->home;
	bool is_final = operation_state_is_final(record->state);
	int64_t now_s = home->wall_s(home->context);
	struct operation_result result;

	progress_restore(operation->progress, &record->counts, &record->mark);
	operation->phase = PHASE_TAKEN;
	operation_result_init(&result, record->state);
	if (is_final) {
		operation->is_interrupted = record->is_interrupted;
		result.status = record->status;
		buf_add_str(&result.fields, record->fields);
		buf_add_str(&result.body, record->body);
	} else {
		answer_interrupted(registry, operation, record, &result);
	}
	operation_result_seal(&result);
	if (result.outcome == OPERATION_DONE)
		operation_start(operation);
	operation_end(operation, &result);
	set_times(operation, record, now_s, is_final ? record->ended_s : now_s);
}

static void
no_run(void *context, struct operation *operation,
    struct operation_result *out_result)
{
	(void)context;
	(void)operation;
	(void)out_result;
	UNREACHABLE("it has ended before");
}

static void
no_free(void *context)
{
	(void)context;
}

/* A record that cannot be read is passed over. */
static enum err
recover_one(void *seer, struct str id, struct str octets)
{
	static const struct operation_work no_work = { .run = no_run,
		.free = no_free };
	struct registry *registry = seer;
	unsigned char random[OPERATION_ID_SIZE / 2];
	struct operation *operation;
	struct op_record record;
	struct operation_spec spec;
	enum err err;

	if (!read_id(id, random) || op_record_read(octets, &record) != ERR_NONE)
		return ERR_NONE;
	spec = (struct operation_spec){
		.owner = record.owner,
		.method = record.method,
		.source = record.source,
		.destination = record.destination,
		.fingerprint = record.fingerprint,
		.payload = record.payload,
		.key = record.key,
	};
	err =
	    operation_new(&registry->home, &spec, &no_work, random, &operation);
	if (err != ERR_NONE)
		return err;
	operation_work_free(operation);
	relive(registry, operation, &record);
	registry_adopt(registry, operation);
	return ERR_NONE;
}

enum err
recover_all(struct registry *registry)
{
	const struct journal *journal = registry->options.journal;
	struct operation *operation;
	enum err err;

	if (journal == NULL)
		return ERR_NONE;
	err = journal->each(journal->context, recover_one, registry);
	if (err != ERR_NONE)
		return err;
	/* In the order of their ends, so that the newest is found. */
	for (operation = registry->kept.first; operation != NULL;
	     operation = operation->next) {
		err = registry_index(registry, operation);
		if (err != ERR_NONE)
			return err;
		if (operation->is_interrupted)
			recover_note(registry, operation, operation->state,
			    &operation->result);
	}
	registry_sweep(registry);
	return ERR_NONE;
}
