/*
 * jwt_source.c - see jwt_source.h.
 */
#include "apps/jwt_source.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

#include "apps/jwt.h"
#include "base/buf.h"
#include "base/limits.h"

struct jwt_source {
	struct jwt_source_options options;
	bool is_url;
	bool is_started;
	pthread_t thread;
	atomic_bool is_stopping;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t wake;
	struct jwt_keys *keys;
	bool is_wanted;  /* now, and not only when it is time */
	bool is_waiting; /* else they are on their way */
	time_t asked_s;  /* monotonic */
};

static time_t
now_s(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void
complain(const struct jwt_source *source, const char *why)
{
	bool has_keys = source->keys != NULL;

	(void)fprintf(stderr, "tarry: the keys of %s: %s%s\n",
	    source->options.where, why,
	    has_keys ? ": the old ones stay in use" : "");
}

static enum err
take(struct jwt_source *source, struct str json)
{
	struct jwt_keys *keys;
	struct jwt_keys *old;
	enum err err = jwt_keys_parse(json, &keys);

	if (err == ERR_SYNTAX)
		complain(source, "this is no JSON Web Key Set");
	else if (err == ERR_ABSENT)
		complain(source, "none of them can be used here");
	else if (err != ERR_NONE)
		complain(source, err_text(err));
	if (err != ERR_NONE)
		return err;
	CHECK(pthread_mutex_lock(&source->mutex) == 0);
	old = source->keys;
	source->keys = keys;
	CHECK(pthread_mutex_unlock(&source->mutex) == 0);
	jwt_keys_unref(old);
	source->options.changed(source->options.context);
	return ERR_NONE;
}

static enum err
read_file(struct jwt_source *source)
{
	FILE *file = fopen(source->options.where, "re");
	struct buf text;
	char *room;
	enum err err = ERR_SYSTEM;

	if (file == NULL) {
		complain(source, strerror(errno));
		return ERR_SYSTEM;
	}
	buf_init(&text, JWT_KEYS_SIZE_MAX + 1);
	room = buf_room(&text, JWT_KEYS_SIZE_MAX + 1);
	if (room != NULL)
		buf_grew(&text, fread(room, 1, JWT_KEYS_SIZE_MAX + 1, file));
	if (ferror(file) != 0)
		complain(source, strerror(errno));
	else
		err = take(source, buf_str(&text));
	(void)fclose(file); /* it was only read */
	buf_done(&text);
	return err;
}

static size_t
on_octets(char *data, size_t size, size_t count, void *context)
{
	struct buf *text = context;

	buf_add(text, data, size * count);
	return text->err == ERR_NONE ? size * count : 0;
}

static int
on_progress(void *context, curl_off_t total, curl_off_t now,
    curl_off_t up_total, curl_off_t up_now)
{
	struct jwt_source *source = context;

	(void)total;
	(void)now;
	(void)up_total;
	(void)up_now;
	return atomic_load(&source->is_stopping) ? 1 : 0;
}

static void
set_options(struct jwt_source *source, CURL *curl, struct buf *text, char *why)
{
	(void)curl_easy_setopt(curl, CURLOPT_URL, source->options.where);
	(void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)JWT_SOURCE_WAIT_S);
	(void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "tarry/" TARRY_VERSION);
	(void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_octets);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, text);
	(void)curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	(void)curl_easy_setopt(curl, CURLOPT_XFERINFODATA, source);
	(void)curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

static enum err
fetch(struct jwt_source *source)
{
	char why[CURL_ERROR_SIZE] = "";
	CURL *curl = curl_easy_init();
	CURLcode code;
	struct buf text;
	enum err err = ERR_SYSTEM;

	if (curl == NULL)
		return ERR_MEMORY;
	buf_init(&text, JWT_KEYS_SIZE_MAX);
	set_options(source, curl, &text, why);
	code = curl_easy_perform(curl);
	curl_easy_cleanup(curl);
	if (code == CURLE_OK)
		err = take(source, buf_str(&text));
	else if (!atomic_load(&source->is_stopping))
		complain(
		    source, why[0] != '\0' ? why : curl_easy_strerror(code));
	buf_done(&text);
	return err;
}

