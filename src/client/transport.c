/*
 * transport.c - see transport.h.
 */
#include "client/transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/side.h"
#include "client/tarry.h"

enum {
	CONNECT_MS = 30 * 1000,
	TICK_MS = 200,
	LOOK_MS = 2000, /* from one look at a status resource to the next */
	UPLOAD_SIZE = 256 * 1024,
	RECEIVE_SIZE = 128 * 1024,
};

struct transport {
	const struct tarry_options *options;
	atomic_int *interrupts;
	CURLM *multi;
	CURL *easy;
	struct side canceller;
	struct side looker;
	int64_t looked_ms;
	struct intake intake;
	char error[CURL_ERROR_SIZE];

	/* Of the request that runs. */
	const struct transport_request *request;
	const char *body_rest;
	int64_t active_ms; /* when something moved */
	int64_t sent;
	int64_t received;
	bool is_source_done;
	bool is_head_told;
	enum intake_event abuse; /* INTAKE_MORE: none */
	bool is_ours;            /* our own side failed */
	int interrupts_seen;
};

int64_t
transport_now_ms(void)
{
	struct timespec now;

	CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct transport *
transport_new(const struct tarry_options *options, atomic_int *interrupts)
{
	struct transport *transport = calloc(1, sizeof(*transport));

	if (transport == NULL)
		return NULL;
	transport->options = options;
	transport->interrupts = interrupts;
	intake_init(&transport->intake, options->interim_count_max,
	    options->interim_size_max);
	/* Harmless when it is done already, and not for us to undo. */
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	transport->multi = curl_multi_init();
	transport->easy = curl_easy_init();
	side_init(&transport->canceller, transport->multi);
	side_init(&transport->looker, transport->multi);
	if (transport->multi == NULL || transport->easy == NULL) {
		transport_free(transport);
		return NULL;
	}
	return transport;
}

void
transport_free(struct transport *transport)
{
	if (transport == NULL)
		return;
	side_done(&transport->canceller);
	side_done(&transport->looker);
	curl_easy_cleanup(transport->easy);
	curl_multi_cleanup(transport->multi);
	intake_done(&transport->intake);
	free(transport);
}

const struct intake *
transport_intake(const struct transport *transport)
{
	return &transport->intake;
}

static bool
tell_head(struct transport *transport)
{
	const struct transport_request *request = transport->request;

	if (transport->is_head_told)
		return true;
	transport->is_head_told = true;
	return request->head == NULL ||
	       request->head(request->context, &transport->intake);
}

static size_t
take_header(char *data, size_t one, size_t size, void *context)
{
	struct transport *transport = context;
	const struct transport_request *request = transport->request;
	int64_t now_ms = transport_now_ms();
	enum intake_event event =
	    intake_line(&transport->intake, str_make(data, one * size), now_ms);

	transport->active_ms = now_ms;
	switch (event) {
	case INTAKE_MORE:
		break;
	case INTAKE_INTERIM:
		if (request->interim != NULL)
			request->interim(request->context, &transport->intake);
		break;
	case INTAKE_FINAL:
		transport->is_head_told = false;
		break;
	case INTAKE_TOO_MANY:
	case INTAKE_TOO_LARGE:
	case INTAKE_TOO_FAST:
	case INTAKE_SWITCHED:
	case INTAKE_MALFORMED:
		transport->abuse = event;
		return 0;
	}
	return one * size;
}

static size_t
take_body(char *data, size_t one, size_t size, void *context)
{
	struct transport *transport = context;
	const struct transport_request *request = transport->request;

	transport->active_ms = transport_now_ms();
	transport->received += (int64_t)(one * size);
	if (!tell_head(transport) ||
	    (request->body_piece != NULL &&
	        !request->body_piece(request->context, data, one * size))) {
		transport->is_ours = true;
		return CURL_WRITEFUNC_ERROR;
	}
	return one * size;
}

static size_t
give_body(char *data, size_t one, size_t size, void *context)
{
	struct transport *transport = context;
	const struct tarry_source *source = transport->request->source;
	ptrdiff_t given = source->read(source->context, data, one * size);

	transport->active_ms = transport_now_ms();
	if (given < 0) {
		transport->is_ours = true;
		return CURL_READFUNC_ABORT;
	}
	transport->sent += given;
	if (given == 0 || transport->sent == source->size)
		transport->is_source_done = true;
	return (size_t)given;
}

static int
rewind_body(void *context, curl_off_t offset, int origin)
{
	struct transport *transport = context;
	const struct tarry_source *source = transport->request->source;

	if (offset != 0 || origin != SEEK_SET || source->rewind == NULL ||
	    !source->rewind(source->context))
		return CURL_SEEKFUNC_FAIL;
	transport->sent = 0;
	transport->is_source_done = false;
	return CURL_SEEKFUNC_OK;
}

static void
set_trust(const struct transport *transport, CURL *easy)
{
	const struct tarry_options *options = transport->options;

	if (options->ca_file != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file);
	if (options->certificate != NULL)
		curl_easy_setopt(easy, CURLOPT_SSLCERT, options->certificate);
	if (options->key != NULL)
		curl_easy_setopt(easy, CURLOPT_SSLKEY, options->key);
	if (options->proxy != NULL)
		curl_easy_setopt(easy, CURLOPT_PROXY, options->proxy);
	if (options->is_insecure) {
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
}

static void
set_common(struct transport *transport, CURL *easy,
    const struct transport_request *request)
{
	int64_t connect_ms = transport->options->connect_ms;

	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)(connect_ms == 0 ? CONNECT_MS : connect_ms));
	set_trust(transport, easy);
	if (request->user == NULL)
		return;
	/* What is not encrypted is at least not sent as it is, if possible. */
	curl_easy_setopt(easy, CURLOPT_HTTPAUTH,
	    strncmp(request->url, "https:", 6) == 0
	        ? CURLAUTH_BASIC
	        : (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST));
	curl_easy_setopt(easy, CURLOPT_USERNAME, request->user);
	curl_easy_setopt(easy, CURLOPT_PASSWORD, request->password);
}

