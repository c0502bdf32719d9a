/*
 * client_place.h - from what a person writes to URLs.
 *
 *	http://host/path     as it is; encoded where it must be
 *	name:path, name:     name is a line "name = URL" of the configuration
 *	/path                on the server of the operand before it
 *	name:folder/f*        what fits; in the last segment only
 */
#ifndef CLIENT_PLACE_H
#define CLIENT_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "client/tarry.h"

struct client;

struct place_list {
	char **urls;
	size_t count;
};

/* A URL, or a NAME: of the configuration; and not a file or an id. */
bool place_is_remote(const char *config_dir, const char *text);

/* base may be NULL.  NULL: a message was written.  Free it. */
char *place_url(struct client *client, const char *text, const char *base);

/*
 * All that fit, in order.  False: none did, or it failed; it was noted.  A
 * user in a URL becomes that of the client.
 */
bool place_expand(
    struct client *client, const char *text, struct place_list *out_list);
void place_list_done(struct place_list *list);

/* What is to be done with each URL that operands name. */
struct place_visit {
	void (*one)(struct client *client, const char *url, void *context);
	void *context;
	bool is_literal; /* without patterns */
};

/* Until it is interrupted.  The outcome of all that was noted. */
enum tarry_outcome place_each(struct client *client, int count, char **operands,
    const struct place_visit *visit);

/* Whether there is a collection, which things can be put into. */
bool place_is_collection(struct client *client, const char *url);

/*
 * The wall time that "2h" means, 2 hours ago, or when a local file was
 * changed.  False: neither.
 */
bool place_newer(const char *text, int64_t *out_wall_s);

/* The value of "name = value" in the text of a configuration.  NULL: none. */
char *place_find_name(struct str text, struct str name);

#endif
