/*
 * gate_check.c - see gate_inside.h.
 */
#include "http/gate_inside.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "net/pool.h"

enum { ADDRESS_SIZE_MAX = 64, DAY_S = 24 * 3600 };

/* Keeps all that it needs: who waits for it may go. */
struct gate_check {
	struct job job;
	struct gate *gate;
	struct gate_check *next;
	struct gate_visit *visits; /* who waits; under the gate's mutex */
	struct throttle_try attempt;
	unsigned char digest[GATE_DIGEST_SIZE];
	uint64_t generation;
	struct credentials credentials; /* into text */
	struct str peer;
	size_t text_size;
	char text[];
};

static void
digest_of(const struct gate *gate, struct str more, struct str text,
    unsigned char out[GATE_DIGEST_SIZE])
{
	unsigned char key[GATE_SECRET_SIZE + ADDRESS_SIZE_MAX];
	size_t size = more.len < ADDRESS_SIZE_MAX ? more.len : ADDRESS_SIZE_MAX;

	memcpy(key, gate->options.secret, GATE_SECRET_SIZE);
	memcpy(key + GATE_SECRET_SIZE, more.data, size);
	CHECK(
	    HMAC(EVP_sha256(), key, (int)(GATE_SECRET_SIZE + size),
	        (const unsigned char *)text.data, text.len, out, NULL) != NULL);
	OPENSSL_cleanse(key, sizeof(key));
}

void
gate_check_digest(struct gate_visit *visit, struct str authorization)
{
	digest_of(
	    visit->gate, visit->x->request.peer, authorization, visit->digest);
}

/* Never 0, which is not counted. */
static uint64_t
hash_of(const struct gate *gate, const char *what, struct str text)
{
	unsigned char digest[GATE_DIGEST_SIZE];
	uint64_t hash;

	digest_of(gate, str_of(what), text, digest);
	memcpy(&hash, digest, sizeof(hash));
	return hash == 0 ? 1 : hash;
}

/* Who has one address of IPv6 has 64 bits of them. */
static struct str
network_of(struct str peer, char out[ADDRESS_SIZE_MAX])
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	unsigned char octets[16];

	if (peer.len >= ADDRESS_SIZE_MAX)
		return peer;
	memcpy(out, peer.data, peer.len);
	out[peer.len] = '\0';
	if (inet_pton(AF_INET6, out, octets) != 1)
		return peer;
	if (memcmp(octets, mapped, sizeof(mapped)) == 0) {
		CHECK(inet_ntop(AF_INET, octets + sizeof(mapped), out,
		          ADDRESS_SIZE_MAX) != NULL);
		return str_of(out);
	}
	memcpy(out, octets, 8);
	return str_make(out, 8);
}

/* All of this machine is one address, often that of a proxy: not counted. */
static struct throttle_try
attempt_of(const struct gate_visit *visit)
{
	const struct request *request = &visit->x->request;
	char text[ADDRESS_SIZE_MAX];
	uint64_t address =
	    hash_of(visit->gate, "address", network_of(request->peer, text));
	struct throttle_try attempt = { 0 };

	if (!request->peer_is_loopback)
		attempt.address = address;
	if (visit->credentials.scheme != CREDENTIALS_BASIC)
		return attempt;
	attempt.name = hash_of(visit->gate, "name", visit->credentials.name);
	attempt.pair = hash_of(visit->gate, "pair",
	    str_make((const char *)(uint64_t[]){ address, attempt.name },
	        2 * sizeof(uint64_t)));
	return attempt;
}

static struct str
put(char **at, struct str text)
{
	char *data = *at;

	if (text.len > 0)
		memcpy(data, text.data, text.len);
	*at += text.len;
	return str_make(data, text.len);
}

static struct gate_check *
check_new(const struct gate_visit *visit)
{
	const struct credentials *shown = &visit->credentials;
	struct str peer = visit->x->request.peer;
	size_t size =
	    shown->name.len + shown->password.len + shown->token.len + peer.len;
	struct gate_check *check = malloc(sizeof(*check) + size);
	char *at;

	if (check == NULL)
		return NULL;
	*check = (struct gate_check){
		.gate = visit->gate,
		.generation = gate_cache_generation(&visit->gate->cache),
		.text_size = size,
	};
	at = check->text;
	check->credentials.scheme = shown->scheme;
	check->credentials.name = put(&at, shown->name);
	check->credentials.password = put(&at, shown->password);
	check->credentials.token = put(&at, shown->token);
	check->peer = put(&at, peer);
	memcpy(check->digest, visit->digest, GATE_DIGEST_SIZE);
	return check;
}

static void
check_free(struct gate_check *check)
{
	OPENSSL_cleanse(check->text, check->text_size);
	free(check);
}

static enum err
verify(const struct gate_check *check, struct gate_verdict *verdict)
{
	const struct gate_verifier *verifier = &check->gate->options.verifier;
	const struct credentials *shown = &check->credentials;

	if (shown->scheme == CREDENTIALS_BEARER)
		return verifier->token(
		    verifier->context, shown->token, verdict);
	return verifier->password(
	    verifier->context, shown->name, shown->password, verdict);
}

