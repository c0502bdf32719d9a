/*
 * serve_run.h - the life of tarry serve, from its first thread to a signal.
 */
#ifndef SERVE_RUN_H
#define SERVE_RUN_H

struct server_options;

/* Until somebody wants it to end.  Returns the exit status. */
int serve_run(const struct server_options *options);

#endif
