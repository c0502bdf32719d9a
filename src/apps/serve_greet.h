/*
 * serve_greet.h - what a server says at its start: where it serves, and three
 * commands to try, each of which works there as it stands.
 */
#ifndef SERVE_GREET_H
#define SERVE_GREET_H

#include <stddef.h>

struct server;

enum { SERVE_GREET_URL_SIZE = 80 };

/* On standard output. */
void serve_greet(struct server *server);

/* Of the address of that index, with a slash at its end. */
void serve_greet_url(
    const struct server *server, size_t index, char out[SERVE_GREET_URL_SIZE]);

#endif
