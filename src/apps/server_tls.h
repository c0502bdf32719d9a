/*
 * server_tls.h - TLS as the options wish it: which addresses speak it, and
 * with which certificates.
 *
 *	listen, listen ... -> open -> refresh, change ... -> close
 */
#ifndef SERVER_TLS_H
#define SERVER_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "apps/options.h"
#include "base/check.h"
#include "base/err.h"
#include "net/listener.h"
#include "net/tls.h"
#include "net/tls_self.h"

enum { SERVER_TLS_NAME_SIZE = 64, SERVER_TLS_NAME_COUNT_MAX = 24 };

/* What the command line says. */
struct server_tls_options {
	struct option_texts certificates;
	struct option_texts keys;
	const char *client_ca;
	int client_auth; /* enum tls_client_auth */
	bool is_self_signed;
};

struct server_tls {
	const struct server_tls_options *options;
	struct tls *tls; /* NULL: no TLS */
	struct tls_options use;
	struct tls_self self;
	char names[SERVER_TLS_NAME_COUNT_MAX][SERVER_TLS_NAME_SIZE];
	size_t name_count; /* of a certificate of our own making */
	bool is_wanted;    /* by an address */
};

/* options outlives it, and it does not move. */
void server_tls_init(
    struct server_tls *tls, const struct server_tls_options *options);

/*
 * "127.0.0.1:8102", which speaks TLS if there is a certificate, or
 * "https://127.0.0.1:8102", or "http://127.0.0.1:8102".  ERR_SYNTAX.
 */
enum err server_tls_listen(struct server_tls *tls, const char *text,
    struct address *out_address, bool *out_is_tls) MUST_CHECK;

/* What the options say against each other; NULL: nothing. */
const char *server_tls_contradiction(const struct server_tls *tls);

/* When it fails it has said why on standard error. */
enum err server_tls_open(struct server_tls *tls, int64_t now_ms) MUST_CHECK;
void server_tls_close(struct server_tls *tls); /* also what was not opened */

enum server_tls_refresh {
	SERVER_TLS_IF_STALE, /* ask every few seconds */
	SERVER_TLS_NOW,
};

/* Reads the files again, and says so on standard error. */
void server_tls_refresh(
    struct server_tls *tls, enum server_tls_refresh when, int64_t now_ms);

/* False, and it has said so: TLS would have to begin or to end with them. */
bool server_tls_can_change(
    const struct server_tls *tls, const struct server_tls_options *options);

/*
 * The same with other options, which agree and to which it can change; they
 * outlive it, the old ones are used no more.  When it fails it has said why:
 * a file is wrong, and nothing has changed.
 */
enum err server_tls_change(struct server_tls *tls,
    const struct server_tls_options *options, int64_t now_ms) MUST_CHECK;

#endif
