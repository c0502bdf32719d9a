/*
 * undertaking.h - a call that has left its connection: the work of an
 * operation.
 *
 * It has a copy of the request and a response of its own, so that whoever
 * asked can go, or be answered 202, while it runs.
 */
#ifndef UNDERTAKING_H
#define UNDERTAKING_H

#include "base/check.h"
#include "base/err.h"
#include "op/operation.h"

struct call;
struct dispatch;
struct response;

/*
 * The work that does what the call asks, for registry_submit(), which takes it
 * over.  The call was checked.  ERR_MEMORY, ERR_LIMIT.
 */
enum err undertaking_new(const struct call *call, struct dispatch *dispatch,
    struct operation_work *out_work) MUST_CHECK;

/* The result of an operation becomes a response, octet for octet. */
void undertaking_replay(
    const struct operation_result *result, struct response *response);

#endif