static void
set_body(struct transport *transport, CURL *easy)
{
	const struct transport_request *request = transport->request;

	if (request->source != NULL) {
		curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(
		    easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_SIZE);
		curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE,
		    (curl_off_t)request->source->size);
		curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_body);
		curl_easy_setopt(easy, CURLOPT_READDATA, transport);
		curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, rewind_body);
		curl_easy_setopt(easy, CURLOPT_SEEKDATA, transport);
	} else if (request->body != NULL) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)strlen(request->body));
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
	}
	if (strcmp(request->method, "HEAD") == 0)
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	else
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void
prepare(struct transport *transport, const struct transport_request *request)
{
	CURL *easy = transport->easy;

	transport->request = request;
	transport->sent = 0;
	transport->received = 0;
	transport->is_source_done = request->source == NULL;
	transport->is_head_told = true; /* there is none yet */
	transport->abuse = INTAKE_MORE;
	transport->is_ours = false;
	transport->active_ms = transport_now_ms();
	transport->looked_ms = transport->active_ms;
	transport->error[0] = '\0';
	intake_done(&transport->intake);
	intake_init(&transport->intake, transport->options->interim_count_max,
	    transport->options->interim_size_max);

	curl_easy_reset(easy);
	set_common(transport, easy, request);
	curl_easy_setopt(easy, CURLOPT_URL, request->url);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transport->error);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_SIZE);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->fields);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, transport);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, transport);
	curl_easy_setopt(
	    easy, CURLOPT_FRESH_CONNECT, request->is_fresh ? 1L : 0L);
	set_body(transport, easy);
}

/* Beside the request that waits, as the same user. */
static void
start_side(struct transport *transport, struct side *side, const char *method,
    const char *url)
{
	CURL *easy = curl_easy_init();

	if (easy != NULL) {
		set_common(transport, easy, transport->request);
		curl_easy_setopt(
		    easy, CURLOPT_USERAGENT, transport->options->agent);
	}
	side_start_take(side, easy, method, url);
}

