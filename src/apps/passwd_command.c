/*
 * passwd_command.c - see passwd_command.h.
 */
#include "apps/passwd_command.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "apps/exit_code.h"
#include "apps/options.h"
#include "apps/users.h"
#include "apps/users_edit.h"
#include "apps/users_hash.h"
#include "base/buf.h"

enum {
	PASSWORD_SIZE_MAX = 1024,
	BCRYPT_PASSWORD_SIZE_MAX = 72,
	HASH_SIZE_MAX = 512,
	WHY_SIZE_MAX = 16 * 1024,
};

struct values {
	int hash; /* as hashes[], which is as enum users_hash_kind */
	bool is_from_stdin;
	bool is_deleted;
	bool wants_help;
};

static const char *const hashes[] = { "yescrypt", "bcrypt", "sha512", "sha256",
	NULL };

_Static_assert(sizeof(hashes) / sizeof(hashes[0]) == USERS_HASH_KIND_COUNT + 1,
    "a word for each kind");

#define VALUE(member) offsetof(struct values, member)

/* name, kind, value, choices, argument, help */
static const struct option table[] = {
	{ "hash", OPTION_CHOICE, VALUE(hash), hashes,
	    "yescrypt|bcrypt|sha512|sha256",
	    "how the password is hashed (yescrypt)" },
	{ "stdin", OPTION_FLAG, VALUE(is_from_stdin), NULL, NULL,
	    "the password is the first line of standard input" },
	{ "delete", OPTION_FLAG, VALUE(is_deleted), NULL, NULL,
	    "take the user away" },
	{ "help", OPTION_FLAG, VALUE(wants_help), NULL, NULL, "this text" },
	{ .name = NULL },
};

static int
fail(enum exit_code code, const char *what, const char *why)
{
	(void)fprintf(stderr, "tarry: %s: %s\n", what, why);
	return code;
}

/* A line without its end; its size is told, for it may hold a NUL. */
static bool
read_line(FILE *in, char *out, size_t size, struct str *out_line)
{
	size_t count = 0;
	int octet;

	while ((octet = fgetc(in)) != EOF && octet != '\n') {
		if (count == size)
			return false;
		out[count++] = (char)octet;
	}
	if (count > 0 && out[count - 1] == '\r')
		count--;
	*out_line = str_make(out, count);
	return octet != EOF || count > 0;
}

/* A key that would send a signal is only read, and refused: so the terminal
 * never stays without an echo. */
static bool
ask(FILE *terminal, const char *question, char *out, struct str *out_line)
{
	struct termios shown;
	struct termios hidden;
	bool is_read;

	if (tcgetattr(fileno(terminal), &shown) == -1)
		return false;
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	(void)tcsetattr(fileno(terminal), TCSAFLUSH, &hidden);
	(void)fputs(question, terminal);
	(void)fflush(terminal);
	is_read = read_line(terminal, out, PASSWORD_SIZE_MAX, out_line);
	(void)tcsetattr(fileno(terminal), TCSAFLUSH, &shown);
	(void)fputc('\n', terminal);
	return is_read;
}

/* NULL, and the password; or why there is none. */
static const char *
ask_twice(char *out, struct str *out_password)
{
	FILE *terminal = fopen("/dev/tty", "r+e");
	char again[PASSWORD_SIZE_MAX];
	struct str one;
	struct str two;
	bool is_read;
	bool is_same;

	if (terminal == NULL)
		return "there is no terminal to ask on: use --stdin";
	is_read = ask(terminal, "New password: ", out, &one) &&
	          ask(terminal, "Once more: ", again, &two);
	is_same = is_read && str_equal(one, two);
	(void)fclose(terminal);
	OPENSSL_cleanse(again, sizeof(again));
	if (!is_read)
		return "no password was given, or one of more than 1024 octets";
	if (!is_same)
		return "the two differ: nothing was changed";
	*out_password = one;
	return NULL;
}

/* What Basic authentication cannot carry, or bcrypt would not look at. */
static const char *
flaw_of(struct str password, enum users_hash_kind kind)
{
	if (password.len == 0)
		return "it is empty";
	for (size_t i = 0; i < password.len; i++) {
		unsigned char octet = (unsigned char)password.data[i];

		if (octet < 0x20 || octet == 0x7f)
			return "it has a control character";
	}
	if (kind == USERS_HASH_BCRYPT &&
	    password.len > BCRYPT_PASSWORD_SIZE_MAX)
		return "bcrypt looks at the first 72 octets only";
	return NULL;
}

/* What stands in the file besides, and serve would refuse. */
static void
look_at_others(const char *path)
{
	struct users *users = NULL;
	struct buf why;

	buf_init(&why, WHY_SIZE_MAX);
	if (users_read(path, &why, &users) != ERR_NONE)
		(void)fprintf(stderr,
		    "tarry: done, but tarry serve will refuse this file: "
		    "%.*s\n",
		    STR_ARG(buf_str(&why)));
	users_unref(users);
	buf_done(&why);
}

static int
change(const char *path, const char *name, struct str hash)
{
	enum err err = users_edit_file(path, str_of(name), hash);

	if (err == ERR_ABSENT)
		return fail(
		    EXIT_CODE_ABSENT, name, "there is no such user in it");
	if (err != ERR_NONE)
		return fail(EXIT_CODE_FAILED, path,
		    err == ERR_SYSTEM ? strerror(errno) : err_text(err));
	look_at_others(path);
	return EXIT_CODE_DONE;
}

static int
set(const char *path, const char *name, const struct values *values)
{
	enum users_hash_kind kind = (enum users_hash_kind)values->hash;
	char octets[PASSWORD_SIZE_MAX];
	struct str password;
	const char *why = NULL;
	struct buf hash;
	enum err err;
	int code;

	if (!values->is_from_stdin)
		why = ask_twice(octets, &password);
	else if (!read_line(stdin, octets, sizeof(octets), &password))
		why = "there is none on standard input, or one of more than "
		      "1024 octets";
	if (why == NULL)
		why = flaw_of(password, kind);
	if (why != NULL)
		return fail(EXIT_CODE_FAILED, "the password", why);
	buf_init(&hash, HASH_SIZE_MAX);
	err = users_hash_make(kind, password, &hash);
	OPENSSL_cleanse(octets, sizeof(octets));
	if (err != ERR_NONE)
		code = fail(EXIT_CODE_FAILED, "the password", err_text(err));
	else
		code = change(path, name, buf_str(&hash));
	buf_done(&hash);
	return code;
}

int
passwd_command(int argc, char **argv)
{
	struct values values = { .hash = USERS_HASH_YESCRYPT };
	struct option_texts operands;
	const char *flaw;

	if (options_read(table, argc, argv, &values, &operands) != ERR_NONE)
		return EXIT_CODE_USAGE;
	if (values.wants_help) {
		(void)printf("usage: tarry passwd FILE NAME [OPTION...]\n\n"
		             "Sets the password of a user in a file for tarry "
		             "serve --users.\n\n");
		options_help(table);
		return EXIT_CODE_DONE;
	}
	if (operands.count != 2)
		return fail(EXIT_CODE_USAGE, "passwd",
		    "it needs a file and a name: tarry passwd FILE NAME");
	flaw = users_name_flaw(str_of(operands.items[1]));
	if (flaw != NULL)
		return fail(EXIT_CODE_USAGE, "the name", flaw);
	if (values.is_deleted)
		return change(
		    operands.items[0], operands.items[1], str_of(NULL));
	return set(operands.items[0], operands.items[1], &values);
}
