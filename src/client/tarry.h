/*
 * tarry.h - libtarry: a WebDAV client that waits well.
 *
 * A COPY, MOVE or DELETE of a large tree can take minutes.  This library shows
 * what the server does meanwhile, as far as it tells (102 Processing with
 * Status-URI and Progress; a status resource), and it never sends a request a
 * second time that a server may have begun.  When a connection is lost it asks
 * what became of the work; when nobody can say, it says so: TARRY_UNKNOWN.
 *
 *	struct tarry_options options = { .progress = show };
 *	struct tarry *tarry = tarry_new(&options);
 *
 *	if (tarry_copy(tarry, from, to, NULL) != TARRY_DONE)
 *		fprintf(stderr, "%s\n", tarry_message(tarry));
 *	tarry_free(tarry);
 *
 * Link with what "pkg-config --libs libtarry" says.  URLs are absolute, http
 * or https, percent-encoded, and best have a final slash where they name a
 * collection.  Text that a function gives belongs to the library, and lasts
 * until the next call with the same struct tarry, or for the callback it is
 * given to.  One struct tarry is for one thread at a time; several are
 * independent of each other.
 *
 * Proxies are those of the environment (https_proxy, no_proxy, ...).
 */
#ifndef TARRY_H
#define TARRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TARRY_API __attribute__((visibility("default")))
#else
#define TARRY_API
#endif

struct tarry;

/* What came of it.  The numbers are those of the exit codes of the commands. */
enum tarry_outcome {
	TARRY_DONE = 0,
	TARRY_FAILED = 1,  /* in part: members failed; or our own side did */
	TARRY_USAGE = 2,   /* it was asked wrongly, and nothing was sent */
	TARRY_ABSENT = 3,  /* 404, 410 */
	TARRY_REFUSED = 4, /* any other 4xx or 5xx */
	TARRY_LOCKED = 5,  /* 423 */
	TARRY_NETWORK = 6, /* no answer, and nothing can have been changed */
	TARRY_UNKNOWN = 7, /* no answer, and it may have been done */
};

/* A member of a tree that the server has finished: one of Status-URI. */
struct tarry_pair {
	int status;
	const char *url;
};

/* What is not known is 0, or -1 where that is said. */
struct tarry_progress {
	uint64_t members_done;
	uint64_t members_total;
	uint64_t bytes_done;
	uint64_t bytes_total;
	double members_per_s;
	double bytes_per_s;
	int64_t left_s;                 /* -1: not known */
	const char *state;              /* "queued", "running" ...; or NULL */
	const char *monitor;            /* the status resource; or NULL */
	const struct tarry_pair *pairs; /* those that came just now */
	size_t pair_count;
	unsigned interim_count; /* 1xx of this request so far */
};

struct tarry_credentials {
	char user[256];
	char password[1024];
};

/* All zero is a good choice. */
struct tarry_options {
	void *context; /* is given to each callback */

	/* While something runs: at each step, at least once a second. */
	void (*progress)(void *context, const struct tarry_progress *progress);
	/* Each 1xx: its status, and its field lines, each ended by CR LF. */
	void (*interim)(void *context, int status, const char *lines);
	/* A member of a tree that failed, with the status it failed with. */
	void (*failure)(void *context, const char *url, int status);
	/*
	 * Fills in who we are to this origin ("https://host:port"); false: we
	 * are nobody.  Is asked before the first request, and once more, with
	 * is_refused, after a 401.
	 */
	bool (*credentials)(void *context, const char *origin, bool is_refused,
	    struct tarry_credentials *out);

	int64_t connect_ms;  /* 0: 30 s */
	int64_t idle_ms;     /* without any octet, 1xx included; 0: 5 minutes */
	int64_t deadline_ms; /* one call, from its start; 0: 24 hours */

	/* What one request may be sent of 1xx; 0: 1000, and 256 KiB. */
	unsigned interim_count_max;
	size_t interim_size_max;

	const char *ca_file;     /* whom to trust; NULL: whom the system does */
	const char *certificate; /* our own; PEM */
	const char *key;         /* its key; NULL: in the same file */
	const char *proxy;       /* NULL: as the environment says */
	bool is_insecure;        /* takes any certificate: for tests only */

