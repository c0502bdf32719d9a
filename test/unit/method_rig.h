/*
 * method_rig.h - drives a method as dispatch.c does, without threads and
 * without sockets: over the store in memory, from the request's text to the
 * last piece of its answer.
 *
 *	rig_init -> rig_send, rig_send, ... -> rig_done
 *
 * What the last rig_send gave is in the rig until the next one.
 */
#ifndef METHOD_RIG_H
#define METHOD_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "dav/dav.h"
#include "dav/store.h"
#include "http/response.h"
#include "op/claim.h"

#define RIG_LOCKINFO_OF(scope)                                                 \
	"<D:lockinfo xmlns:D=\"DAV:\"><D:lockscope><D:" scope                  \
	"/></D:lockscope><D:locktype><D:write/></D:locktype>"                  \
	"<D:owner>me</D:owner></D:lockinfo>"
#define RIG_EXCLUSIVE RIG_LOCKINFO_OF("exclusive")
#define RIG_SHARED RIG_LOCKINFO_OF("shared")

/* The step that answered. */
enum rig_step { RIG_PREPARE, RIG_CHECK, RIG_UPLOAD, RIG_RUN };

struct rig {
	/* For the next request; a test may change them. */
	struct dav dav;
	const char *principal;
	bool peer_is_loopback;
	int64_t wall_s;

	/* Of the last one. */
	struct response response;
	struct arena arena;
	struct buf body;
	enum rig_step step;
	struct claim claim; /* what it claimed; no parts: nothing */
	size_t first_pull_size;
	struct store_ops ops; /* the store's, for a test to change */
	char text[2048];      /* rig_format */
};

void rig_init(struct rig *rig);
void rig_done(struct rig *rig);

/* The rules from now on; NULL ends them. */
void rig_rules(struct rig *rig, const char *const *rules);

/*
 * line is "PUT /a"; fields are whole lines, each with its CRLF, or NULL; body
 * is NULL for a request without one.  Returns the status.
 */
int rig_send(
    struct rig *rig, const char *line, const char *fields, const char *body);

const char *rig_field(const struct rig *rig, const char *name); /* "": none */
const char *rig_body(const struct rig *rig);
bool rig_says(const struct rig *rig, const char *text); /* in the body */
bool rig_exists(struct rig *rig, const char *path);

/* A formatted text, until the next call. */
const char *rig_format(struct rig *rig, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A script: one request after another, each with the status it must get. */
struct rig_row {
	const char *line;
	const char *fields;
	const char *body;
	int status;
};

#define RIG_PLAY(rig, rows)                                                    \
	rig_play(rig, rows, sizeof(rows) / sizeof((rows)[0]))

void rig_play(struct rig *rig, const struct rig_row *rows, size_t count);

#endif
