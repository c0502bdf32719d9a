/*
 * tls_self.c - see tls_self.h.
 */
#include "net/tls_self.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/buf.h"

enum {
	VERSION_3 = 2,
	SERIAL_BITS = 127, /* positive, and at most 20 octets: RFC 5280 */
	EARLIER_S = 3600,  /* the peer's clock may be slow */
	DAY_S = 24 * 3600,
	DIGEST_SIZE = 32,
	PUBLIC_KEY_SIZE_MAX = 4096,
	NAMES_SIZE_MAX = 4096,
};

_Static_assert(TLS_SELF_TEXT_SIZE >= DIGEST_SIZE * 3, "a fingerprint");
_Static_assert(TLS_SELF_TEXT_SIZE > 8 + (DIGEST_SIZE + 2) / 3 * 4, "a pin");

static bool
set_serial(X509 *certificate)
{
	BIGNUM *number = BN_new();
	bool is_set = number != NULL &&
	              BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE,
	                  BN_RAND_BOTTOM_ANY) == 1 &&
	              BN_to_ASN1_INTEGER(
	                  number, X509_get_serialNumber(certificate)) != NULL;

	BN_free(number);
	return is_set;
}

static bool
is_ip(const char *name)
{
	struct in6_addr address;

	return inet_pton(AF_INET, name, &address) == 1 ||
	       inet_pton(AF_INET6, name, &address) == 1;
}

static bool
add_extension(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	bool is_added =
	    extension != NULL && X509_add_ext(certificate, extension, -1) == 1;

	X509_EXTENSION_free(extension);
	return is_added;
}

static bool
add_names(X509 *certificate, const char *const *names, size_t count)
{
	struct buf text;
	bool is_added;

	buf_init(&text, NAMES_SIZE_MAX);
	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "%s%s:%s", i == 0 ? "" : ",",
		    is_ip(names[i]) ? "IP" : "DNS", names[i]);
	buf_add_char(&text, '\0');
	is_added = text.err == ERR_NONE &&
	           add_extension(certificate, NID_subject_alt_name, text.data);
	buf_done(&text);
	return is_added;
}

static bool
fill_in(X509 *certificate, EVP_PKEY *key, const char *first_name)
{
	X509_NAME *name = X509_get_subject_name(certificate);

	return X509_set_version(certificate, VERSION_3) == 1 &&
	       set_serial(certificate) &&
	       X509_gmtime_adj(X509_getm_notBefore(certificate), -EARLIER_S) !=
	           NULL &&
	       X509_gmtime_adj(X509_getm_notAfter(certificate),
	           (long)TLS_SELF_DAYS * DAY_S) != NULL &&
	       X509_set_pubkey(certificate, key) == 1 &&
	       X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
	           (const unsigned char *)first_name, -1, -1, 0) == 1 &&
	       X509_set_issuer_name(certificate, name) == 1 &&
	       add_extension(
	           certificate, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(
	           certificate, NID_key_usage, "critical,digitalSignature") &&
	       add_extension(certificate, NID_ext_key_usage, "serverAuth");
}

static bool
write_fingerprint(const X509 *certificate, char *out)
{
	unsigned char digest[DIGEST_SIZE];
	unsigned size;

	if (X509_digest(certificate, EVP_sha256(), digest, &size) != 1)
		return false;
	for (unsigned i = 0; i < DIGEST_SIZE; i++)
		(void)snprintf(out + 3 * (size_t)i, 4, "%02X%s", digest[i],
		    i + 1 < DIGEST_SIZE ? ":" : "");
	return true;
}

/* Of the public key alone, as RFC 7469, 2.4 says. */
enum err
tls_self_pin(const struct x509_st *certificate, char *out)
{
	unsigned char octets[PUBLIC_KEY_SIZE_MAX];
	unsigned char digest[DIGEST_SIZE];
	unsigned char *end = octets;
	X509_PUBKEY *key = X509_get_X509_PUBKEY(certificate);
	int size = i2d_X509_PUBKEY(key, NULL);

	if (size <= 0 || size > PUBLIC_KEY_SIZE_MAX)
		return ERR_LIMIT;
	size = i2d_X509_PUBKEY(key, &end);
	if (EVP_Digest(
	        octets, (size_t)size, digest, NULL, EVP_sha256(), NULL) != 1)
		return ERR_MEMORY;
	size = snprintf(out, TLS_SELF_TEXT_SIZE, "sha256//");
	(void)EVP_EncodeBlock((unsigned char *)out + size, digest, DIGEST_SIZE);
	return ERR_NONE;
}

enum err
tls_self_init(
    struct tls_self *self, const char *const *names, size_t name_count)
{
	CHECK(name_count > 0);
	*self = (struct tls_self){ .certificate = X509_new(),
		.key = EVP_EC_gen("P-256") };
	if (self->certificate != NULL && self->key != NULL &&
	    fill_in(self->certificate, self->key, names[0]) &&
	    add_names(self->certificate, names, name_count) &&
	    X509_sign(self->certificate, self->key, EVP_sha256()) > 0 &&
	    write_fingerprint(self->certificate, self->fingerprint) &&
	    tls_self_pin(self->certificate, self->pin) == ERR_NONE)
		return ERR_NONE;
	tls_self_done(self);
	return ERR_MEMORY;
}

void
tls_self_done(struct tls_self *self)
{
	X509_free(self->certificate);
	EVP_PKEY_free(self->key);
	*self = (struct tls_self){ 0 };
}
