/*
 * client_secret.h - who we are: from the URL or --user, a netrc file, a
 * command, or the terminal.  Never from the command line.
 */
#ifndef CLIENT_SECRET_H
#define CLIENT_SECRET_H

#include <stdbool.h>

struct client;
struct tarry_credentials;

/* Fits tarry_options.credentials. */
bool secret_find(struct client *client, const char *origin, bool is_refused,
    struct tarry_credentials *out);

#endif
