/*
 * client_secret.c - see client_secret.h.
 */
#include "apps/client_secret.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "apps/client.h"
#include "base/own.h"
#include "client/link.h"
#include "client/netrc.h"

static bool
read_all(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "re");
	bool is_whole;

	if (file == NULL)
		return false;
	for (;;) {
		char *room = buf_room(out, 4096);
		size_t size = room == NULL ? 0 : fread(room, 1, 4096, file);

		if (size == 0)
			break;
		buf_grew(out, size);
	}
	is_whole = ferror(file) == 0 && out->err == ERR_NONE;
	(void)fclose(file);
	return is_whole;
}

static bool
set_text(char *out, size_t size, struct str text)
{
	if (text.len >= size || str_has(text, '\0'))
		return false;
	memcpy(out, text.len == 0 ? "" : text.data, text.len);
	out[text.len] = '\0';
	return true;
}

static char *
netrc_path(const struct client *client)
{
	const char *path = client->values->netrc;
	const char *home = getenv("HOME");
	char *joined = NULL;

	if (path == NULL)
		path = getenv("NETRC");
	if (path != NULL && path[0] != '\0')
		return strdup(path);
	if (home == NULL || asprintf(&joined, "%s/.netrc", home) == -1)
		return NULL;
	return joined;
}

static bool
from_netrc(const struct client *client, const char *origin,
    struct tarry_credentials *out)
{
	OWNED(buf_done) struct buf text;
	OWNED(buf_done) struct buf login;
	OWNED(buf_done) struct buf password;
	char *path = netrc_path(client);
	char *host = link_host(origin);
	bool is_found = false;

	buf_init(&text, NETRC_SIZE_MAX);
	buf_init(&login, sizeof(out->user));
	buf_init(&password, sizeof(out->password));
	if (path != NULL && host != NULL && read_all(path, &text))
		is_found =
		    netrc_find(buf_str(&text), str_of(host),
		        str_of(client->user), &login, &password) &&
		    set_text(out->user, sizeof(out->user), buf_str(&login)) &&
		    set_text(out->password, sizeof(out->password),
		        buf_str(&password));
	if (text.len > 0)
		explicit_bzero(text.data, text.len);
	if (password.len > 0)
		explicit_bzero(password.data, password.len);
	free(path);
	free(host);
	return is_found;
}

static void
cut_line(char *text)
{
	text[strcspn(text, "\r\n")] = '\0';
}

/* The first line that the command prints; a shell runs it. */
static bool
from_command(const struct client *client, struct tarry_credentials *out)
{
	const char *command = client->values->password_command;
	FILE *pipe;
	bool is_read;

	if (command == NULL || client->user == NULL ||
	    !set_text(out->user, sizeof(out->user), str_of(client->user)))
		return false;
	/* A shell runs it: that is what the user wrote it for. */
	pipe = popen(command, "re"); /* NOLINT(cert-env33-c) */
	if (pipe == NULL)
		return false;
	is_read =
	    fgets(out->password, (int)sizeof(out->password), pipe) != NULL;
	if (pclose(pipe) != 0 || !is_read)
		return false;
	cut_line(out->password);
	return true;
}

static bool
ask_line(FILE *terminal, const char *prompt, char *out, size_t size)
{
	(void)fputs(prompt, terminal);
	(void)fflush(terminal);
	if (fgets(out, (int)size, terminal) == NULL)
		return false;
	cut_line(out);
	return true;
}

static bool
ask_hidden(FILE *terminal, char *out, size_t size)
{
	struct termios shown;
	struct termios hidden;
	bool is_read;

	if (tcgetattr(fileno(terminal), &shown) == -1)
		return false;
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(fileno(terminal), TCSAFLUSH, &hidden);
	is_read = ask_line(terminal, "Password: ", out, size);
	(void)tcsetattr(fileno(terminal), TCSAFLUSH, &shown);
	(void)fputc('\n', terminal);
	return is_read;
}

static bool
from_terminal(const struct client *client, const char *origin,
    struct tarry_credentials *out)
{
	FILE *terminal = fopen("/dev/tty", "r+e");
	bool is_known = false;

	if (terminal == NULL)
		return false;
	(void)fprintf(terminal, "%s asks who you are.\n", origin);
	if (client->user != NULL)
		is_known = set_text(
		    out->user, sizeof(out->user), str_of(client->user));
	else
		is_known =
		    ask_line(terminal, "User: ", out->user, sizeof(out->user));
	is_known = is_known &&
	           ask_hidden(terminal, out->password, sizeof(out->password));
	(void)fclose(terminal);
	return is_known;
}

bool
secret_find(struct client *client, const char *origin, bool is_refused,
    struct tarry_credentials *out)
{
	bool is_found;

	/* Threads take turns: one question on the terminal at a time. */
	show_clear(&client->show);
	(void)pthread_mutex_lock(&client->mutex);
	is_found = is_refused ? from_terminal(client, origin, out)
	                      : from_netrc(client, origin, out) ||
	                            from_command(client, out);
	(void)pthread_mutex_unlock(&client->mutex);
	return is_found;
}
