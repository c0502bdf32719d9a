/*
 * client_download.h - one file from a server to a local name.
 *
 *	NAME.part, NAME.part.etag  while it comes, and after an interruption
 *	NAME                       at the end, by one rename
 *
 * What an earlier attempt left is continued if the server still has that very
 * version.
 */
#ifndef CLIENT_DOWNLOAD_H
#define CLIENT_DOWNLOAD_H

#include <stdint.h>

#include "client/tarry.h"

struct client;

struct download {
	const char *url;
	const char *path;
	int64_t modified_s; /* for the file; 0: what the response says */
};

/* *out_message is set if our own side failed: words for it. */
enum tarry_outcome download_run(struct client *client, struct tarry *tarry,
    const struct download *download, const char **out_message);

#endif