static void
remember(const struct gate_check *check, const struct gate_verdict *verdict)
{
	const struct gate_options *options = &check->gate->options;
	int64_t now_ms = options->now_ms(options->context);
	int64_t left_s =
	    verdict->until_wall_s - options->wall_s(options->context);
	struct gate_cache_entry entry = {
		.digest = check->digest,
		.name = str_make(verdict->name, verdict->name_size),
		.now_ms = now_ms,
		.until_ms = now_ms + (left_s < DAY_S ? left_s : DAY_S) * 1000,
		.generation = check->generation,
	};

	throttle_passed(&check->gate->throttle, &check->attempt, now_ms);
	if (left_s > 0)
		gate_cache_put(&check->gate->cache, &entry);
}

static void
report(const struct gate_check *check, const struct gate_verdict *verdict)
{
	const struct gate_options *options = &check->gate->options;
	struct gate_failure failure = {
		.peer = check->peer,
		.why = verdict->why,
	};

	if (check->credentials.scheme == CREDENTIALS_BASIC)
		failure.name = check->credentials.name;
	options->failed(options->context, &failure);
}

/* Nobody can join it any more; they are told on their own loops. */
static struct gate_visit *
take_visits(struct gate_check *check)
{
	struct gate *gate = check->gate;
	struct gate_check **at = &gate->checks;
	struct gate_visit *visits;

	CHECK(pthread_mutex_lock(&gate->mutex) == 0);
	while (*at != check)
		at = &(*at)->next;
	*at = check->next;
	gate->check_count--;
	visits = check->visits;
	CHECK(pthread_mutex_unlock(&gate->mutex) == 0);
	return visits;
}

static void
run_check(struct job *job)
{
	struct gate_check *check = (struct gate_check *)(void *)job;
	struct gate_verdict verdict = { .name_size = 0 };
	enum err err = verify(check, &verdict);
	struct gate_visit *visit;

	_Static_assert(
	    offsetof(struct gate_check, job) == 0, "the job is its start");
	if (err == ERR_NONE) {
		CHECK(verdict.name_size > 0);
		CHECK(verdict.name_size <= PRINCIPAL_SIZE_MAX);
		remember(check, &verdict);
	} else if (err == ERR_DENIED) {
		report(check, &verdict);
	} else {
		throttle_excused(&check->gate->throttle, &check->attempt);
	}
	visit = take_visits(check);
	while (visit != NULL) {
		struct gate_visit *next = visit->next;

		visit->err = err;
		visit->name_size = verdict.name_size;
		memcpy(visit->name, verdict.name, verdict.name_size);
		loop_post(visit->x->loop, &visit->post);
		visit = next;
	}
	check_free(check);
}

/* None that began by what had to be forgotten since. */
static struct gate_check *
find_check(struct gate *gate, const unsigned char *digest)
{
	uint64_t generation = gate_cache_generation(&gate->cache);
	struct gate_check *check = gate->checks;

	while (check != NULL &&
	       (check->generation != generation ||
	           memcmp(check->digest, digest, GATE_DIGEST_SIZE) != 0))
		check = check->next;
	return check;
}

static void
add_visit(struct gate_check *check, struct gate_visit *visit)
{
	visit->next = check->visits;
	check->visits = visit;
}

/* The mutex is held. */
static enum gate_check_start
start(struct gate_visit *visit, int64_t *out_wait_ms)
{
	struct gate *gate = visit->gate;
	struct throttle_try attempt = attempt_of(visit);
	struct gate_check *check;

	if (gate->check_count == GATE_CHECK_COUNT_MAX)
		return GATE_CHECK_FULL;
	*out_wait_ms = throttle_enter(&gate->throttle, &attempt,
	    gate->options.now_ms(gate->options.context));
	if (*out_wait_ms > 0)
		return GATE_CHECK_LATER;
	check = check_new(visit);
	if (check == NULL) {
		throttle_excused(&gate->throttle, &attempt);
		return GATE_CHECK_FULL;
	}
	check->attempt = attempt;
	check->job.run = run_check;
	add_visit(check, visit);
	check->next = gate->checks;
	gate->checks = check;
	gate->check_count++;
	pool_submit(gate->options.pool, &check->job);
	return GATE_CHECK_STARTED;
}

enum gate_check_start
gate_check_join(struct gate_visit *visit, int64_t *out_wait_ms)
{
	struct gate *gate = visit->gate;
	enum gate_check_start started = GATE_CHECK_STARTED;
	struct gate_check *check;

	CHECK(pthread_mutex_lock(&gate->mutex) == 0);
	check = find_check(gate, visit->digest);
	if (check != NULL)
		add_visit(check, visit);
	else
		started = start(visit, out_wait_ms);
	CHECK(pthread_mutex_unlock(&gate->mutex) == 0);
	return started;
}
