/*
 * resume_record.h - where an upload goes on, for the next process: a file for
 * each, named after what is uploaded and where to, that holds a URL.
 *
 *	open -> write -> close
 *
 * It is a hint: whoever cannot read or write it begins anew.  Of two that
 * upload the same at once only one has the record.
 */
#ifndef RESUME_RECORD_H
#define RESUME_RECORD_H

#include <stdbool.h>
#include <stddef.h>

enum {
	RESUME_RECORD_SIZE_MAX = 8 * 1024,
	RESUME_RECORD_AGE_S = 2 * 24 * 3600, /* older ones are removed */
};

struct resume_record {
	int fd; /* -1: there is none */
	char *path;
};

/*
 * dir and version may be NULL: then nothing is kept.  Returns the URL that
 * was kept, to be freed, or NULL.
 */
char *resume_record_open(struct resume_record *record, const char *dir,
    const char *url, const char *version);
void resume_record_write(struct resume_record *record, const char *location);

/* is_over: there is nothing to go on with. */
void resume_record_close(struct resume_record *record, bool is_over);

#endif
