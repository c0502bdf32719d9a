/*
 * way.c - see way.h.
 */
#include "client/way.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/own.h"
#include "client/folder.h"
#include "client/tarry.h"

static bool
has_word(struct str words, const char *word)
{
	while (words.len > 0)
		if (str_is(str_cut(&words, ' '), word))
			return true;
	return false;
}

bool
way_find(struct str text, struct str origin, int64_t wall_s,
    struct tarry_way *out_way)
{
	bool is_found = false;

	while (text.len > 0) {
		struct str line = str_cut(&text, '\n');
		uint64_t asked_s;

		if (!str_equal(str_cut(&line, ' '), origin) ||
		    str_to_u64(str_cut(&line, ' '), INT64_MAX, &asked_s) !=
		        ERR_NONE)
			continue;
		if (wall_s < (int64_t)asked_s ||
		    wall_s - (int64_t)asked_s > WAY_AGE_S_MAX)
			continue;
		*out_way = (struct tarry_way){
			.is_known = has_word(line, "known"),
			.passes_interim = has_word(line, "interim"),
			.minds_keys = has_word(line, "keys"),
			.is_from_cache = true,
		};
		is_found = true; /* a later line is newer */
	}
	return is_found;
}

static void
read_file(const char *dir, struct buf *out)
{
	char *path;
	FILE *file;

	if (asprintf(&path, "%s/ways", dir) == -1)
		return;
	file = fopen(path, "re");
	free(path);
	if (file == NULL)
		return;
	for (;;) {
		char *room = buf_room(out, 4096);
		size_t size = room == NULL ? 0 : fread(room, 1, 4096, file);

		if (size == 0)
			break;
		buf_grew(out, size);
	}
	(void)fclose(file);
}

bool
way_recall(const char *dir, const char *origin, int64_t wall_s,
    struct tarry_way *out_way)
{
	OWNED(buf_done) struct buf text;

	buf_init(&text, WAY_SIZE_MAX);
	if (dir == NULL)
		return false;
	read_file(dir, &text);
	return way_find(buf_str(&text), str_of(origin), wall_s, out_way);
}

/* The lines of others that are still of use. */
static void
keep_others(struct buf *out, struct str text, struct str origin, int64_t wall_s)
{
	while (text.len > 0) {
		struct str line = str_cut(&text, '\n');
		struct str rest = line;
		struct str name = str_cut(&rest, ' ');
		struct tarry_way way;

		if (str_equal(name, origin) ||
		    !way_find(line, name, wall_s, &way))
			continue;
		buf_add_str(out, line);
		buf_add_char(out, '\n');
	}
}

static void
write_file(const char *dir, struct str text)
{
	char *path = NULL;
	char *temporary = NULL;
	FILE *file = NULL;

	if (asprintf(&path, "%s/ways", dir) != -1 &&
	    asprintf(&temporary, "%s/ways.%ld", dir, (long)getpid()) != -1)
		file = fopen(temporary, "we");
	if (file != NULL) {
		bool is_whole =
		    fwrite(text.data, 1, text.len, file) == text.len;

		if (fclose(file) != 0 || !is_whole ||
		    rename(temporary, path) == -1)
			(void)unlink(temporary);
	}
	free(path);
	free(temporary);
}

void
way_remember(const char *dir, const char *origin, int64_t wall_s,
    const struct tarry_way *way)
{
	OWNED(buf_done) struct buf old;
	OWNED(buf_done) struct buf text;

	buf_init(&old, WAY_SIZE_MAX);
	buf_init(&text, WAY_SIZE_MAX);
	if (dir == NULL)
		return;
	read_file(dir, &old);
	keep_others(&text, buf_str(&old), str_of(origin), wall_s);
	buf_printf(&text, "%s %" PRId64 "%s%s%s\n", origin, wall_s,
	    way->is_known ? " known" : "",
	    way->passes_interim ? " interim" : "",
	    way->minds_keys ? " keys" : "");
	if (text.err != ERR_NONE)
		return;
	folder_make(dir);
	write_file(dir, buf_str(&text));
}
