/*
 * config.c - see config.h.
 */
#include "apps/config.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apps/options.h"
#include "base/buf.h"

enum { ARENA_SIZE_MAX = 4 * CONFIG_SIZE_MAX };

/* The byte order mark, as some editors put it first. */
static const struct str mark = STR("\xef\xbb\xbf");

struct reading {
	struct config *config;
	struct option_set *set;
	struct str rest;
	uint32_t line;
	enum err err; /* the first */
};

static void
complain(struct reading *it, const char *why)
{
	(void)fprintf(it->set->errors, "tarry: %s:%u: %s\n", it->set->file,
	    it->line, why);
	if (it->err == ERR_NONE)
		it->err = ERR_SYNTAX;
}

static bool
has_control(struct str line)
{
	for (size_t i = 0; i < line.len; i++) {
		unsigned char octet = (unsigned char)line.data[i];

		if ((octet < 0x20 && octet != '\t') || octet == 0x7f)
			return true;
	}
	return false;
}

/* What inih would not see, or see wrongly. */
static const char *
trouble(struct str line)
{
	if (line.len > CONFIG_LINE_SIZE_MAX)
		return "the line is longer than 8 KiB";
	if (has_control(line))
		return "a control character is in it";
	if (str_starts(line, mark))
		return "a byte order mark is in it";
	if (str_starts(str_trim(line), (struct str)STR("[")))
		return "there are no sections: write key = value";
	return NULL;
}

/* inih asks for the next line, as fgets() would give it. */
static char *
next_line(char *out, int size, void *context)
{
	struct reading *it = context;
	struct str line;
	const char *why;

	if (it->rest.len == 0)
		return NULL;
	line = str_cut(&it->rest, '\n');
	if (line.len > 0 && line.data[line.len - 1] == '\r')
		line.len--;
	it->line++;
	why = trouble(line);
	if (why != NULL) {
		complain(it, why);
		line.len = 0;
	}
	CHECK(line.len + 2 <= (size_t)size);
	memcpy(out, line.data, line.len);
	out[line.len] = '\n';
	out[line.len + 1] = '\0';
	return out;
}

/* Quotes around it go; what is between them stays as it is. */
static enum err
unquote(struct str *value)
{
	if (value->len == 0 || value->data[0] != '"')
		return ERR_NONE;
	if (value->len == 1 || value->data[value->len - 1] != '"')
		return ERR_SYNTAX;
	*value = str_make(value->data + 1, value->len - 2);
	return ERR_NONE;
}

/* inih has split a line. */
static int
on_pair(void *context, const char *section, const char *name, const char *text)
{
	struct reading *it = context;
	struct str value = str_of(text);
	struct str kept;
	enum err err;

	CHECK(section[0] == '\0');
	if (text == NULL || name[0] == '\0')
		complain(it, "write key = value");
	else if (unquote(&value) != ERR_NONE)
		complain(it, "the value begins with \" and ends without");
	else if (str_is_empty(value))
		complain(it, "the value is empty");
	else if (arena_copy(&it->config->arena, value, &kept) != ERR_NONE)
		complain(it, "there is no memory for it");
	else {
		err = options_put(it->set, str_of(name), kept.data, it->line);
		if (it->err == ERR_NONE)
			it->err = err;
	}
	return 1;
}

void
config_init(struct config *config)
{
	arena_init(&config->arena, ARENA_SIZE_MAX);
}

static void
set_inih(void)
{
	ini_allow_multiline = false;
	ini_allow_inline_comments = false;
	ini_allow_no_value = true; /* we say what is wrong with it */
	ini_stop_on_first_error = false;
	ini_use_stack = false;
	ini_initial_alloc = CONFIG_LINE_SIZE_MAX + 2;
	ini_max_line = CONFIG_LINE_SIZE_MAX + 2;
	ini_allow_realloc = false;
}

enum err
config_parse(struct config *config, struct str text, struct option_set *set)
{
	struct reading it = { .config = config, .set = set, .rest = text };
	int status;

	CHECK(set->file != NULL);
	/* inih would skip it when we have looked at the line already. */
	if (str_starts(text, mark))
		it.rest = str_from(text, mark.len);
	set_inih();
	status = ini_parse_stream(next_line, &it, on_pair, &it);
	if (status < 0)
		return ERR_MEMORY;
	CHECK(status == 0); /* no line that it could refuse reaches it */
	return it.err;
}

/* ERR_LIMIT: it is larger than CONFIG_SIZE_MAX. */
static enum err
slurp(int fd, struct buf *text)
{
	for (;;) {
		char *room = buf_room(text, BUFSIZ);
		ssize_t size;

		if (room == NULL)
			return text->err;
		size = read(fd, room, BUFSIZ);
		if (size == -1)
			return ERR_SYSTEM;
		if (size == 0)
			return text->len > CONFIG_SIZE_MAX ? ERR_LIMIT
			                                   : ERR_NONE;
		buf_grew(text, (size_t)size);
	}
}

enum err
config_read(struct config *config, const char *path, struct option_set *set)
{
	struct buf text;
	enum err err = ERR_SYSTEM;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	buf_init(&text, CONFIG_SIZE_MAX + 2 * BUFSIZ);
	if (fd != -1)
		err = slurp(fd, &text);
	if (err == ERR_NONE) {
		set->file = path;
		err = config_parse(config, buf_str(&text), set);
	} else {
		(void)fprintf(set->errors, "tarry: %s: %s\n", path,
		    err == ERR_SYSTEM  ? strerror(errno)
		    : err == ERR_LIMIT ? "larger than 256 KiB"
		                       : err_text(err));
	}
	if (fd != -1)
		(void)close(fd);
	buf_done(&text);
	return err;
}

void
config_done(struct config *config)
{
	arena_done(&config->arena);
}
