/*
 * gate.h - who asks: the handler that stands before another, which then sees
 * only requests of whom it may know.
 *
 *	new -> handler -> (requests) -> free
 *
 *	a certificate named the peer      ->  it goes through
 *	a name that could be anybody's    ->  421, if it matters (see below)
 *	no Authorization                  ->  anonymous, if that is allowed
 *	it was right two minutes ago      ->  it goes through
 *	too many failures before          ->  429
 *	else                              ->  verified in a pool, then through
 *	wrong, or nobody may be anonymous ->  401, or 403 where no 401 can help
 *
 * A 401 comes before any 100.  Over plain text only a peer on this machine may
 * show credentials: to others not even a challenge is sent, which would only
 * make them send a password.  While the same credentials are verified for the
 * same peer, those who come later wait for that.
 *
 * GATE_OPEN_PATH can be read by anybody; who may read GATE_JUDGED_PATH the
 * inner handler decides, also for whoever shows no credentials.
 */
#ifndef GATE_H
#define GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "http/exchange.h"

struct gate;
struct pool;

#define GATE_OPEN_PATH "/.tarry/health"
#define GATE_JUDGED_PATH "/.tarry/metrics"

enum { GATE_SECRET_SIZE = 32 };

enum gate_anonymous {
	GATE_ANONYMOUS_NONE,
	GATE_ANONYMOUS_READ, /* what changes nothing */
	GATE_ANONYMOUS_WRITE,
	/*
	 * As WRITE, to who asks for this machine by an address or a name that
	 * is its own: any other may be that of a web page, whose owner lets it
	 * lead here so that browsers take us for a part of it.  Else 421.
	 */
	GATE_ANONYMOUS_NEAR,
};

struct gate_verdict {
	char name[PRINCIPAL_SIZE_MAX]; /* whose they are */
	size_t name_size;              /* at least 1 */
	int64_t until_wall_s;          /* they are good until then */
	const char *why;               /* for the log; set when it fails, too */
};

/*
 * Called in the pool, several at once.  ERR_DENIED: they are wrong; any other:
 * nobody can tell now.  NULL: not for this kind.
 */
struct gate_verifier {
	enum err (*password)(void *context, struct str name,
	    struct str password, struct gate_verdict *out_verdict);
	enum err (*token)(
	    void *context, struct str token, struct gate_verdict *out_verdict);
	void *context;
};

/* Somebody was wrong; for the log. */
struct gate_failure {
	struct str name; /* data is NULL: it was a token */
	struct str peer;
	const char *why; /* or NULL */
};

struct gate_options {
	struct handler inner;
	struct gate_verifier verifier;
	struct pool *pool; /* its own: a verification takes a while */
	enum gate_anonymous anonymous;
	bool trusts_plain_text; /* credentials may come over it */

	/* On any thread; they get context. */
	void (*failed)(void *context, const struct gate_failure *failure);
	int64_t (*now_ms)(void *context);
	int64_t (*wall_s)(void *context);
	void *context;

	bool (*changes_nothing)(struct str method);
	unsigned char secret[GATE_SECRET_SIZE]; /* random */
};

enum err gate_new(
    const struct gate_options *options, struct gate **out_gate) MUST_CHECK;

/* No exchange is there any more, and the pool was freed.  May be NULL. */
void gate_free(struct gate *gate);

struct handler gate_handler(struct gate *gate);

/*
 * How the peer of such a request can say who it is: the fields of a 401 that
 * the inner handler gives to nobody.  False: there is no way.  out_response
 * may be NULL, to ask only that.  Any thread.
 */
bool gate_challenge(const struct gate *gate, const struct request *request,
    struct response *out_response);

/* What was verified must be verified again.  Any thread. */
void gate_forget(struct gate *gate);

#endif
