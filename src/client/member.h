/*
 * member.h - one response of a PROPFIND as a struct tarry_member.
 */
#ifndef MEMBER_H
#define MEMBER_H

#include "base/arena.h"
#include "base/check.h"
#include "base/err.h"
#include "client/listing.h"
#include "client/tarry.h"

/*
 * Everything is copied into the arena.  base: for what is relative.
 * ERR_MEMORY, ERR_LIMIT; ERR_SYNTAX: its href is none.
 */
enum err member_read(struct arena *arena, const char *base,
    const struct listing_member *listed,
    struct tarry_member *out_member) MUST_CHECK;

#endif
