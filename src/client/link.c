/*
 * link.c - see link.h.
 */
#include "client/link.h"

#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/limits.h"
#include "base/own.h"
#include "http/octet.h"
#include "http/uri.h"

enum { LINK_SIZE_MAX = 64 * 1024 };

static void
url_donep(CURLU **url)
{
	curl_url_cleanup(*url);
}

static void
text_freep(char **text)
{
	curl_free(*text);
}

static void
heap_freep(char **text)
{
	free(*text);
}

/* NULL: it is none that we can use. */
static CURLU *
parse(const char *text)
{
	CURLU *url = curl_url();

	if (url == NULL)
		return NULL;
	if (strstr(text, "://") == NULL || strlen(text) > LINK_SIZE_MAX ||
	    curl_url_set(url, CURLUPART_URL, text, CURLU_URLENCODE) !=
	        CURLUE_OK) {
		curl_url_cleanup(url);
		return NULL;
	}
	return url;
}

static char *
part(CURLU *url, CURLUPart which, unsigned flags)
{
	char *text = NULL;

	if (curl_url_get(url, which, &text, flags) != CURLUE_OK)
		return NULL;
	return text;
}

static bool
is_http(CURLU *url)
{
	OWNED(text_freep) char *scheme = part(url, CURLUPART_SCHEME, 0);

	return scheme != NULL &&
	       (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
}

/* A copy that free() may have: curl's memory is curl's. */
static char *
whole(CURLU *url)
{
	OWNED(text_freep) char *text = NULL;

	(void)curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0);
	text = part(url, CURLUPART_URL, 0);
	return text == NULL || !is_http(url) ? NULL : strdup(text);
}

char *
link_resolve(const char *base, struct str reference)
{
	OWNED(url_donep) CURLU *url = parse(base);
	OWNED(heap_freep)
	char *text =
	    strndup(reference.len == 0 ? "" : reference.data, reference.len);

	if (url == NULL || text == NULL || reference.len == 0)
		return NULL;
	if (curl_url_set(url, CURLUPART_URL, text, CURLU_URLENCODE) !=
	    CURLUE_OK)
		return NULL;
	return whole(url);
}

