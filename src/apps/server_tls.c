/*
 * server_tls.c - see server_tls.h.
 */
#include "apps/server_tls.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"

enum { WHY_SIZE_MAX = 16 * 1024 };

static void
complain(const char *what, const char *why)
{
	(void)fprintf(stderr, "tarry: %s: %s\n", what, why);
}

/* A line of ours for each line of it. */
static void
print_lines(struct str why, const char *end)
{
	while (why.len > 0) {
		struct str line = str_cut(&why, '\n');

		(void)fprintf(stderr, "tarry: %.*s%s\n", STR_ARG(line), end);
	}
}

void
server_tls_init(
    struct server_tls *tls, const struct server_tls_options *options)
{
	*tls = (struct server_tls){ .options = options };
}

static bool
has_certificate(const struct server_tls *tls)
{
	return tls->options->certificates.count > 0 ||
	       tls->options->is_self_signed;
}

static bool
is_any(const struct address *address)
{
	const struct sockaddr_in *in = (const void *)&address->storage;
	const struct sockaddr_in6 *in6 = (const void *)&address->storage;

	return address->storage.ss_family == AF_INET
	           ? in->sin_addr.s_addr == htonl(INADDR_ANY)
	           : IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr);
}

/* What does not fit is left out: a client then says that the name is wrong. */
static void
add_name(struct server_tls *tls, struct str name)
{
	char *place = tls->names[tls->name_count];

	if (tls->name_count == SERVER_TLS_NAME_COUNT_MAX ||
	    name.len >= SERVER_TLS_NAME_SIZE)
		return;
	memcpy(place, name.data, name.len);
	place[name.len] = '\0';
	for (size_t i = 0; i < tls->name_count; i++)
		if (strcmp(tls->names[i], place) == 0)
			return;
	tls->name_count++;
}

/* By its address, or, when it is all of them, by the machine's name. */
static void
add_name_of(struct server_tls *tls, const struct address *address)
{
	char text[64];
	struct str name;

	if (is_any(address)) {
		if (gethostname(text, sizeof(text)) == 0)
			add_name(tls, str_make(text, strnlen(text, 63)));
		return;
	}
	listener_name(address, text);
	name = str_of(text);
	name.len = (size_t)(strrchr(text, ':') - text);
	if (text[0] == '[')
		name = str_make(text + 1, name.len - 2);
	add_name(tls, name);
}

enum err
server_tls_listen(struct server_tls *tls, const char *text,
    struct address *out_address, bool *out_is_tls)
{
	struct str rest = str_of(text);
	bool is_tls = has_certificate(tls);
	enum err err;

	if (str_starts(rest, (struct str)STR("https://"))) {
		is_tls = true;
		rest = str_from(rest, strlen("https://"));
	} else if (str_starts(rest, (struct str)STR("http://"))) {
		is_tls = false;
		rest = str_from(rest, strlen("http://"));
	}
	err = listener_parse(rest.data, out_address);
	if (err != ERR_NONE)
		return err;
	if (is_tls)
		add_name_of(tls, out_address);
	tls->is_wanted |= is_tls;
	*out_is_tls = is_tls;
	return ERR_NONE;
}

const char *
server_tls_contradiction(const struct server_tls *tls)
{
	const struct server_tls_options *options = tls->options;

	if (tls->is_wanted && !has_certificate(tls))
		return "an address with https:// needs --tls-cert and "
		       "--tls-key, or, for a try, --tls-self-signed";
	if (options->certificates.count != options->keys.count)
		return "each --tls-cert needs its --tls-key, in the same order";
	if (options->certificates.count > CERTIFICATE_COUNT_MAX)
		return "--tls-cert can be given 16 times";
	if (options->is_self_signed && options->certificates.count > 0)
		return "write --tls-cert or --tls-self-signed, not both";
	if (options->client_ca != NULL && !has_certificate(tls))
		return "--tls-client-ca needs --tls-cert and --tls-key";
	if (options->client_auth == TLS_CLIENT_REQUIRED &&
	    options->client_ca == NULL)
		return "--tls-client-auth required needs --tls-client-ca";
	return NULL;
}

