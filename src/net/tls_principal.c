/*
 * tls_principal.c - see tls_principal.h.
 */
#include "net/tls_principal.h"

#include <stddef.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/x509v3.h>

/* A NUL inside of a name would make it another one. */
static bool
take(const ASN1_STRING *text, char out_name[PRINCIPAL_SIZE_MAX + 1])
{
	unsigned char *name = NULL;
	int size = ASN1_STRING_to_UTF8(&name, text);
	bool is_good = size > 0 && size <= PRINCIPAL_SIZE_MAX;

	for (int i = 0; is_good && i < size; i++)
		is_good = name[i] >= 0x20 && name[i] != 0x7f;
	if (is_good) {
		memcpy(out_name, name, (size_t)size);
		out_name[size] = '\0';
	}
	OPENSSL_free(name);
	return is_good;
}

static bool
take_email(const X509 *certificate, char out_name[PRINCIPAL_SIZE_MAX + 1])
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	const GENERAL_NAME *email = NULL;
	bool is_taken;

	for (int i = 0; email == NULL && i < sk_GENERAL_NAME_num(names); i++)
		if (sk_GENERAL_NAME_value(names, i)->type == GEN_EMAIL)
			email = sk_GENERAL_NAME_value(names, i);
	is_taken = email != NULL && take(email->d.rfc822Name, out_name);
	GENERAL_NAMES_free(names);
	return is_taken;
}

bool
tls_principal_of(const X509 *certificate, char out_name[PRINCIPAL_SIZE_MAX + 1])
{
	const X509_NAME *subject = X509_get_subject_name(certificate);
	int last = -1;
	int at;

	/* The last one is the most specific. */
	while ((at = X509_NAME_get_index_by_NID(
	            subject, NID_commonName, last)) >= 0)
		last = at;
	if (last >= 0)
		return take(X509_NAME_ENTRY_get_data(
		                X509_NAME_get_entry(subject, last)),
		    out_name);
	return take_email(certificate, out_name);
}
