/*
 * media.h - the media type of a file, from the suffix of its name.
 *
 * Types are told as they are in the table, text without a charset: we do not
 * know it, a wrong one garbles what a browser would have guessed right, and
 * HTML and XML name theirs inside.
 */
#ifndef MEDIA_H
#define MEDIA_H

#include "base/str.h"

struct media;

/*
 * Reads a file such as /etc/mime.types: on each line a type and its suffixes.
 * The first type to name a suffix has it.  If it cannot be read, or is NULL, a
 * small table that is built in serves instead.  NULL: no memory.
 */
struct media *media_new(const char *path);
void media_free(struct media *media);

/*
 * The type by what follows the last dot, in any case; a name that only begins
 * with a dot has no suffix.  application/octet-stream if it is not known.
 * The text lasts as long as media.
 */
struct str media_type(const struct media *media, struct str file_name);

#endif
