/*
 * crowd.c - see crowd.h.
 */
#include "net/crowd.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/check.h"

enum { BUCKET_BITS = 12, BUCKET_COUNT = 1 << BUCKET_BITS };

struct crowd_guest {
	uint64_t words[2]; /* ::ffff:a.b.c.d, or the /64 */
	size_t count;
	struct crowd_guest *next; /* in its bucket */
};

struct crowd {
	struct crowd_options options;
	pthread_mutex_t mutex; /* of all below */
	size_t count;
	struct crowd_guest *buckets[BUCKET_COUNT];
};

struct crowd *
crowd_new(const struct crowd_options *options)
{
	struct crowd *crowd = calloc(1, sizeof(*crowd));

	if (crowd == NULL)
		return NULL;
	crowd->options = *options;
	if (pthread_mutex_init(&crowd->mutex, NULL) != 0) {
		free(crowd);
		return NULL;
	}
	return crowd;
}

void
crowd_free(struct crowd *crowd)
{
	if (crowd == NULL)
		return;
	CHECK(crowd->count == 0);
	(void)pthread_mutex_destroy(&crowd->mutex);
	free(crowd);
}

/* False: not an address that is counted. */
static bool
read_address(const struct sockaddr *address, uint64_t out_words[2])
{
	unsigned char octets[16] = { [10] = 0xff, [11] = 0xff };

	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)address;

		memcpy(octets + 12, &in->sin_addr, 4);
	} else if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)address;

		if (IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr))
			return false;
		memcpy(octets, &in6->sin6_addr, sizeof(octets));
		if (!IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
			memset(octets + 8, 0, 8);
	} else {
		return false;
	}
	memcpy(out_words, octets, sizeof(octets));
	/* 127.0.0.0/8, by either family. */
	return octets[10] != 0xff || octets[11] != 0xff || octets[12] != 127;
}

static struct crowd_guest **
bucket_of(struct crowd *crowd, const uint64_t words[2])
{
	const uint64_t *secrets = crowd->options.secrets;
	uint64_t hash = (words[0] ^ secrets[0]) * (secrets[1] | 1);

	hash ^= hash >> 32;
	hash = (hash ^ words[1] ^ secrets[2]) * (secrets[3] | 1);
	return &crowd->buckets[hash >> (64 - BUCKET_BITS)];
}

/* Without memory nobody is turned away for it. */
static struct crowd_guest *
count_guest(struct crowd *crowd, const uint64_t words[2])
{
	struct crowd_guest **bucket = bucket_of(crowd, words);
	struct crowd_guest *guest = *bucket;

	while (guest != NULL && memcmp(guest->words, words, 16) != 0)
		guest = guest->next;
	if (guest == NULL) {
		guest = calloc(1, sizeof(*guest));
		if (guest == NULL)
			return NULL;
		memcpy(guest->words, words, 16);
		guest->next = *bucket;
		*bucket = guest;
	}
	guest->count++;
	return guest;
}

static void
uncount_guest(struct crowd *crowd, struct crowd_guest *guest)
{
	struct crowd_guest **at = bucket_of(crowd, guest->words);

	CHECK(guest->count > 0);
	if (--guest->count > 0)
		return;
	while (*at != guest)
		at = &(*at)->next;
	*at = guest->next;
	free(guest);
}

enum crowd_verdict
crowd_enter(struct crowd *crowd, const struct sockaddr *address,
    struct crowd_guest **out_guest)
{
	size_t each_max = crowd->options.count_each_max;
	enum crowd_verdict verdict = CROWD_WELCOME;
	struct crowd_guest *guest = NULL;
	uint64_t words[2];

	(void)pthread_mutex_lock(&crowd->mutex);
	if (read_address(address, words))
		guest = count_guest(crowd, words);
	crowd->count++;
	if (crowd->count > crowd->options.count_max)
		verdict = CROWD_FULL;
	if (guest != NULL && each_max > 0 && guest->count > each_max)
		verdict = CROWD_FULL_OF_THEM;
	(void)pthread_mutex_unlock(&crowd->mutex);
	*out_guest = guest;
	return verdict;
}

void
crowd_leave(struct crowd *crowd, struct crowd_guest *guest)
{
	(void)pthread_mutex_lock(&crowd->mutex);
	CHECK(crowd->count > 0);
	crowd->count--;
	if (guest != NULL)
		uncount_guest(crowd, guest);
	(void)pthread_mutex_unlock(&crowd->mutex);
}

size_t
crowd_count(struct crowd *crowd)
{
	size_t count;

	(void)pthread_mutex_lock(&crowd->mutex);
	count = crowd->count;
	(void)pthread_mutex_unlock(&crowd->mutex);
	return count;
}

enum crowd_verdict
crowd_enter_peer(struct crowd *crowd, int fd, struct crowd_guest **out_guest)
{
	struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
	socklen_t size = sizeof(address);

	if (getpeername(fd, (struct sockaddr *)&address, &size) == -1)
		address.ss_family = AF_UNSPEC; /* it has gone already */
	return crowd_enter(crowd, (const struct sockaddr *)&address, out_guest);
}