char *
link_origin(const char *url)
{
	OWNED(url_donep) CURLU *parts = parse(url);
	OWNED(text_freep) char *scheme = NULL;
	OWNED(text_freep) char *host = NULL;
	OWNED(text_freep) char *port = NULL;
	struct buf out;
	char *origin = NULL;

	if (parts == NULL || !is_http(parts))
		return NULL;
	scheme = part(parts, CURLUPART_SCHEME, 0);
	host = part(parts, CURLUPART_HOST, 0);
	port = part(parts, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	if (scheme == NULL || host == NULL || port == NULL)
		return NULL;
	buf_init(&out, LINK_SIZE_MAX);
	buf_printf(&out, "%s://%s:%s", scheme, host, port);
	if (out.err == ERR_NONE)
		origin = strndup(out.data, out.len);
	buf_done(&out);
	return origin;
}

char *
link_host(const char *url)
{
	OWNED(url_donep) CURLU *parts = parse(url);
	OWNED(text_freep)
	char *host = parts == NULL ? NULL : part(parts, CURLUPART_HOST, 0);

	return host == NULL ? NULL : strdup(host);
}

bool
link_is_http(const char *url)
{
	OWNED(heap_freep) char *origin = link_origin(url);

	return origin != NULL;
}

bool
link_is_same_origin(const char *a, const char *b)
{
	OWNED(heap_freep) char *of_a = link_origin(a);
	OWNED(heap_freep) char *of_b = link_origin(b);

	return of_a != NULL && of_b != NULL && strcasecmp(of_a, of_b) == 0;
}

char *
link_strip_user(const char *url, struct buf *out_user)
{
	OWNED(url_donep) CURLU *parts = parse(url);
	OWNED(text_freep) char *user = NULL;
	OWNED(text_freep) char *password = NULL;

	if (parts == NULL)
		return NULL;
	user = part(parts, CURLUPART_USER, CURLU_URLDECODE);
	password = part(parts, CURLUPART_PASSWORD, 0);
	if (password != NULL)
		return NULL;
	if (user != NULL)
		buf_add_text(out_user, user);
	(void)curl_url_set(parts, CURLUPART_USER, NULL, 0);
	return whole(parts);
}

static char *
with_path(CURLU *url, struct buf *path)
{
	buf_add_char(path, '\0');
	if (path->err != ERR_NONE)
		return NULL;
	if (curl_url_set(url, CURLUPART_PATH, path->data, 0) != CURLUE_OK)
		return NULL;
	return whole(url);
}

/* Adds the path without its final slashes. */
static void
add_bare_path(struct buf *out, CURLU *url)
{
	OWNED(text_freep) char *path = part(url, CURLUPART_PATH, 0);
	size_t size = path == NULL ? 0 : strlen(path);

	while (size > 0 && path[size - 1] == '/')
		size--;
	buf_add(out, path, size);
}

char *
link_join(const char *url, struct str name, bool is_collection)
{
	OWNED(url_donep) CURLU *parts = parse(url);
	OWNED(buf_done) struct buf path;

	buf_init(&path, LINK_SIZE_MAX);
	if (parts == NULL)
		return NULL;
	add_bare_path(&path, parts);
	buf_add_char(&path, '/');
	uri_path_encode(&path, name);
	if (is_collection)
		buf_add_char(&path, '/');
	return with_path(parts, &path);
}

static char *
with_slash(const char *text, bool has_slash)
{
	OWNED(url_donep) CURLU *url = parse(text);
	OWNED(buf_done) struct buf path;

	buf_init(&path, LINK_SIZE_MAX);
	if (url == NULL)
		return NULL;
	add_bare_path(&path, url);
	if (has_slash || path.len == 0)
		buf_add_char(&path, '/');
	return with_path(url, &path);
}

char *
link_as_collection(const char *url)
{
	return with_slash(url, true);
}

char *
link_as_file(const char *url)
{
	return with_slash(url, false);
}

char *
link_parent(const char *url)
{
	OWNED(url_donep) CURLU *parts = parse(url);
	OWNED(buf_done) struct buf path;

	buf_init(&path, LINK_SIZE_MAX);
	if (parts == NULL)
		return NULL;
	add_bare_path(&path, parts);
	while (path.len > 0 && path.data[path.len - 1] != '/')
		path.len--;
	if (path.len == 0)
		buf_add_char(&path, '/');
	return with_path(parts, &path);
}

void
link_add_decoded(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '%' && i + 2 < text.len &&
		    octet_hex(text.data[i + 1]) != -1 &&
		    octet_hex(text.data[i + 2]) != -1) {
			buf_add_char(
			    out, (char)(octet_hex(text.data[i + 1]) * 16 +
			                octet_hex(text.data[i + 2])));
			i += 2;
		} else {
			buf_add_char(out, text.data[i]);
		}
	}
}

void
link_add_name(struct buf *out, const char *url)
{
	OWNED(url_donep) CURLU *parts = parse(url);
	OWNED(buf_done) struct buf path;
	size_t start;

	buf_init(&path, LINK_SIZE_MAX);
	if (parts == NULL)
		return;
	add_bare_path(&path, parts);
	start = path.len;
	while (start > 0 && path.data[start - 1] != '/')
		start--;
	link_add_decoded(out, str_from(buf_str(&path), start));
}

/* Adds the path decoded, each octet as it is, without a final slash. */
static bool
add_plain_path(struct buf *out, const char *text)
{
	OWNED(url_donep) CURLU *url = parse(text);
	OWNED(buf_done) struct buf path;

	buf_init(&path, LINK_SIZE_MAX);
	if (url == NULL)
		return false;
	add_bare_path(&path, url);
	link_add_decoded(out, buf_str(&path));
	return path.err == ERR_NONE && out->err == ERR_NONE;
}

bool
link_covers(const char *a, const char *b, bool with_members)
{
	OWNED(buf_done) struct buf of_a;
	OWNED(buf_done) struct buf of_b;

	buf_init(&of_a, LINK_SIZE_MAX);
	buf_init(&of_b, LINK_SIZE_MAX);
	if (!link_is_same_origin(a, b) || !add_plain_path(&of_a, a) ||
	    !add_plain_path(&of_b, b))
		return false;
	if (str_equal(buf_str(&of_a), buf_str(&of_b)))
		return true;
	if (!with_members || !str_starts(buf_str(&of_b), buf_str(&of_a)))
		return false;
	return of_b.data[of_a.len] == '/';
}
