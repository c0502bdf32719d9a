/*
 * tls_context.c - see tls_context.h.
 */
#include "net/tls_context.h"

#include <errno.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/own.h"
#include "net/tls_self.h"

/* What TLS 1.3 has is good as it is. */
#define CIPHERS_OF_1_2                                                         \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"           \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"           \
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define GROUPS "X25519:P-256:P-384"

enum {
	SECURITY_LEVEL = 2, /* 112 bits: no RSA below 2048 */
	CHAIN_DEPTH_MAX = 8,
};

static void
free_context(SSL_CTX **context)
{
	SSL_CTX_free(*context);
}

static void
free_key(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

static void
close_bio(BIO **bio)
{
	(void)BIO_free(*bio); /* it was only read from */
}

static void
add_line(struct buf *why, const char *file, const char *text)
{
	if (why->len > 0)
		buf_add_char(why, '\n');
	buf_printf(why, "%s: %s", file, text);
}

/* What OpenSSL says is on this thread's queue; the newest is the reason. */
static enum err
complain(struct buf *why, const char *file, const char *what)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = ERR_reason_error_string(code);
	bool is_other = ERR_GET_LIB(code) == ERR_LIB_PEM &&
	                ERR_GET_REASON(code) == PEM_R_NO_START_LINE;

	add_line(why, file, what);
	if (!is_other && reason != NULL)
		buf_printf(why, " (%s)", reason);
	ERR_clear_error();
	return ERR_SYNTAX;
}

static BIO *
open_file(const char *file, struct buf *why)
{
	BIO *bio;

	errno = 0;
	bio = BIO_new_file(file, "re");
	if (bio == NULL)
		add_line(why, file,
		    errno == 0 ? err_text(ERR_MEMORY) : strerror(errno));
	ERR_clear_error();
	return bio;
}

/* Nobody sits at the terminal. */
static int
refuse_passphrase(char *out, int size, int is_writing, void *context)
{
	bool *was_asked = context;

	(void)out;
	(void)size;
	(void)is_writing;
	if (was_asked != NULL)
		*was_asked = true;
	return -1;
}

static enum err
read_key(const char *file, struct buf *why, EVP_PKEY **out_key)
{
	bool was_asked = false;
	OWNED(close_bio) BIO *bio = open_file(file, why);
	EVP_PKEY *key;

	if (bio == NULL)
		return ERR_SYSTEM;
	key = PEM_read_bio_PrivateKey(bio, NULL, refuse_passphrase, &was_asked);
	if (was_asked) {
		ERR_clear_error();
		add_line(why, file,
		    "the key is encrypted: store it without a passphrase, "
		    "readable by this server alone");
		return ERR_SYNTAX;
	}
	if (key == NULL)
		return complain(why, file, "holds no private key in PEM form");
	*out_key = key;
	return ERR_NONE;
}

static void
warn_of_time(const char *file, const X509 *certificate, struct buf *why)
{
	if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
		add_line(why, file, "the certificate has expired");
	else if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
		add_line(why, file, "the certificate is not valid yet");
}

/* The certificate comes first, then those that lead to its root. */
static enum err
use_pair(SSL_CTX *context, const struct tls_pair *pair, struct buf *why)
{
	OWNED(free_key) EVP_PKEY *key = NULL;
	OWNED(close_bio) BIO *bio = open_file(pair->certificate, why);
	enum err err;

	if (bio == NULL)
		return ERR_SYSTEM;
	if (SSL_CTX_use_certificate_chain_file(context, pair->certificate) != 1)
		return complain(why, pair->certificate,
		    "holds no certificate in PEM form that can be used");
	err = read_key(pair->key, why, &key);
	if (err != ERR_NONE)
		return err;
	if (X509_check_private_key(SSL_CTX_get0_certificate(context), key) !=
	    1) {
		ERR_clear_error();
		add_line(
		    why, pair->key, "is not the key of the certificate in ");
		buf_add_text(why, pair->certificate);
		return ERR_CONFLICT;
	}
	if (SSL_CTX_use_PrivateKey(context, key) != 1)
		return complain(why, pair->key, "the key cannot be used");
	warn_of_time(pair->certificate, SSL_CTX_get0_certificate(context), why);
	return ERR_NONE;
}

static enum err
use_self(SSL_CTX *context, const struct tls_self *self)
{
	return SSL_CTX_use_certificate(context, self->certificate) == 1 &&
	               SSL_CTX_use_PrivateKey(context, self->key) == 1
	           ? ERR_NONE
	           : ERR_MEMORY;
}

static enum err
ask_clients(
    SSL_CTX *context, const struct tls_options *options, struct buf *why)
{
	const char *file = options->client_ca;
	OWNED(close_bio) BIO *bio = open_file(file, why);
	STACK_OF(X509_NAME) * names;
	int mode = SSL_VERIFY_PEER;

	if (bio == NULL)
		return ERR_SYSTEM;
	names = SSL_load_client_CA_file(file); /* told to clients */
	if (names == NULL)
		return complain(why, file, "holds no certificate in PEM form");
	SSL_CTX_set_client_CA_list(context, names);
	if (SSL_CTX_load_verify_file(context, file) != 1)
		return complain(why, file, "cannot be used");
	if (options->client_auth == TLS_CLIENT_REQUIRED)
		mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	SSL_CTX_set_verify(context, mode, NULL);
	SSL_CTX_set_verify_depth(context, CHAIN_DEPTH_MAX);
	return ERR_NONE;
}

static enum err
set_up(SSL_CTX *context)
{
	static const unsigned char session_id[] = "tarry";

	SSL_CTX_set_options(context,
	    SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
	        SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
	        SSL_OP_ENABLE_KTLS |
	        /* HTTP has its own ends: what is cut off is seen to be. */
	        SSL_OP_IGNORE_UNEXPECTED_EOF);
	(void)SSL_CTX_set_mode(context,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
	        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	/* The tickets hold all there is to remember. */
	(void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_security_level(context, SECURITY_LEVEL);
	SSL_CTX_set_default_passwd_cb(context, refuse_passphrase);
	if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(context, CIPHERS_OF_1_2) != 1 ||
	    SSL_CTX_set1_groups_list(context, GROUPS) != 1 ||
	    SSL_CTX_set_session_id_context(
	        context, session_id, sizeof(session_id) - 1) != 1)
		return ERR_MEMORY;
	return ERR_NONE;
}

enum err
tls_context_new(const struct tls_options *options, size_t pair_index,
    struct buf *out_why, struct ssl_ctx_st **out_context)
{
	OWNED(free_context) SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	enum err err = ERR_MEMORY;

	ERR_clear_error();
	if (context != NULL)
		err = set_up(context);
	if (err == ERR_NONE)
		err = options->self != NULL
		          ? use_self(context, options->self)
		          : use_pair(
		                context, &options->pairs[pair_index], out_why);
	if (err == ERR_NONE && options->client_ca != NULL)
		err = ask_clients(context, options, out_why);
	ERR_clear_error();
	if (err != ERR_NONE)
		return err;
	*out_context = GIVE(context);
	return ERR_NONE;
}