	/* Where ways are remembered (see tarry_probe); NULL: nowhere. */
	const char *cache_dir;
	/* Where lock tokens are kept, for other processes too; NULL: nowhere */
	const char *state_dir;

	const char *agent; /* goes before ours in User-Agent */
};

/* Copies what options says.  NULL: all zero.  Returns NULL without memory. */
TARRY_API struct tarry *tarry_new(const struct tarry_options *options);
TARRY_API void tarry_free(struct tarry *tarry);

/*
 * Of the call before: why it was not TARRY_DONE, in words; the status of the
 * final response, or 0; the status resource of the operation, or NULL; the
 * entity tag of what was read or written, or NULL.
 */
TARRY_API const char *tarry_message(const struct tarry *tarry);
TARRY_API int tarry_status(const struct tarry *tarry);
TARRY_API const char *tarry_monitor(const struct tarry *tarry);
TARRY_API const char *tarry_etag(const struct tarry *tarry);

/*
 * Ends the call that runs, or the next one.  The server is asked to cancel an
 * operation, and its answer is awaited; if called again it is not.  May be
 * called by a signal handler, or by another thread.
 */
TARRY_API void tarry_interrupt(struct tarry *tarry);

/* --- looking ----------------------------------------------------------- */

struct tarry_prop {
	const char *space; /* its namespace: "DAV:" */
	const char *name;
	const char *value; /* text; XML if is_xml */
	bool is_xml;
	int status; /* 200; 404: there is none */
};

struct tarry_member {
	const char *url;  /* absolute, as the server writes it */
	const char *name; /* its last segment, decoded */
	bool is_collection;
	bool is_locked;
	int64_t size;       /* -1: not known */
	int64_t modified_s; /* since 1970; 0: not known */
	const char *etag;   /* "" if not known, as all texts below */
	const char *type;
	int status;                     /* 200, or why nothing is known of it */
	const struct tarry_prop *props; /* those that were asked for by name */
	size_t prop_count;
};

enum tarry_depth { TARRY_DEPTH_0, TARRY_DEPTH_1, TARRY_DEPTH_INFINITY };

struct tarry_listing {
	enum tarry_depth depth;
	/* "NAMESPACE NAME", NULL at the end; NULL: those of struct member. */
	const char *const *props;
	bool wants_all;   /* every property that there is, with its value */
	bool wants_names; /* the names of all */
	bool (*member)(void *context, const struct tarry_member *member);
	void *context; /* of member(), which returns false to end it */
};

/* Of url and its members, one by one as they arrive, in constant memory. */
TARRY_API enum tarry_outcome tarry_list(
    struct tarry *tarry, const char *url, const struct tarry_listing *listing);

/* Of url alone. */
TARRY_API enum tarry_outcome tarry_look(
    struct tarry *tarry, const char *url, struct tarry_member *out_member);

/* --- content ----------------------------------------------------------- */

struct tarry_file {
	int64_t size;   /* of the whole; -1: not known */
	int64_t offset; /* what comes begins here: 0 if all of it comes */
	int64_t modified_s;
	const char *etag;
};

struct tarry_sink {
	/* Before the first octet.  False ends it. */
	bool (*begin)(void *context, const struct tarry_file *file);
	bool (*write)(void *context, const void *data, size_t size);
	void *context;
};

/*
 * offset and etag: what we have of it, and of which version; the rest comes,
 * or all of it if it has changed.  NULL, 0: all.  A digest that the server
 * gives of the whole is checked.
 */
TARRY_API enum tarry_outcome tarry_get(struct tarry *tarry, const char *url,
    uint64_t offset, const char *etag, const struct tarry_sink *sink);

struct tarry_source {
	/* Up to size octets; 0: no more; -1: it failed. */
	ptrdiff_t (*read)(void *context, void *data, size_t size);
	bool (*rewind)(void *context); /* to its start */
	/* To its middle.  NULL: what was interrupted is sent again whole. */
	bool (*seek)(void *context, uint64_t offset);
	void *context;
	int64_t size;         /* -1: not known */
	int64_t modified_s;   /* for the server to keep; 0: now */
	const char *type;     /* its media type; NULL: the server guesses */
	const char *if_match; /* only over this version; NULL: any */
	bool no_overwrite;
	/*
	 * The same text means the same octets: then another process can go on
	 * with the upload, with a state_dir.  NULL: none can.
	 */
	const char *version;
};