static const char *
find_monitor(const struct transport *transport)
{
	const struct transport_request *request = transport->request;

	return request->monitor == NULL ? NULL
	                                : request->monitor(request->context);
}

/* A 102 tells members only: octets are told by the status resource. */
static void
look(struct transport *transport, int64_t now_ms)
{
	const char *url;

	if (transport->request->seen == NULL ||
	    transport->looker.easy != NULL ||
	    now_ms - transport->looked_ms < LOOK_MS)
		return;
	url = find_monitor(transport);
	if (url == NULL)
		return;
	transport->looked_ms = now_ms;
	start_side(transport, &transport->looker, "GET", url);
}

static void
end_side(struct transport *transport, const CURL *easy)
{
	const struct transport_request *request = transport->request;
	struct side *looker = &transport->looker;

	if (easy == transport->canceller.easy)
		side_end(&transport->canceller);
	if (easy != looker->easy)
		return;
	request->seen(
	    request->context, buf_str(&looker->body), (int)side_status(looker));
	side_end(looker);
}

/* Whether to go on waiting. */
static bool
heed_interrupts(struct transport *transport)
{
	int interrupts = atomic_load(transport->interrupts);
	const char *url = NULL;

	if (interrupts == transport->interrupts_seen)
		return true;
	if (interrupts == 1)
		url = find_monitor(transport);
	transport->interrupts_seen = interrupts;
	if (url == NULL)
		return false;
	start_side(transport, &transport->canceller, "DELETE", url);
	return true;
}

/* Whether the main request has ended; its code. */
static bool
has_ended(struct transport *transport, CURLcode *out_code)
{
	bool has_ended = false;
	struct CURLMsg *message;
	int left;

	for (;;) {
		message = curl_multi_info_read(transport->multi, &left);
		if (message == NULL)
			return has_ended;
		if (message->msg != CURLMSG_DONE)
			continue;
		if (message->easy_handle == transport->easy) {
			*out_code = message->data.result;
			has_ended = true;
		} else {
			end_side(transport, message->easy_handle);
		}
	}
}

/* TRANSPORT_ANSWERED: curl ended it, with *out_code. */
static enum transport_end
drive(struct transport *transport, CURLcode *out_code)
{
	const struct transport_request *request = transport->request;
	int64_t ticked_ms = transport_now_ms();
	curl_off_t uploaded = 0;
	int running;

	for (;;) {
		int64_t now_ms;
		curl_off_t up = 0;

		if (!heed_interrupts(transport))
			return TRANSPORT_LEFT;
		if (curl_multi_perform(transport->multi, &running) != CURLM_OK)
			return TRANSPORT_FAILED;
		if (has_ended(transport, out_code))
			return TRANSPORT_ANSWERED;
		now_ms = transport_now_ms();
		(void)curl_easy_getinfo(
		    transport->easy, CURLINFO_SIZE_UPLOAD_T, &up);
		if (up != uploaded)
			transport->active_ms = now_ms;
		uploaded = up;
		if (now_ms >= request->late_ms)
			return TRANSPORT_LATE;
		if (now_ms - transport->active_ms >= request->idle_ms)
			return TRANSPORT_IDLE;
		look(transport, now_ms);
		if (request->tick != NULL && now_ms - ticked_ms >= TICK_MS) {
			ticked_ms = now_ms;
			request->tick(
			    request->context, up, transport->received);
		}
		if (curl_multi_poll(transport->multi, NULL, 0, TICK_MS, NULL) !=
		    CURLM_OK)
			return TRANSPORT_FAILED;
	}
}

/* These happen before the first octet of a request has left. */
static bool
is_before(CURLcode code)
{
	return code == CURLE_COULDNT_CONNECT ||
	       code == CURLE_COULDNT_RESOLVE_HOST ||
	       code == CURLE_COULDNT_RESOLVE_PROXY ||
	       code == CURLE_SSL_CONNECT_ERROR ||
	       code == CURLE_PEER_FAILED_VERIFICATION ||
	       code == CURLE_SSL_CERTPROBLEM ||
	       code == CURLE_SSL_CACERT_BADFILE ||
	       code == CURLE_URL_MALFORMAT ||
	       code == CURLE_UNSUPPORTED_PROTOCOL;
}

