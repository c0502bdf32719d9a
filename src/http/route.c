/*
 * route.c - see route.h.
 */
#include "http/route.h"

/* Whole names: what a proxy, a balancer or a content network adds. */
static const char *const names[] = {
	"Via",       /* RFC 9110, 7.6.3: squid, h2o, trafficserver */
	"Forwarded", /* RFC 7239 */
	"X-Real-IP", /* nginx, by custom; Traefik */
	"X-Varnish",
	"Surrogate-Capability", /* squid */
	"Client-IP",            /* trafficserver */
	"X-Client-IP",
	"X-Cluster-Client-IP",
	"X-ProxyUser-IP",
	"True-Client-IP", /* Akamai, Cloudflare */
	"CDN-Loop",       /* RFC 8586 */
	"X-Original-Forwarded-For",
	"X-Original-Host",
	"X-Original-URL",
	"X-Amz-Cf-Id",
	"X-Amzn-Trace-Id",
	"X-Cloud-Trace-Context",
	"X-ARR-LOG-ID",
	"X-BlueCoat-Via",
	"WL-Proxy-Client-IP",
	"Proxy-Client-IP",
	"Proxy-Connection", /* the client itself speaks of one */
	"Incap-Client-IP",
	"Fly-Client-IP",
};

/* Families of names, by how they start. */
static const char *const starts[] = {
	"X-Forwarded-", /* apache, lighttpd, caddy, Go, varnish, h2o */
	"CF-",          /* Cloudflare */
	"Fastly-",
	"X-Envoy-",
	"X-Azure-",
	"X-Akamai-",
	"X-Sucuri-",
};

static bool
is_of_proxy(struct str name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (str_is_nocase(name, names[i]))
			return true;
	}
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		if (str_starts_nocase(name, starts[i]))
			return true;
	}
	return false;
}

enum route
route_of(const struct request *request)
{
	for (size_t i = 0; i < request->fields.count; i++) {
		if (is_of_proxy(request->fields.items[i].name))
			return ROUTE_PROXY;
	}
	return request->peer_is_loopback ? ROUTE_LOOPBACK : ROUTE_DIRECT;
}