/*
 * A large file goes in parts to servers that offer it (Upload-Limit), and
 * what came before a connection was lost is not sent again.  After it, what
 * the server then has is compared in size.
 */
TARRY_API enum tarry_outcome tarry_put(
    struct tarry *tarry, const char *url, const struct tarry_source *source);

/* --- trees, on the server ------------------------------------------------ */

struct tarry_tree {
	bool no_overwrite;
	bool is_shallow; /* Depth: 0: a collection without its members */
	bool is_strict;  /* all or nothing, not the best it can */
	bool is_async;   /* do not wait: tarry_monitor() says where to look */
	int64_t wait_s;  /* with is_async: wait that long first */
};

/* Each member that failed is told to options.failure.  tree may be NULL. */
TARRY_API enum tarry_outcome tarry_copy(struct tarry *tarry, const char *from,
    const char *to, const struct tarry_tree *tree);
TARRY_API enum tarry_outcome tarry_move(struct tarry *tarry, const char *from,
    const char *to, const struct tarry_tree *tree);
TARRY_API enum tarry_outcome tarry_remove(
    struct tarry *tarry, const char *url, const struct tarry_tree *tree);
TARRY_API enum tarry_outcome tarry_mkdir(struct tarry *tarry, const char *url);

/* --- operations ---------------------------------------------------------- */

/* Follows an operation to its end, by its status resource. */
TARRY_API enum tarry_outcome tarry_follow(
    struct tarry *tarry, const char *monitor);
TARRY_API enum tarry_outcome tarry_cancel(
    struct tarry *tarry, const char *monitor);

struct tarry_way {
	bool is_known;       /* the server answers a probe */
	bool passes_interim; /* and its 102 reached us */
	bool minds_keys;     /* a request sent again with its key is safe */
	bool is_from_cache;  /* it was not asked now */
};

/*
 * Whether a 102 of this origin reaches us.  It is asked once a day: OPTIONS
 * with Prefer: processing.  The functions on trees ask by themselves.
 */
TARRY_API enum tarry_outcome tarry_probe(
    struct tarry *tarry, const char *url, struct tarry_way *out_way);

/* --- properties and locks ------------------------------------------------ */

/* value is text; XML, well-formed by itself, if is_xml.  NULL removes it. */
TARRY_API enum tarry_outcome tarry_prop_set(
    struct tarry *tarry, const char *url, const struct tarry_prop *prop);

struct tarry_lock {
	bool is_shared;
	bool is_infinite;  /* of a collection: with all that is in it */
	int64_t timeout_s; /* wished for; 0: the server chooses */
	const char *owner; /* text; NULL: none */
};

struct tarry_held {
	const char *token;
	int64_t timeout_s; /* granted; 0: for ever */
};

/*
 * Tokens are kept, and sent with each request that needs them, as long as
 * this struct tarry lives; with a state_dir, until they are given back.
 * unlock and refresh: the token that is kept for the URL, if token is NULL.
 */
TARRY_API enum tarry_outcome tarry_lock(struct tarry *tarry, const char *url,
    const struct tarry_lock *lock, struct tarry_held *out_held);
TARRY_API enum tarry_outcome tarry_refresh(struct tarry *tarry, const char *url,
    const char *token, struct tarry_held *out_held);
TARRY_API enum tarry_outcome tarry_unlock(
    struct tarry *tarry, const char *url, const char *token);

/* --- any other request ---------------------------------------------------- */

/* fields: "Name: value", NULL at the end.  A small body; or none: NULL. */
TARRY_API enum tarry_outcome tarry_request(struct tarry *tarry,
    const char *method, const char *url, const char *const *fields,
    const struct tarry_sink *sink);

/* --- text ---------------------------------------------------------------- */

/* url with name, encoded, behind it.  Free it.  NULL: no memory. */
TARRY_API char *tarry_url_join(
    const char *url, const char *name, bool is_collection);
/* The origin of a URL: "http://host:80".  NULL: it has none.  Free it. */
TARRY_API char *tarry_url_origin(const char *url);

#ifdef __cplusplus
}
#endif

#endif
