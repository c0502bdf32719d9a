/*
 * tls_principal.h - whom a certificate names.
 */
#ifndef TLS_PRINCIPAL_H
#define TLS_PRINCIPAL_H

#include <stdbool.h>

#include "base/limits.h"

struct x509_st;

/*
 * The common name of its subject, else its first e-mail address.  False: it
 * has neither, or one that is longer or has control characters.
 */
bool tls_principal_of(
    const struct x509_st *certificate, char out_name[PRINCIPAL_SIZE_MAX + 1]);

#endif
