/*
 * h2_rig.h - an HTTP/2 session of session_rig.h, and a client that speaks to
 * it in memory.
 *
 *	h2_rig_init -> h2_rig_ask, h2_rig_say ... -> h2_rig_expect -> done
 *
 * What the client has read is a text, one event behind the other, by the
 * stream: "1:200 1:[ok] 1:end 3:102 3:reset(8) goaway(11)".  A head is its
 * status, with those of its fields that a test looks at; content stands in
 * brackets; SETTINGS and the like are left out.
 */
#ifndef H2_RIG_H
#define H2_RIG_H

#include <nghttp2/nghttp2.h>

#include "session_rig.h"

struct h2_rig {
	struct rig rig;
	nghttp2_session *client;
	struct buf events;
	bool is_quiet; /* content is not written down, only counted */
	size_t content_size;
	size_t upload_left;  /* of the body that is being sent */
	bool holds_window;   /* the client lets no more content come */
	bool sends_at_once;  /* what the client has to say, in one piece */
	bool is_upload_open; /* the body does not end by itself */
	int32_t last_id;
};

/* Both sides have said hello. */
void h2_rig_init(struct h2_rig *rig);
void h2_rig_done(struct h2_rig *rig);

/* The same; the client's SETTINGS may say what a window is, or nothing: 0. */
void h2_rig_open(
    struct h2_rig *rig, uint32_t window_size, uint32_t stream_count_max);

/* Lets what is queued on both sides pass, until nothing moves. */
void h2_rig_flow(struct h2_rig *rig);

/* A request without content; lines are "name: value\n".  Gives the stream. */
int32_t h2_rig_ask(struct h2_rig *rig, const char *method, const char *path,
    const char *lines);

/* The same with that many octets of content. */
int32_t h2_rig_put(
    struct h2_rig *rig, const char *path, const char *lines, size_t size);

void h2_rig_reset(struct h2_rig *rig, int32_t id, uint32_t error_code);

/* Octets that no client of nghttp2 would send. */
void h2_rig_say(struct h2_rig *rig, const void *octets, size_t size);

/* A frame: its head, and the payload. */
void h2_rig_frame(struct h2_rig *rig, uint8_t type, uint8_t flags, int32_t id,
    const void *payload, size_t size);

/* All that has happened; then it is forgotten. */
void h2_rig_expect(struct h2_rig *rig, const char *events);

#endif
