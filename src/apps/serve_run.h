/*
 * serve_run.h - the life of tarry serve, from its first thread to a signal.
 *
 * At SIGHUP the file, the variables and the arguments are read once more.
 * What is wrong changes nothing.  Of what is right, certificates and the log
 * are used from then on; what else has changed waits for a restart, and is
 * named.
 */
#ifndef SERVE_RUN_H
#define SERVE_RUN_H

struct serve_arguments;
struct serve_settings;

/*
 * Until somebody wants it to end; returns the exit status.  The settings,
 * which passed serve_check(), are its own from now on.
 */
int serve_run(
    const struct serve_arguments *arguments, struct serve_settings *settings);

#endif
