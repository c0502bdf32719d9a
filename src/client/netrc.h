/*
 * netrc.h - who we are, from a netrc file.
 *
 *	machine cloud.example login ann password "open sesame"
 *	default login anonymous password x
 */
#ifndef NETRC_H
#define NETRC_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/str.h"

enum { NETRC_SIZE_MAX = 1024 * 1024 };

/*
 * The first entry for the machine, and for the login if wanted.len > 0, or the
 * default one.  Adds to both, empty before.  False: there is none that fits.
 * A macdef is passed over.
 */
bool netrc_find(struct str text, struct str machine, struct str wanted,
    struct buf *out_login, struct buf *out_password) MUST_CHECK;

#endif