static enum err
make_certificate(struct server_tls *tls)
{
	const char *names[SERVER_TLS_NAME_COUNT_MAX];
	enum err err;

	add_name(tls, (struct str)STR("localhost"));
	add_name(tls, (struct str)STR("127.0.0.1"));
	add_name(tls, (struct str)STR("::1"));
	for (size_t i = 0; i < tls->name_count; i++)
		names[i] = tls->names[i];
	err = tls_self_init(&tls->self, names, tls->name_count);
	if (err != ERR_NONE)
		complain("--tls-self-signed", err_text(err));
	tls->use.self = &tls->self;
	return err;
}

static void
fill_in(struct server_tls *tls)
{
	static const char *const alpn[] = { "h2", "http/1.1", NULL };
	const struct server_tls_options *options = tls->options;

	CHECK(options->certificates.count <= CERTIFICATE_COUNT_MAX);
	for (size_t i = 0; i < options->certificates.count; i++)
		tls->use.pairs[i] = (struct tls_pair){
			.certificate = options->certificates.items[i],
			.key = options->keys.items[i],
		};
	tls->use.pair_count = options->certificates.count;
	tls->use.client_ca = options->client_ca;
	tls->use.client_auth = (enum tls_client_auth)options->client_auth;
	tls->use.alpn = alpn;
}

enum err
server_tls_open(struct server_tls *tls, int64_t now_ms)
{
	const char *wrong = server_tls_contradiction(tls);
	struct buf why;
	enum err err = ERR_NONE;

	if (wrong != NULL) {
		complain("TLS", wrong);
		return ERR_CONFLICT;
	}
	if (!has_certificate(tls))
		return ERR_NONE;
	fill_in(tls);
	if (tls->options->is_self_signed)
		err = make_certificate(tls);
	if (err != ERR_NONE)
		return err;
	buf_init(&why, WHY_SIZE_MAX);
	err = tls_new(&tls->use, now_ms, &why, &tls->tls);
	if (err != ERR_NONE && why.len == 0)
		complain("TLS", err_text(err));
	print_lines(buf_str(&why), "");
	buf_done(&why);
	return err;
}

void
server_tls_close(struct server_tls *tls)
{
	tls_free(tls->tls);
	tls_self_done(&tls->self);
}

static enum err
read_again(struct server_tls *tls, int64_t now_ms)
{
	struct buf why;
	enum err err;

	buf_init(&why, WHY_SIZE_MAX);
	err = tls_reload(tls->tls, now_ms, &why);
	if (err == ERR_NONE) {
		print_lines(buf_str(&why), "");
		complain("TLS", "the certificates were read again");
	} else {
		if (why.len == 0)
			buf_add_text(&why, err_text(err));
		print_lines(buf_str(&why), ": the old ones stay in use");
	}
	buf_done(&why);
	return err;
}

void
server_tls_refresh(
    struct server_tls *tls, enum server_tls_refresh when, int64_t now_ms)
{
	if (tls->tls == NULL ||
	    (when == SERVER_TLS_IF_STALE && !tls_is_stale(tls->tls, now_ms)))
		return;
	(void)read_again(tls, now_ms); /* it has said so */
}

bool
server_tls_can_change(
    const struct server_tls *tls, const struct server_tls_options *options)
{
	const struct server_tls other = { .options = options };

	if (has_certificate(tls) == has_certificate(&other) &&
	    tls->options->is_self_signed == options->is_self_signed)
		return true;
	complain("TLS", "another kind of certificate, the first one or none "
	                "at all needs a restart");
	return false;
}

enum err
server_tls_change(struct server_tls *tls,
    const struct server_tls_options *options, int64_t now_ms)
{
	const struct server_tls_options *old = tls->options;
	enum err err;

	tls->options = options;
	if (tls->tls == NULL)
		return ERR_NONE;
	fill_in(tls);
	err = read_again(tls, now_ms);
	if (err == ERR_NONE)
		return ERR_NONE;
	tls->options = old;
	fill_in(tls);
	return err;
}
