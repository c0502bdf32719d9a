/*
 * admin_answer.h - what the administrator may ask of a running server, and
 * what is answered.
 *
 * A request is one line with a JSON object:
 *
 *	{"command":"ops"}                  those that have not ended
 *	{"command":"ops","ended":true}     all of them
 *	{"command":"ops","id":"0f..."}     that one
 *	{"command":"cancel","id":"0f..."}
 *	{"command":"locks"}
 *	{"command":"unlock","token":"urn:uuid:..."}
 *	{"command":"unlock","path":"/a%20b"}   all that are rooted there
 *	{"command":"sockets"}              a row {} with each, as a descriptor
 *	{"command":"retire"}               as SIGTERM
 *
 * The answer is one line for each operation or lock it is about, as it is then
 * (of a lock that was taken away: as it was), and a last one:
 *
 *	{"end":true,"code":"ok","message":"","omitted":12}
 *
 * code is one of ok, failed, bad-request, not-found, refused; message says
 * why, for a person; omitted counts the operations that "ops" left out because
 * they have ended.  An operation is as in op/op_json.h; a lock is
 *
 *	{ "token": "urn:uuid:...", "path": "/a%20b", "depth": "infinity",
 *	  "scope": "exclusive", "owner": "<D:href>ann</D:href>",
 *	  "principal": "ann", "timeout_s": 600, "left_s": 412 }
 */
#ifndef ADMIN_ANSWER_H
#define ADMIN_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct lock_table;
struct registry;

struct admin_answer {
	struct registry *registry;
	struct lock_table *locks;
	int64_t wall_s;

	/* Takes one line, with its line feed.  False: nobody listens. */
	bool (*send)(void *context, struct str line);
	/* For the server that comes after this one (takeover.h).  False: as
	 * above.  Both may be NULL. */
	bool (*send_sockets)(void *context);
	void (*retire)(void *context);
	/* Is told of each thing done, in words, for a log. */
	void (*note)(void *context, struct str what);
	void *context;
};

void admin_answer_give(const struct admin_answer *answer, struct str request);

/* To one who may not ask. */
void admin_answer_refuse(const struct admin_answer *answer);

#endif