static enum transport_end
judge(struct transport *transport, CURLcode code, bool was_sent)
{
	if (transport->abuse != INTAKE_MORE)
		return TRANSPORT_ABUSED;
	if (transport->is_ours)
		return TRANSPORT_FAILED;
	if (code == CURLE_OK && transport->intake.is_whole &&
	    transport->intake.status >= 200)
		return TRANSPORT_ANSWERED;
	if (is_before(code) || !was_sent)
		return TRANSPORT_UNSENT;
	if (code == CURLE_WEIRD_SERVER_REPLY ||
	    code == CURLE_UNSUPPORTED_PROTOCOL)
		return TRANSPORT_ABUSED;
	return TRANSPORT_LOST;
}

static void
describe(
    struct transport *transport, CURLcode code, struct transport_result *result)
{
	const char *words = "";

	switch (result->end) {
	case TRANSPORT_ANSWERED:
		break;
	case TRANSPORT_IDLE:
		words = "the server has been silent for too long";
		break;
	case TRANSPORT_LATE:
		words = "the deadline has passed";
		break;
	case TRANSPORT_LEFT:
		words = "interrupted";
		break;
	case TRANSPORT_FAILED:
		words = "our own side failed";
		break;
	case TRANSPORT_ABUSED:
		words = transport->abuse != INTAKE_MORE
		            ? intake_words(transport->abuse)
		            : "the server sent what is no HTTP";
		break;
	case TRANSPORT_UNSENT:
	case TRANSPORT_LOST:
		words = transport->error[0] != '\0' ? transport->error
		        : code == CURLE_OK
		            ? "the connection ended without an answer"
		            : curl_easy_strerror(code);
		break;
	}
	(void)snprintf(result->words, sizeof(result->words), "%s", words);
}

void
transport_run(struct transport *transport,
    const struct transport_request *request,
    struct transport_result *out_result)
{
	struct transport_result result = { .end = TRANSPORT_FAILED };
	CURLcode code = CURLE_FAILED_INIT;
	long request_size = 0;

	prepare(transport, request);
	if (curl_multi_add_handle(transport->multi, transport->easy) ==
	    CURLM_OK)
		result.end = drive(transport, &code);
	(void)curl_easy_getinfo(
	    transport->easy, CURLINFO_REQUEST_SIZE, &request_size);
	result.was_sent = request_size > 0 && transport->is_source_done;
	result.was_accepted = transport->intake.was_accepted;
	result.interim_count = transport->intake.count;
	if (result.end == TRANSPORT_ANSWERED)
		result.end = judge(transport, code,
		    request_size > 0 &&
		        (result.was_sent || transport->intake.status != 0));
	if (result.end == TRANSPORT_ANSWERED && !tell_head(transport))
		result.end = TRANSPORT_FAILED;
	if (result.end == TRANSPORT_ANSWERED)
		result.status = transport->intake.status;
	describe(transport, code, &result);
	side_end(&transport->canceller);
	side_end(&transport->looker);
	(void)curl_multi_remove_handle(transport->multi, transport->easy);
	transport->request = NULL;
	*out_result = result;
}

void
transport_heed(struct transport *transport)
{
	transport->interrupts_seen = atomic_load(transport->interrupts);
}

bool
transport_is_interrupted(const struct transport *transport)
{
	return atomic_load(transport->interrupts) != transport->interrupts_seen;
}

bool
transport_pause(struct transport *transport, int64_t ms)
{
	int64_t end_ms = transport_now_ms() + ms;

	while (transport_now_ms() < end_ms) {
		struct timespec step = { .tv_nsec = 50 * 1000 * 1000 };

		if (transport_is_interrupted(transport))
			return false;
		(void)nanosleep(&step, NULL);
	}
	return true;
}
