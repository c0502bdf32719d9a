/*
 * vitals.h - what whoever looks after the server asks for.
 *
 *	/.tarry/health    is it well?  For everybody.
 *	/.tarry/metrics   how much of everything?  For those who may know.
 *
 * It is a handler before another one, to which it hands on the rest.  The
 * answers are made in the pool: so a health that is told in time says, too,
 * that the pool is not stuck.
 */
#ifndef VITALS_H
#define VITALS_H

#include "base/buf.h"
#include "http/exchange.h"

struct pool;

enum vitals_for {
	VITALS_FOR_NOBODY, /* 404 */
	VITALS_FOR_LOCAL,  /* this machine, without a proxy; or a principal */
	VITALS_FOR_ALL,
};

struct vitals {
	const struct handler *inner;
	struct pool *pool;
	enum vitals_for metrics_for;
	/* In the pool: may block. */
	const char *(*trouble)(void *context); /* NULL: it is well */
	void (*write)(void *context, struct buf *out);
	void *context;
};

/* The handler in front of inner; all of them outlive every exchange. */
struct handler vitals_handler(struct vitals *vitals);

#endif
