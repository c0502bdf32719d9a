/*
 * tarry_put.h - what is said with an upload, however it is sent.
 */
#ifndef TARRY_PUT_H
#define TARRY_PUT_H

struct ask;
struct tarry_source;

/* Tokens of locks, time, type and conditions. */
void tarry_put_fields(
    struct ask *ask, const char *url, const struct tarry_source *source);

#endif