/* Until it is time, or somebody wants it. */
static void
wait_for_next(struct jwt_source *source, time_t wait_s)
{
	struct timespec end = { .tv_sec = now_s() + wait_s };

	CHECK(pthread_mutex_lock(&source->mutex) == 0);
	source->is_waiting = true;
	while (!source->is_wanted && !atomic_load(&source->is_stopping) &&
	       pthread_cond_timedwait(&source->wake, &source->mutex, &end) == 0)
		;
	source->is_waiting = false;
	source->is_wanted = false;
	source->asked_s = now_s();
	CHECK(pthread_mutex_unlock(&source->mutex) == 0);
}

static void *
run(void *context)
{
	struct jwt_source *source = context;

	while (!atomic_load(&source->is_stopping)) {
		enum err err = fetch(source);

		wait_for_next(source,
		    err == ERR_NONE ? JWT_SOURCE_EVERY_S : JWT_SOURCE_RETRY_S);
	}
	return NULL;
}

static enum err
start(struct jwt_source *source)
{
	if (!source->is_url)
		return read_file(source);
	if (strncmp(source->options.where, "http://", 7) == 0)
		(void)fprintf(stderr,
		    "tarry: the keys of %s come over plain text: whoever is "
		    "on the way can log in as anybody\n",
		    source->options.where);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    pthread_create(&source->thread, NULL, run, source) != 0) {
		complain(source, err_text(ERR_SYSTEM));
		return ERR_SYSTEM;
	}
	source->is_started = true;
	return ERR_NONE;
}

static enum err
init_wake(struct jwt_source *source)
{
	pthread_condattr_t attributes;

	if (pthread_mutex_init(&source->mutex, NULL) != 0 ||
	    pthread_condattr_init(&attributes) != 0)
		return ERR_SYSTEM;
	CHECK(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
	CHECK(pthread_cond_init(&source->wake, &attributes) == 0);
	(void)pthread_condattr_destroy(&attributes); /* never fails */
	return ERR_NONE;
}

enum err
jwt_source_new(
    const struct jwt_source_options *options, struct jwt_source **out_source)
{
	struct jwt_source *source = calloc(1, sizeof(*source));
	enum err err;

	if (source == NULL)
		return ERR_MEMORY;
	source->options = *options;
	source->is_url = strncmp(options->where, "http://", 7) == 0 ||
	                 strncmp(options->where, "https://", 8) == 0;
	source->asked_s = now_s();
	if (init_wake(source) != ERR_NONE) {
		free(source);
		return ERR_SYSTEM;
	}
	err = start(source);
	if (err != ERR_NONE) {
		jwt_source_free(source);
		return err;
	}
	*out_source = source;
	return ERR_NONE;
}

struct jwt_keys *
jwt_source_keys(struct jwt_source *source)
{
	struct jwt_keys *keys;

	CHECK(pthread_mutex_lock(&source->mutex) == 0);
	keys = source->keys == NULL ? NULL : jwt_keys_ref(source->keys);
	CHECK(pthread_mutex_unlock(&source->mutex) == 0);
	return keys;
}

static void
want(struct jwt_source *source)
{
	source->is_wanted = true;
	CHECK(pthread_cond_signal(&source->wake) == 0);
}

bool
jwt_source_miss(struct jwt_source *source)
{
	bool is_due;
	bool is_soon;

	if (!source->is_url)
		return false;
	CHECK(pthread_mutex_lock(&source->mutex) == 0);
	is_due = now_s() - source->asked_s >= JWT_SOURCE_RETRY_S;
	is_soon = is_due || source->is_wanted || !source->is_waiting;
	if (is_due)
		want(source);
	CHECK(pthread_mutex_unlock(&source->mutex) == 0);
	return is_soon;
}

void
jwt_source_reload(struct jwt_source *source)
{
	if (!source->is_url) {
		(void)read_file(source); /* it has said what is wrong */
		return;
	}
	CHECK(pthread_mutex_lock(&source->mutex) == 0);
	want(source);
	CHECK(pthread_mutex_unlock(&source->mutex) == 0);
}

void
jwt_source_free(struct jwt_source *source)
{
	if (source == NULL)
		return;
	CHECK(pthread_mutex_lock(&source->mutex) == 0);
	atomic_store(&source->is_stopping, true);
	CHECK(pthread_cond_signal(&source->wake) == 0);
	CHECK(pthread_mutex_unlock(&source->mutex) == 0);
	if (source->is_started)
		CHECK(pthread_join(source->thread, NULL) == 0);
	jwt_keys_unref(source->keys);
	CHECK(pthread_cond_destroy(&source->wake) == 0);
	CHECK(pthread_mutex_destroy(&source->mutex) == 0);
	free(source);
}
