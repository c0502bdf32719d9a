/*
 * limits.h - everything has a limit, and it is here: name with unit, value,
 * and why.  Each has a test at the limit and one beyond it.
 */
#ifndef LIMITS_H
#define LIMITS_H

enum {
	/* One connection. */
	HEAD_SIZE_MAX = 32 * 1024,            /* 431; a large If fits */
	FIELD_COUNT_MAX = 128,                /* 431 */
	TARGET_SIZE_MAX = 8 * 1024,           /* 414 */
	CHUNK_LINE_SIZE_MAX = 256,            /* 400; extensions are ignored */
	TRAILER_SIZE_MAX = 8 * 1024,          /* 400; discarded, never used */
	REQUEST_MEMORY_MAX = 8 * 1024 * 1024, /* the arena: a parsed XML body */
	OUT_SIZE_MAX = 1024 * 1024,           /* octets waiting for one peer */
	BODY_PIECE_SIZE_MAX = 256 * 1024, /* of an upload, handed on at once */
	PULL_SIZE_MAX = 64 * 1024,        /* of a response, made at once */
	DRAIN_SIZE_MAX = 256 * 1024,      /* cheaper than a new connection */
	CERTIFICATE_COUNT_MAX = 16,       /* of ours, chosen by name */
	RANGE_COUNT_MAX = 32,             /* beyond it the whole file is sent */

	/* One connection of HTTP/2. */
	STREAM_COUNT_MAX = 100, /* at once; those cut short count, too */
	H2_WINDOW_SIZE_MAX = 2 * 1024 * 1024,    /* of bodies that are wanted */
	H2_STREAM_WINDOW_SIZE_MAX = 1024 * 1024, /* one of them */
	H2_NOISE_COUNT_MAX = 500, /* frames that carry nothing: it is ended */
	H2_RESET_COUNT_MAX = 200, /* streams begun in vain: it is ended */

	/* One process. */
	CONN_COUNT_MAX = 20000, /* accept later */

	/* One XML body: 413. */
	XML_SIZE_MAX = 1024 * 1024,
	XML_DEPTH_MAX = 32,
	XML_NODE_COUNT_MAX = 10000,
	XML_ATTRIBUTE_COUNT_MAX = 64, /* of one element, declarations too */
	XML_NAMESPACE_COUNT_MAX = 64, /* in scope */

	/* Trees. */
	TREE_DEPTH_MAX = 256, /* the stack of a walk; an error for the member */
	NAME_SIZE_MAX = 255,  /* NAME_MAX of every Linux file system */
	PATH_SIZE_MAX = 4095, /* PATH_MAX without its NUL */

	/* One resource: 507. */
	PROP_SIZE_MAX = 64 * 1024,
	PROP_COUNT_MAX = 256,
	LOCK_COUNT_MAX = 64,
	LOCK_TIMEOUT_S_MAX = 604800,    /* a week; a longer wish is cut */
	LOCK_OWNER_SIZE_MAX = 8 * 1024, /* 413 */
	LOCK_TABLE_COUNT_MAX = 100000,  /* all locks of a server: 507 */
	LOCK_COUNT_EACH_MAX = 10000,    /* of one principal: 507 */

	/* Uploads in parts; each keeps a file open. */
	UPLOAD_COUNT_MAX = 128,     /* 503 */
	UPLOAD_COUNT_EACH_MAX = 32, /* of one principal: 503 */
	UPLOAD_AGE_S = 24 * 3600,   /* since the last part came */

	/* Who asks. */
	PRINCIPAL_SIZE_MAX = 255, /* of a certificate; a longer one is nobody */
	ACCESS_RULE_COUNT_MAX = 1000, /* each request looks at all of them */
	HOME_NAME_SIZE_MAX = 128,     /* 403; of a user with a root */
	CREDENTIALS_SIZE_MAX = 16 * 1024,  /* a password or a token: 401 */
	GATE_CHECK_COUNT_MAX = 256,        /* verifications that wait: 503 */
	USERS_SIZE_MAX = 16 * 1024 * 1024, /* a file of users */
	USERS_COUNT_MAX = 100000,          /* ... and how many */
	JWT_KEYS_SIZE_MAX = 256 * 1024,    /* a set of keys */
	JWT_KEY_COUNT_MAX = 64,

	/* Headers of WebDAV. */
	IF_LIST_COUNT_MAX = 64,         /* 400 */
	IF_CONDITION_COUNT_MAX = 256,   /* 400 */
	IDEMPOTENCY_KEY_SIZE_MAX = 255, /* 400 */

	/* Interim responses. */
	INTERIM_INTERVAL_MS_MIN = 1000, /* a faster beat only costs the peer */
	INTERIM_DELAY_MS_MAX = 3600 * 1000,
	INTERIM_FIELDS_SIZE_MAX =
	    6 * 1024, /* of one 102, Status-URI included */
	STATUS_URI_SIZE_MAX = 4 * 1024,
	STATUS_URI_COUNT_MAX = 20,
	INTERIM_GUARD_COUNT_MAX = 1024, /* peers remembered; the oldest goes */

	/* Operations. */
	FAILURE_COUNT_MAX =
	    10000, /* members named in one 207; more are counted */
	FAILURE_TEXT_SIZE_MAX = 16 * 1024 * 1024, /* the names of all of them */
	RECENT_COUNT_MAX = 32, /* finished members kept for a Status-URI */
	OPERATION_COUNT_MAX = 10000,     /* queued and running: 503 */
	OPERATION_COUNT_EACH_MAX = 2000, /* of one principal: 503 */
	OPERATION_THREAD_COUNT_MAX = 256,
	OPERATION_SPEC_SIZE_MAX = 128 * 1024, /* all texts of one request */
	OPERATION_RESULT_SIZE_MAX = 16 * 1024 * 1024, /* one body: 507 */
	OPERATION_NOTE_SIZE_MAX = 4 * 1024, /* of one result; never sent */
	OPERATION_KEPT_COUNT_MAX = 10000,   /* results; the oldest goes */
	OPERATION_KEPT_SIZE_MAX = 64 * 1024 * 1024, /* all of them */

	/* Administration, on a local socket. */
	LOCAL_REQUEST_SIZE_MAX = 16 * 1024, /* one line; a long path fits */
	LOCAL_EXCHANGE_MS_MAX = 5000,       /* one client; the next one waits */
};

#endif
