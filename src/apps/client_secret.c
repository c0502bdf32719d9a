/*
 * client_secret.c - see client_secret.h.
 */
#include "apps/client_secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "apps/client.h"
#include "apps/client_child.h"
#include "base/own.h"
#include "client/link.h"
#include "client/netrc.h"

enum { LOOK_EVERY_MS = 100 };

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

/* Whether there is something to read, before we are interrupted. */
static bool
wait_for_input(struct client *client, int fd)
{
	while (!client_is_interrupted(client)) {
		struct pollfd wanted = { .fd = fd, .events = POLLIN };
		int count = poll(&wanted, 1, LOOK_EVERY_MS);

		if (count > 0)
			return true;
		if (count == -1 && errno != EINTR)
			return false;
	}
	return false;
}

/* A line of at most size - 1 octets; what is longer is none. */
static bool
read_line(struct client *client, int fd, char *out, size_t size)
{
	size_t used = 0;

	while (wait_for_input(client, fd)) {
		ssize_t got = read(fd, out + used, size - 1 - used);

		if (got == -1 || (got == 0 && used == 0))
			return false;
		if (got == 0)
			return true; /* it has no end of line */
		used += (size_t)got;
		out[used] = '\0';
		if (out[strcspn(out, "\r\n")] != '\0') {
			cut_line(out);
			return true;
		}
		if (used == size - 1)
			return false;
	}
	return false;
}

/* The first line that the command prints; a shell runs it. */
static bool
from_command(struct client *client, struct tarry_credentials *out)
{
	OWNED(client_freep)
	char *command = client->values->password_command == NULL
	                    ? NULL
	                    : strdup(client->values->password_command);
	char *words[] = { "sh", "-c", command, NULL };
	int ends[2];
	int status = 0;
	bool is_read;
	pid_t pid;

	if (command == NULL || client->user == NULL ||
	    !set_text(out->user, sizeof(out->user), str_of(client->user)) ||
	    pipe2(ends, O_CLOEXEC) == -1)
		return false;
	pid = child_start(words, ends[1]);
	(void)close(ends[1]);
	is_read = pid != -1 && read_line(client, ends[0], out->password,
	                           sizeof(out->password));
	(void)close(ends[0]);
	if (pid == -1)
		return false;
	if (!is_read && client_is_interrupted(client))
		(void)kill(pid, SIGTERM); /* it may not have heard of it */
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	/* It may hear of Ctrl-C before we do. */
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGINT &&
	    !client_is_interrupted(client))
		client_interrupt(client);
	return is_read && child_status(status) == 0;
}

static bool
ask_line(struct client *client, int terminal, const char *prompt, char *out,
    size_t size)
{
	return write(terminal, prompt, strlen(prompt)) != -1 &&
	       read_line(client, terminal, out, size);
}

static bool
ask_hidden(struct client *client, int terminal, char *out, size_t size)
{
	struct termios shown;
	struct termios hidden;
	bool is_read;

	if (tcgetattr(terminal, &shown) == -1)
		return false;
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(terminal, TCSAFLUSH, &hidden);
	is_read = ask_line(client, terminal, "Password: ", out, size);
	(void)tcsetattr(terminal, TCSAFLUSH, &shown);
	(void)!write(terminal, "\n", 1); /* it is only for the eye */
	return is_read;
}

static bool
from_terminal(
    struct client *client, const char *origin, struct tarry_credentials *out)
{
	int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	bool is_known = false;

	if (terminal == -1)
		return false;
	(void)dprintf(terminal, "%s asks who you are.\n", origin);
	if (client->user != NULL)
		is_known = set_text(
		    out->user, sizeof(out->user), str_of(client->user));
	else
		is_known = ask_line(
		    client, terminal, "User: ", out->user, sizeof(out->user));
	is_known = is_known && ask_hidden(client, terminal, out->password,
	                           sizeof(out->password));
	(void)close(terminal);
	return is_known;
}

bool
secret_find(struct client *client, const char *origin, bool is_refused,
    struct tarry_credentials *out)
{
	bool is_found;

	/* Threads take turns: one question on the terminal at a time. */
	show_clear(&client->show);
	(void)pthread_mutex_lock(&client->prompt_mutex);
	is_found = is_refused ? from_terminal(client, origin, out)
	                      : from_netrc(client, origin, out) ||
	                            from_command(client, out);
	(void)pthread_mutex_unlock(&client->prompt_mutex);
	return is_found;
}
