/*
 * tls_context.h - what OpenSSL is told: one context for each certificate.
 */
#ifndef TLS_CONTEXT_H
#define TLS_CONTEXT_H

#include "base/check.h"
#include "base/err.h"
#include "net/tls.h"

struct buf;
struct ssl_ctx_st;

/*
 * With the pair of that index, or with options->self.  Errors as tls_new();
 * errors and warnings are added to out_why, a line each, without a newline at
 * the end.
 */
enum err tls_context_new(const struct tls_options *options, size_t pair_index,
    struct buf *out_why, struct ssl_ctx_st **out_context) MUST_CHECK;

#endif
