/*
 * tls_rig.c - see tls_rig.h.
 */
#include "tls_rig.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum { DAY_S = 24 * 3600 };

void
tls_rig_init(struct tls_rig *rig)
{
	*rig = (struct tls_rig){ .folder = "/tmp/tls_test.XXXXXX" };
	assert_non_null(mkdtemp(rig->folder));
}

void
tls_rig_done(struct tls_rig *rig)
{
	DIR *folder = opendir(rig->folder);
	const struct dirent *entry;

	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.')
			(void)unlink(tls_rig_path(rig, entry->d_name));
	assert_int_equal(closedir(folder), 0);
	assert_int_equal(rmdir(rig->folder), 0);
}

const char *
tls_rig_path(struct tls_rig *rig, const char *file)
{
	char *path = rig->paths[rig->path_count++ % 16];
	char text[TLS_RIG_PATH_SIZE];
	int size = snprintf(text, sizeof(text), "%s/%s", rig->folder, file);

	assert_in_range(size, 1, TLS_RIG_PATH_SIZE - 1);
	memcpy(path, text, (size_t)size + 1);
	return path;
}

static const char *
path_of(struct tls_rig *rig, const char *name, const char *kind)
{
	char file[64];

	(void)snprintf(file, sizeof(file), "%s.%s", name, kind);
	return tls_rig_path(rig, file);
}

struct tls_pair
tls_rig_pair(struct tls_rig *rig, const char *name)
{
	return (struct tls_pair){ path_of(rig, name, "crt"),
		path_of(rig, name, "key") };
}

void
tls_rig_write(struct tls_rig *rig, const char *file, const char *text)
{
	FILE *out = fopen(tls_rig_path(rig, file), "w");

	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, strlen(text), out), strlen(text));
	assert_int_equal(fclose(out), 0);
}

X509 *
tls_rig_certificate(struct tls_rig *rig, const char *name)
{
	FILE *in = fopen(path_of(rig, name, "crt"), "r");
	X509 *certificate;

	assert_non_null(in);
	certificate = PEM_read_X509(in, NULL, NULL, NULL);
	assert_non_null(certificate);
	assert_int_equal(fclose(in), 0);
	return certificate;
}

static EVP_PKEY *
key_of(struct tls_rig *rig, const char *name)
{
	FILE *in = fopen(path_of(rig, name, "key"), "r");
	EVP_PKEY *key;

	assert_non_null(in);
	key = PEM_read_PrivateKey(in, NULL, NULL, NULL);
	assert_non_null(key);
	assert_int_equal(fclose(in), 0);
	return key;
}

static void
extend(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(extension);
	assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

static void
fill_in(X509 *certificate, const struct tls_rig_wish *wish)
{
	bool has_days = wish->from_days != 0 || wish->to_days != 0;
	long from = has_days ? wish->from_days : -1;
	long to = has_days ? wish->to_days : 1;
	int size = wish->common_name_size;

	assert_int_equal(X509_set_version(certificate, 2), 1);
	assert_int_equal(
	    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1), 1);
	assert_non_null(
	    X509_gmtime_adj(X509_getm_notBefore(certificate), from * DAY_S));
	assert_non_null(
	    X509_gmtime_adj(X509_getm_notAfter(certificate), to * DAY_S));
	if (wish->common_name != NULL)
		assert_int_equal(X509_NAME_add_entry_by_NID(
		                     X509_get_subject_name(certificate),
		                     NID_commonName, V_ASN1_UTF8STRING,
		                     (const unsigned char *)wish->common_name,
		                     size == 0 ? -1 : size, -1, 0),
		    1);
	if (wish->alternatives != NULL)
		extend(certificate, NID_subject_alt_name, wish->alternatives);
	extend(certificate, NID_basic_constraints,
	    wish->is_ca ? "critical,CA:TRUE" : "CA:FALSE");
}

static void
sign(struct tls_rig *rig, const struct tls_rig_wish *wish, X509 *certificate,
    EVP_PKEY *key)
{
	X509 *issuer = certificate;

	if (wish->issuer != NULL) {
		issuer = tls_rig_certificate(rig, wish->issuer);
		key = key_of(rig, wish->issuer);
	}
	assert_int_equal(
	    X509_set_issuer_name(certificate, X509_get_subject_name(issuer)),
	    1);
	assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
	if (wish->issuer != NULL) {
		X509_free(issuer);
		EVP_PKEY_free(key);
	}
}

void
tls_rig_make(struct tls_rig *rig, const struct tls_rig_wish *wish)
{
	EVP_PKEY *key = wish->rsa_bits == 0 ? EVP_EC_gen("P-256")
	                                    : EVP_RSA_gen(wish->rsa_bits);
	X509 *certificate = X509_new();
	const char *secret = wish->passphrase;
	FILE *out;

	assert_non_null(key);
	assert_non_null(certificate);
	fill_in(certificate, wish);
	assert_int_equal(X509_set_pubkey(certificate, key), 1);
	sign(rig, wish, certificate, key);
	out = fopen(path_of(rig, wish->name, "crt"), "w");
	assert_non_null(out);
	assert_int_equal(PEM_write_X509(out, certificate), 1);
	assert_int_equal(fclose(out), 0);
	out = fopen(path_of(rig, wish->name, "key"), "w");
	assert_non_null(out);
	assert_int_equal(
	    PEM_write_PKCS8PrivateKey(out, key,
	        secret == NULL ? NULL : EVP_aes_128_cbc(), secret,
	        secret == NULL ? 0 : (int)strlen(secret), NULL, NULL),
	    1);
	assert_int_equal(fclose(out), 0);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

SSL_CTX *
tls_rig_client(struct tls_rig *rig, const char *ca, const char *own)
{
	SSL_CTX *client = SSL_CTX_new(TLS_client_method());

	assert_non_null(client);
	SSL_CTX_set_security_level(client, 0); /* old versions are offered */
	if (ca != NULL) {
		SSL_CTX_set_verify(client, SSL_VERIFY_PEER, NULL);
		assert_int_equal(
		    SSL_CTX_load_verify_file(client, path_of(rig, ca, "crt")),
		    1);
	}
	if (own != NULL) {
		assert_int_equal(SSL_CTX_use_certificate_chain_file(
		                     client, path_of(rig, own, "crt")),
		    1);
		assert_int_equal(
		    SSL_CTX_use_PrivateKey_file(
		        client, path_of(rig, own, "key"), SSL_FILETYPE_PEM),
		    1);
	}
	return client;
}
