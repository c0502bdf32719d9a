/*
 * side.c - see side.h.
 */
#include "client/side.h"

void
side_init(struct side *side, CURLM *multi)
{
	*side = (struct side){ .multi = multi };
	buf_init(&side->body, SIDE_BODY_SIZE_MAX);
}

static size_t
take(char *data, size_t one, size_t size, void *context)
{
	struct side *side = context;

	buf_add(&side->body, data, one * size);
	return side->body.err == ERR_NONE ? one * size : CURL_WRITEFUNC_ERROR;
}

void
side_start_take(
    struct side *side, CURL *easy, const char *method, const char *url)
{
	if (easy == NULL || side->easy != NULL) {
		curl_easy_cleanup(easy);
		return;
	}
	buf_clear(&side->body);
	side->easy = easy;
	side->fields = curl_slist_append(NULL, "Accept: application/json");
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, side->fields);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, side);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)SIDE_MS);
	if (curl_multi_add_handle(side->multi, easy) != CURLM_OK)
		side_end(side);
}

long
side_status(const struct side *side)
{
	long status = 0;

	if (side->easy != NULL)
		(void)curl_easy_getinfo(
		    side->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

void
side_end(struct side *side)
{
	if (side->easy == NULL)
		return;
	(void)curl_multi_remove_handle(side->multi, side->easy);
	curl_easy_cleanup(side->easy);
	curl_slist_free_all(side->fields);
	side->easy = NULL;
	side->fields = NULL;
}

void
side_done(struct side *side)
{
	side_end(side);
	buf_done(&side->body);
}
