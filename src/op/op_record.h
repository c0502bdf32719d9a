/*
 * op_record.h - what a journal keeps of one operation, as octets.
 *
 * Written by one version and read by another: an unknown format is refused.
 */
#ifndef OP_RECORD_H
#define OP_RECORD_H

#include <stdint.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/err.h"
#include "base/str.h"
#include "op/operation.h"

struct op_record {
	struct str owner;
	struct str method;
	struct str source;
	struct str destination;
	struct str fingerprint;
	struct str payload;
	struct str key;
	enum operation_state state;
	bool is_interrupted;
	int64_t created_s;
	int64_t started_s;
	int64_t ended_s;
	struct progress_counts counts;
	struct progress_mark mark;
	int status; /* 0: there is no result */
	struct str fields;
	struct str body;
};

void op_record_write(struct buf *out, const struct op_record *record);

/* The texts are views of octets.  ERR_SYNTAX. */
enum err op_record_read(
    struct str octets, struct op_record *out_record) MUST_CHECK;

#endif
