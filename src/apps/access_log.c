/*
 * access_log.c - see access_log.h.
 */
#include "apps/access_log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "http/date.h"
#include "http/exchange.h"
#include "http/status.h"

/* Of what is written, \xHH for an odd octet; the rest of a line is ours. */
enum {
	USER_SIZE_MAX = 256,
	REQUEST_LINE_SIZE_MAX = 2048,
	DETAIL_SIZE_MAX = 1024,
	AGENT_SIZE_MAX = 512,
	LINE_SIZE_MAX = PIPE_BUF,
	STATUS_CLIENT_GONE = 499,
};

_Static_assert(USER_SIZE_MAX + REQUEST_LINE_SIZE_MAX + DETAIL_SIZE_MAX + 512 <=
                   LINE_SIZE_MAX,
    "a line of either kind fits, and with it all that is ours");
_Static_assert(AGENT_SIZE_MAX <= DETAIL_SIZE_MAX, "it stands in its place");

static bool
is_off(const char *path)
{
	return strcmp(path, "off") == 0;
}

enum err
access_log_prepare(const char *path, int *out_fd)
{
	int fd;

	if (strcmp(path, "-") == 0)
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		fd = open(is_off(path) ? "/dev/null" : path,
		    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	if (fd == -1)
		return ERR_SYSTEM;
	*out_fd = fd;
	return ERR_NONE;
}

void
access_log_forget(int fd)
{
	(void)close(fd); /* nothing was written to it */
}

enum err
access_log_open(struct access_log *log, const char *path)
{
	*log = (struct access_log){ .fd = -1, .error_fd = STDERR_FILENO };
	atomic_init(&log->is_on, !is_off(path));
	return access_log_prepare(path, &log->fd);
}

/* To another descriptor it could only go by a lock: threads write to it. */
void
access_log_switch(struct access_log *log, const char *path, int fd)
{
	CHECK(log->fd != -1);
	CHECK(dup3(fd, log->fd, O_CLOEXEC) == log->fd);
	atomic_store(&log->is_on, !is_off(path));
	(void)close(fd);
}

void
access_log_close(struct access_log *log)
{
	if (log->fd != -1)
		(void)close(log->fd);
	log->fd = -1;
}

enum err
access_log_probe(const char *path)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX];
	struct stat stat_now;

	if (strcmp(path, "-") == 0 || is_off(path))
		return ERR_NONE;
	if (stat(path, &stat_now) == 0) {
		errno = EISDIR;
		return !S_ISDIR(stat_now.st_mode) && access(path, W_OK) == 0
		           ? ERR_NONE
		           : ERR_SYSTEM;
	}
	if (errno != ENOENT || strlen(path) >= sizeof(parent))
		return ERR_SYSTEM;
	(void)snprintf(parent, sizeof(parent), "%.*s",
	    slash == NULL ? 1 : (int)(slash - path) + 1,
	    slash == NULL ? "." : path);
	return access(parent, W_OK | X_OK) == 0 ? ERR_NONE : ERR_SYSTEM;
}

/*
 * A peer's text cannot end our line, nor the part of it that it is in, and it
 * takes no more than size_max.
 */
static void
add_escaped(struct buf *line, struct str text, char end, size_t size_max)
{
	static const struct str cut = STR("...");
	size_t size = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char octet = (unsigned char)text.data[i];
		bool is_odd = octet < 0x20 || octet >= 0x7f || octet == '\\' ||
		              text.data[i] == end;

		size += is_odd ? 4 : 1;
		if (size > size_max - cut.len) {
			buf_add_str(line, cut);
			return;
		}
		if (is_odd)
			buf_printf(line, "\\x%02x", octet);
		else
			buf_add_char(line, text.data[i]);
	}
}

static void
add_quoted(struct buf *line, struct str text, size_t size_max)
{
	buf_add_char(line, '"');
	add_escaped(line, text, '"', size_max);
	buf_add_char(line, '"');
}

/* The method cannot crowd the target out, nor both of them the version. */
static void
add_request_line(struct buf *line, const struct request *request)
{
	enum { METHOD_SHOWN_MAX = 64, VERSION_SIZE_MAX = 16 };

	if (request->method.len == 0) {
		buf_add_text(line, "\"-\""); /* it could not be read */
		return;
	}
	buf_add_char(line, '"');
	add_escaped(line, request->method, '"', METHOD_SHOWN_MAX);
	buf_add_char(line, ' ');
	add_escaped(line, request->target, '"',
	    REQUEST_LINE_SIZE_MAX - METHOD_SHOWN_MAX - VERSION_SIZE_MAX);
	buf_add_text(line, request->version == HTTP_1_0   ? " HTTP/1.0"
	                   : request->version == HTTP_1_1 ? " HTTP/1.1"
	                                                  : " HTTP/2");
	buf_add_char(line, '"');
}

static void
add_interim(struct buf *line, const struct exchange_log *log)
{
	buf_printf(line, " interim=%u", log->interim_count);
	if (log->first_interim_ms >= 0)
		buf_printf(
		    line, ",first=%lldms", (long long)log->first_interim_ms);
	if (log->withheld != NULL)
		buf_printf(line, ",none=%s", log->withheld);
}

static void
write_line(int fd, struct buf *line)
{
	buf_add_char(line, '\n');
	/* A log that cannot be written must not stop the service. */
	if (line->err == ERR_NONE && write(fd, line->data, line->len) == -1)
		return;
}

int
access_log_status(const struct exchange *x)
{
	return x->is_detached || x->response.status == 0 ? STATUS_CLIENT_GONE
	                                                 : x->response.status;
}

/* What an operator would want to know of: our failures, and nonsense. */
static bool
is_error(int status)
{
	return status >= 500 || status == 400 || status == 403 ||
	       status == 408 || status == 413 || status == 414 || status == 431;
}

void
access_log_write(struct access_log *log, const struct exchange *x,
    int64_t now_ms, int64_t wall_s)
{
	bool is_on = atomic_load(&log->is_on);
	int status = access_log_status(x);
	char time[DATE_ISO_SIZE];
	struct buf line;

	if (!is_on && !is_error(status))
		return;
	buf_init(&line, LINE_SIZE_MAX);
	date_format_iso(wall_s, time);
	buf_printf(&line, "%s %.*s ", time, STR_ARG(x->request.peer));
	add_escaped(&line,
	    x->request.principal.len == 0 ? str_of("-") : x->request.principal,
	    ' ', USER_SIZE_MAX);
	buf_add_char(&line, ' ');
	add_request_line(&line, &x->request);
	buf_printf(&line, " %d %llu %llu %lldms", status,
	    (unsigned long long)x->log.sent_size,
	    (unsigned long long)x->log.received_size,
	    (long long)(now_ms - x->log.started_ms));
	add_interim(&line, &x->log);
	buf_add_char(&line, ' ');
	add_quoted(&line, fields_get(&x->request.fields, "User-Agent"),
	    AGENT_SIZE_MAX);
	if (is_on)
		write_line(log->fd, &line);
	if (is_error(status)) {
		buf_clear(&line);
		buf_printf(
		    &line, "tarry: %s %.*s ", time, STR_ARG(x->request.peer));
		add_request_line(&line, &x->request);
		buf_printf(&line, " %d %s", status, status_reason(status));
		if (x->response.detail != NULL) {
			buf_add_text(&line, ": ");
			add_escaped(&line, str_of(x->response.detail), '\n',
			    DETAIL_SIZE_MAX);
		}
		write_line(log->error_fd, &line);
	}
	buf_done(&line);
}
