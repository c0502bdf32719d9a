/*
 * config.h - reads the configuration file into a set of options.
 *
 *	# A comment has a line of its own.
 *	directory = /srv/files
 *	listen = 127.0.0.1:8102
 *	listen = [::1]:8102
 *	read-only = yes
 *
 * A key is the name of an option, and one that may be repeated is.  A value
 * is the rest of its line, without the blanks around it: '#', ';', ':', '='
 * and quotation marks in the midst of it are nothing special.  Within double
 * quotes the blanks stay.  There are no sections, no lines that continue
 * others, no escapes, and no other file is read.
 *
 * inih splits the lines.  Of the parsers that Debian has, it alone tells each
 * line to us as it comes, so that every error has its line and all are told
 * at once, and repeated keys are all there.  libconfuse stops at the first
 * error, wants quotes around most values, and puts variables into them.
 * What would surprise in inih (lines that continue others, comments behind a
 * value, lines cut at 200 octets) Debian's build lets us switch off.
 *
 *	init -> read (fills the set) -> (the set is used) -> done
 */
#ifndef CONFIG_H
#define CONFIG_H

#include "base/arena.h"
#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

struct option_set;

enum {
	CONFIG_SIZE_MAX = 256 * 1024,
	CONFIG_LINE_SIZE_MAX = 8 * 1024,
};

struct config {
	struct arena arena; /* the values that the set points to */
};

void config_init(struct config *config);

/*
 * Once for each config, and one after another only, since inih is set by
 * variables of the process.  When it fails it has told all that is wrong on
 * set->errors, with its line.
 * ERR_SYSTEM: the file cannot be read.  ERR_SYNTAX.  ERR_LIMIT: too much.
 */
enum err config_read(
    struct config *config, const char *path, struct option_set *set) MUST_CHECK;

/* The same, of text that set->file names. */
enum err config_parse(
    struct config *config, struct str text, struct option_set *set) MUST_CHECK;

void config_done(struct config *config);

#endif
