/*
 * intake.c - see intake.h.
 */
#include "client/intake.h"

void
intake_init(struct intake *intake, unsigned count_max, size_t size_max)
{
	*intake = (struct intake){
		.count_max = count_max == 0 ? INTAKE_COUNT_MAX : count_max,
		.size_max = size_max == 0 ? INTAKE_SIZE_MAX : size_max,
	};
	buf_init(&intake->lines, INTAKE_FINAL_SIZE_MAX);
}

void
intake_done(struct intake *intake)
{
	buf_done(&intake->lines);
}

/* "HTTP/1.1 102 Processing", "HTTP/2 102": its status; -1: it is none. */
static int
read_status(struct str line)
{
	struct str rest = line;
	uint64_t status;

	(void)str_cut(&rest, ' ');
	rest = str_trim(rest);
	if (rest.len < 3 ||
	    str_to_u64(str_make(rest.data, 3), 999, &status) != ERR_NONE)
		return -1;
	if (rest.len > 3 && rest.data[3] != ' ')
		return -1;
	return status < 100 ? -1 : (int)status;
}

static bool
is_interim(const struct intake *intake)
{
	return intake->status >= 100 && intake->status < 200;
}

/* More than so many a second, for so many seconds on end. */
static bool
is_too_fast(struct intake *intake, int64_t now_ms)
{
	int64_t span_ms = now_ms - intake->rate_start_ms;

	if (intake->rate_count == 0 || span_ms > INTAKE_RATE_S * 1000) {
		intake->rate_start_ms = now_ms;
		intake->rate_count = 0;
	}
	intake->rate_count++;
	return intake->rate_count > INTAKE_RATE_MAX * INTAKE_RATE_S;
}

static enum intake_event
end_interim(struct intake *intake, int64_t now_ms)
{
	intake->count++;
	if (intake->status == 101)
		return INTAKE_SWITCHED;
	if (intake->status >= 102)
		intake->was_accepted = true;
	if (intake_field(intake, "Transfer-Encoding", 0).data != NULL ||
	    intake_field(intake, "Content-Length", 0).data != NULL)
		intake->is_odd = true;
	if (intake->count > intake->count_max)
		return INTAKE_TOO_MANY;
	if (is_too_fast(intake, now_ms))
		return INTAKE_TOO_FAST;
	return INTAKE_INTERIM;
}

static enum intake_event
begin_head(struct intake *intake, struct str line)
{
	intake->status = read_status(line);
	if (intake->status == -1)
		return INTAKE_MALFORMED;
	intake->is_whole = false;
	buf_clear(&intake->lines);
	return INTAKE_MORE;
}

static enum intake_event
add_field(struct intake *intake, struct str line)
{
	buf_add_str(&intake->lines, line);
	buf_add_text(&intake->lines, "\r\n");
	if (intake->lines.err != ERR_NONE)
		return INTAKE_TOO_LARGE;
	if (is_interim(intake) && intake->lines.len > INTAKE_EACH_SIZE_MAX)
		return INTAKE_TOO_LARGE;
	return INTAKE_MORE;
}

enum intake_event
intake_line(struct intake *intake, struct str line, int64_t now_ms)
{
	size_t size = line.len;
	struct str text = line;

	while (text.len > 0 && (text.data[text.len - 1] == '\n' ||
	                           text.data[text.len - 1] == '\r'))
		text.len--;
	if (str_starts(text, (struct str)STR("HTTP/")) &&
	    (intake->status == 0 || intake->is_whole)) {
		enum intake_event event = begin_head(intake, text);

		if (event != INTAKE_MORE)
			return event;
	} else if (intake->status == 0) {
		return INTAKE_MALFORMED;
	} else if (intake->is_whole) {
		return INTAKE_MORE; /* a trailer */
	} else if (text.len > 0) {
		enum intake_event event = add_field(intake, text);

		if (event != INTAKE_MORE)
			return event;
	}
	if (is_interim(intake)) {
		intake->size += size;
		if (intake->size > intake->size_max)
			return INTAKE_TOO_LARGE;
	}
	if (text.len > 0)
		return INTAKE_MORE;
	intake->is_whole = true;
	return is_interim(intake) ? end_interim(intake, now_ms) : INTAKE_FINAL;
}

struct str
intake_field(const struct intake *intake, const char *name, unsigned index)
{
	struct str rest = buf_str(&intake->lines);

	while (rest.len > 0) {
		struct str value = str_cut(&rest, '\n');
		struct str field = str_cut(&value, ':');

		if (!str_is_nocase(field, name) || index-- > 0)
			continue;
		if (value.len > 0 && value.data[value.len - 1] == '\r')
			value.len--;
		return str_trim(value);
	}
	return str_of(NULL);
}

const char *
intake_words(enum intake_event event)
{
	switch (event) {
	case INTAKE_TOO_MANY:
		return "the server sent too many interim responses";
	case INTAKE_TOO_LARGE:
		return "the server sent interim responses that are too large";
	case INTAKE_TOO_FAST:
		return "the server sent interim responses too fast";
	case INTAKE_SWITCHED:
		return "the server switched protocols, unasked";
	case INTAKE_MALFORMED:
		return "the server sent what is no HTTP";
	case INTAKE_MORE:
	case INTAKE_INTERIM:
	case INTAKE_FINAL:
		break;
	}
	UNREACHABLE("words for what is no error");
}
