/*
 * admin_client.c - see admin_client.h.
 */
#include "apps/admin_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "net/local.h"

enum { ANSWER_SIZE_MAX = 1024 * 1024 * 1024 };

/* What a server could be missing from, as it was named. */
static const char *
name_of(const struct admin_place *place)
{
	return place->state != NULL ? place->state : place->directory;
}

static enum exit_code
complain_of_place(const struct admin_place *place)
{
	const char *name = name_of(place);
	int error = errno;

	if (error == ENOENT && place->state == NULL &&
	    access(name, F_OK) == 0) {
		(void)fprintf(stderr,
		    "tarry: no server runs on %s: it has no .tarry; name the "
		    "directory that is served, or its --state\n",
		    name);
		return EXIT_CODE_FAILED;
	}
	(void)fprintf(stderr, "tarry: %s: %s\n", name, strerror(error));
	return error == EACCES ? EXIT_CODE_REFUSED : EXIT_CODE_FAILED;
}

static enum exit_code
complain(const struct admin_place *place, enum err err)
{
	const char *name = name_of(place);

	if (err == ERR_ABSENT || err == ERR_CLOSED)
		(void)fprintf(stderr, "tarry: no server runs on %s%s\n", name,
		    place->state == NULL
		        ? ", or it keeps its state elsewhere: see --state"
		        : "");
	else if (err == ERR_DENIED)
		(void)fprintf(stderr,
		    "tarry: %s: only the user who runs the server may ask, "
		    "and root\n",
		    name);
	else if (err == ERR_BUSY)
		(void)fprintf(
		    stderr, "tarry: the server on %s does not answer\n", name);
	else
		(void)fprintf(stderr, "tarry: the server on %s: %s\n", name,
		    err == ERR_SYSTEM ? strerror(errno) : err_text(err));
	return err == ERR_DENIED ? EXIT_CODE_REFUSED : EXIT_CODE_FAILED;
}

static enum exit_code
complain_of_answer(const char *what)
{
	(void)fprintf(stderr, "tarry: the server's answer %s\n", what);
	return EXIT_CODE_FAILED;
}

/* Takes the request. */
static enum exit_code
exchange(
    const struct admin_place *place, json_t *request, struct buf *out_answer)
{
	char *line = request == NULL ? NULL : json_dumps(request, JSON_COMPACT);
	struct buf text;
	int dir_fd;
	enum err err;

	json_decref(request);
	if (line == NULL) { /* or no memory */
		(void)fprintf(stderr,
		    "tarry: this cannot be asked for: write it as it was "
		    "listed\n");
		return EXIT_CODE_USAGE;
	}
	buf_init(&text, ANSWER_SIZE_MAX);
	buf_add_text(&text, line);
	buf_add_char(&text, '\n');
	free(line);
	err = admin_place_open(place, &dir_fd);
	if (err != ERR_NONE) {
		buf_done(&text);
		return complain_of_place(place);
	}
	err = text.err;
	if (err == ERR_NONE)
		err = local_ask(
		    dir_fd, ADMIN_PLACE_SOCKET, buf_str(&text), out_answer);
	(void)close(dir_fd);
	buf_done(&text);
	return err == ERR_NONE ? EXIT_CODE_DONE : complain(place, err);
}

struct str
admin_client_text(const json_t *row, const char *name)
{
	const json_t *value = json_object_get(row, name);

	if (!json_is_string(value))
		return str_of(NULL);
	return str_make(json_string_value(value), json_string_length(value));
}

static enum exit_code
judge(const json_t *end)
{
	static const struct {
		const char *name;
		enum exit_code code;
	} codes[] = {
		{ "ok", EXIT_CODE_DONE },
		{ "bad-request", EXIT_CODE_USAGE },
		{ "not-found", EXIT_CODE_ABSENT },
		{ "refused", EXIT_CODE_REFUSED },
	};
	struct str name = admin_client_text(end, "code");
	enum exit_code code = EXIT_CODE_FAILED;

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (str_is(name, codes[i].name))
			code = codes[i].code;
	if (code != EXIT_CODE_DONE)
		(void)fprintf(stderr, "tarry: %.*s\n",
		    STR_ARG(admin_client_text(end, "message")));
	return code;
}

/* Each line is a row, but for the last one, which has an "end". */
static enum exit_code
read_answer(struct str answer, void (*see)(void *context, const json_t *row),
    void *context, uint64_t *out_omitted)
{
	while (answer.len > 0) {
		struct str line = str_cut(&answer, '\n');
		json_t *row = json_loadb(line.data, line.len, 0, NULL);
		bool is_end = json_object_get(row, "end") != NULL;
		enum exit_code code = EXIT_CODE_FAILED;

		if (row == NULL)
			return complain_of_answer("was cut short");
		if (is_end) {
			code = judge(row);
			if (out_omitted != NULL)
				*out_omitted = (uint64_t)json_integer_value(
				    json_object_get(row, "omitted"));
		} else {
			see(context, row);
		}
		json_decref(row);
		if (is_end)
			return code;
	}
	return complain_of_answer("was cut short");
}

enum exit_code
admin_client_ask(const struct admin_client *client, json_t *request,
    void (*see)(void *context, const json_t *row), void *context,
    uint64_t *out_omitted)
{
	struct buf answer;
	enum exit_code code;

	buf_init(&answer, ANSWER_SIZE_MAX);
	code = exchange(&client->place, request, &answer);
	if (code == EXIT_CODE_DONE)
		code = read_answer(buf_str(&answer), see, context, out_omitted);
	buf_done(&answer);
	return code;
}

void
admin_client_print(const json_t *row)
{
	/* A failure is seen at the end, by admin_client_end(). */
	(void)json_dumpf(row, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
	(void)putchar('\n');
}

enum exit_code
admin_client_end(enum exit_code code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	(void)fprintf(stderr, "tarry: standard output: %s\n", strerror(errno));
	return EXIT_CODE_FAILED;
}
