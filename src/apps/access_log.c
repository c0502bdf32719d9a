/*
 * access_log.c - see access_log.h.
 */
#include "apps/access_log.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "http/date.h"
#include "http/exchange.h"
#include "http/status.h"

enum {
	LINE_SIZE_MAX = 4 * HEAD_SIZE_MAX + 1024, /* each octet as \xHH */
	STATUS_CLIENT_GONE = 499,
};

enum err
access_log_open(struct access_log *log, const char *path)
{
	*log = (struct access_log){ .fd = -1, .error_fd = STDERR_FILENO };
	if (strcmp(path, "off") == 0)
		return ERR_NONE;
	if (strcmp(path, "-") == 0) {
		log->fd = STDOUT_FILENO;
		return ERR_NONE;
	}
	log->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	return log->fd == -1 ? ERR_SYSTEM : ERR_NONE;
}

void
access_log_close(struct access_log *log)
{
	if (log->fd > STDERR_FILENO)
		(void)close(log->fd);
	log->fd = -1;
}

/* A peer's text cannot end our line, nor the part of it that it is in. */
static void
add_escaped(struct buf *line, struct str text, char end)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char octet = (unsigned char)text.data[i];

		if (octet < 0x20 || octet >= 0x7f || octet == '\\' ||
		    text.data[i] == end)
			buf_printf(line, "\\x%02x", octet);
		else
			buf_add_char(line, text.data[i]);
	}
}

static void
add_quoted(struct buf *line, struct str text)
{
	buf_add_char(line, '"');
	add_escaped(line, text, '"');
	buf_add_char(line, '"');
}

static void
add_request_line(struct buf *line, const struct request *request)
{
	struct buf text;

	if (request->method.len == 0) {
		add_quoted(line, str_of("-")); /* it could not be read */
		return;
	}
	buf_init(&text, HEAD_SIZE_MAX);
	buf_add_str(&text, request->method);
	buf_add_char(&text, ' ');
	buf_add_str(&text, request->target);
	buf_add_text(&text, request->version == HTTP_1_0   ? " HTTP/1.0"
	                    : request->version == HTTP_1_1 ? " HTTP/1.1"
	                                                   : " HTTP/2");
	add_quoted(line, buf_str(&text));
	buf_done(&text);
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
	int status = access_log_status(x);
	char time[DATE_ISO_SIZE];
	struct buf line;

	if (log->fd == -1 && !is_error(status))
		return;
	buf_init(&line, LINE_SIZE_MAX);
	date_format_iso(wall_s, time);
	buf_printf(&line, "%s %.*s ", time, STR_ARG(x->request.peer));
	add_escaped(&line,
	    x->request.principal.len == 0 ? str_of("-") : x->request.principal,
	    ' ');
	buf_add_char(&line, ' ');
	add_request_line(&line, &x->request);
	buf_printf(&line, " %d %llu %llu %lldms", status,
	    (unsigned long long)x->log.sent_size,
	    (unsigned long long)x->log.received_size,
	    (long long)(now_ms - x->log.started_ms));
	add_interim(&line, &x->log);
	buf_add_char(&line, ' ');
	add_quoted(&line, fields_get(&x->request.fields, "User-Agent"));
	if (log->fd != -1)
		write_line(log->fd, &line);
	if (is_error(status)) {
		buf_clear(&line);
		buf_printf(
		    &line, "tarry: %s %.*s ", time, STR_ARG(x->request.peer));
		add_request_line(&line, &x->request);
		buf_printf(&line, " %d %s", status, status_reason(status));
		if (x->response.detail != NULL) {
			buf_add_text(&line, ": ");
			add_escaped(&line, str_of(x->response.detail), '\n');
		}
		write_line(log->error_fd, &line);
	}
	buf_done(&line);
}
