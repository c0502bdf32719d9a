/*
 * netrc.c - see netrc.h.
 */
#include "client/netrc.h"

static bool
is_space(char octet)
{
	return octet == ' ' || octet == '\t' || octet == '\n' || octet == '\r';
}

static void
skip_line(struct str *rest)
{
	(void)str_cut(rest, '\n');
}

/* A macro ends with an empty line. */
static void
skip_macro(struct str *rest)
{
	while (rest->len > 0) {
		struct str line = str_cut(rest, '\n');

		if (str_trim(line).len == 0)
			return;
	}
}

static void
take_quoted(struct str *rest, struct buf *out)
{
	bool is_escaped = false;

	*rest = str_from(*rest, 1);
	while (rest->len > 0) {
		char octet = rest->data[0];

		*rest = str_from(*rest, 1);
		if (!is_escaped && octet == '"')
			return;
		is_escaped = !is_escaped && octet == '\\';
		if (!is_escaped)
			buf_add_char(out, octet);
	}
}

/* The next word, into out.  False: there is none. */
static bool
take_word(struct str *rest, struct buf *out)
{
	buf_clear(out);
	for (;;) {
		while (rest->len > 0 && is_space(rest->data[0]))
			*rest = str_from(*rest, 1);
		if (rest->len == 0)
			return false;
		if (rest->data[0] != '#')
			break;
		skip_line(rest);
	}
	if (rest->data[0] == '"') {
		take_quoted(rest, out);
		return true;
	}
	while (rest->len > 0 && !is_space(rest->data[0])) {
		buf_add_char(out, rest->data[0]);
		*rest = str_from(*rest, 1);
	}
	return true;
}

/* A password may begin with "#". */
static bool
take_value(struct str *rest, struct buf *out)
{
	buf_clear(out);
	while (rest->len > 0 && is_space(rest->data[0]))
		*rest = str_from(*rest, 1);
	if (rest->len == 0 || rest->data[0] != '#')
		return take_word(rest, out);
	while (rest->len > 0 && !is_space(rest->data[0])) {
		buf_add_char(out, rest->data[0]);
		*rest = str_from(*rest, 1);
	}
	return true;
}

/* What is being read: one entry after the other. */
struct reading {
	struct str rest;
	struct str machine;
	struct str wanted;
	struct buf *login;
	struct buf *password;
	bool is_ours; /* the entry that we are in */
};

static bool
fits(const struct reading *reading)
{
	if (!reading->is_ours || reading->password->len == 0)
		return false;
	return reading->wanted.len == 0 ||
	       str_equal(reading->wanted, buf_str(reading->login));
}

static void
begin_entry(struct reading *reading, bool is_ours)
{
	buf_clear(reading->login);
	buf_clear(reading->password);
	reading->is_ours = is_ours;
}

/* False: this entry is over, and it is the one; or so is the text. */
static bool
take_item(struct reading *reading, struct buf *word, struct buf *value)
{
	struct str name;

	if (!take_word(&reading->rest, word))
		return false;
	name = buf_str(word);
	if (str_is(name, "machine") || str_is(name, "default")) {
		if (fits(reading))
			return false;
		if (str_is(name, "default"))
			begin_entry(reading, true);
		else if (take_word(&reading->rest, value))
			begin_entry(reading,
			    str_equal(buf_str(value), reading->machine));
	} else if (str_is(name, "login") || str_is(name, "user")) {
		(void)take_value(&reading->rest, reading->login);
	} else if (str_is(name, "password")) {
		(void)take_value(&reading->rest, reading->password);
	} else if (str_is(name, "macdef")) {
		skip_macro(&reading->rest);
	} else if (str_is(name, "account")) {
		(void)take_value(&reading->rest, value);
	}
	return true;
}

bool
netrc_find(struct str text, struct str machine, struct str wanted,
    struct buf *out_login, struct buf *out_password)
{
	struct reading reading = { .rest = text,
		.machine = machine,
		.wanted = wanted,
		.login = out_login,
		.password = out_password };
	struct buf word;
	struct buf value;

	buf_init(&word, NETRC_SIZE_MAX);
	buf_init(&value, NETRC_SIZE_MAX);
	while (take_item(&reading, &word, &value))
		continue;
	buf_done(&word);
	buf_done(&value);
	return fits(&reading);
}
