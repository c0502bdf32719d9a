/*
 * digest.c - see digest.h.  SHA-256 is FIPS 180-4, 6.2.
 */
#include "client/digest.h"

#include <string.h>

#include "client/intake.h"

enum { BLOCK_SIZE = 64, ROUND_COUNT = 64 };

static const uint32_t round_constants[ROUND_COUNT] = {
	0x428a2f98,
	0x71374491,
	0xb5c0fbcf,
	0xe9b5dba5,
	0x3956c25b,
	0x59f111f1,
	0x923f82a4,
	0xab1c5ed5,
	0xd807aa98,
	0x12835b01,
	0x243185be,
	0x550c7dc3,
	0x72be5d74,
	0x80deb1fe,
	0x9bdc06a7,
	0xc19bf174,
	0xe49b69c1,
	0xefbe4786,
	0x0fc19dc6,
	0x240ca1cc,
	0x2de92c6f,
	0x4a7484aa,
	0x5cb0a9dc,
	0x76f988da,
	0x983e5152,
	0xa831c66d,
	0xb00327c8,
	0xbf597fc7,
	0xc6e00bf3,
	0xd5a79147,
	0x06ca6351,
	0x14292967,
	0x27b70a85,
	0x2e1b2138,
	0x4d2c6dfc,
	0x53380d13,
	0x650a7354,
	0x766a0abb,
	0x81c2c92e,
	0x92722c85,
	0xa2bfe8a1,
	0xa81a664b,
	0xc24b8b70,
	0xc76c51a3,
	0xd192e819,
	0xd6990624,
	0xf40e3585,
	0x106aa070,
	0x19a4c116,
	0x1e376c08,
	0x2748774c,
	0x34b0bcb5,
	0x391c0cb3,
	0x4ed8aa4a,
	0x5b9cca4f,
	0x682e6ff3,
	0x748f82ee,
	0x78a5636f,
	0x84c87814,
	0x8cc70208,
	0x90befffa,
	0xa4506ceb,
	0xbef9a3f7,
	0xc67178f2,
};

static const uint32_t start_state[8] = {
	0x6a09e667,
	0xbb67ae85,
	0x3c6ef372,
	0xa54ff53a,
	0x510e527f,
	0x9b05688c,
	0x1f83d9ab,
	0x5be0cd19,
};

void
digest_init(struct digest *digest)
{
	*digest = (struct digest){ .is_wanted = false };
	memcpy(digest->state, start_state, sizeof(start_state));
}

void
digest_done(struct digest *digest)
{
	*digest = (struct digest){ .is_wanted = false };
}

static uint32_t
turn(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

static void
spread(const uint8_t block[BLOCK_SIZE], uint32_t words[ROUND_COUNT])
{
	for (size_t i = 0; i < 16; i++)
		words[i] = (uint32_t)block[4 * i] << 24 |
		           (uint32_t)block[4 * i + 1] << 16 |
		           (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
	for (size_t i = 16; i < ROUND_COUNT; i++) {
		uint32_t a = words[i - 15];
		uint32_t b = words[i - 2];

		words[i] = words[i - 16] + words[i - 7] +
		           (turn(a, 7) ^ turn(a, 18) ^ a >> 3) +
		           (turn(b, 17) ^ turn(b, 19) ^ b >> 10);
	}
}

static void
mix(uint32_t state[8], const uint8_t block[BLOCK_SIZE])
{
	uint32_t words[ROUND_COUNT];
	uint32_t v[8];

	spread(block, words);
	memcpy(v, state, sizeof(v));
	for (size_t i = 0; i < ROUND_COUNT; i++) {
		uint32_t one =
		    v[7] + (turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25)) +
		    ((v[4] & v[5]) ^ (~v[4] & v[6])) + round_constants[i] +
		    words[i];
		uint32_t two =
		    (turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22)) +
		    ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof(v[0]));
		v[4] += one;
		v[0] = one + two;
	}
	for (size_t i = 0; i < 8; i++)
		state[i] += v[i];
}

void
digest_add(struct digest *digest, const void *data, size_t size)
{
	const uint8_t *at = data;

	while (size > 0) {
		size_t used = digest->size % BLOCK_SIZE;
		size_t piece =
		    BLOCK_SIZE - used < size ? BLOCK_SIZE - used : size;

		memcpy(digest->block + used, at, piece);
		digest->size += piece;
		at += piece;
		size -= piece;
		if (digest->size % BLOCK_SIZE == 0)
			mix(digest->state, digest->block);
	}
}

void
digest_end(struct digest *digest, uint8_t out[DIGEST_SIZE])
{
	uint64_t bits = digest->size * 8;
	uint8_t tail[8];

	for (size_t i = 0; i < sizeof(tail); i++)
		tail[i] = (uint8_t)(bits >> (56 - 8 * i));
	digest_add(digest, "\x80", 1);
	while (digest->size % BLOCK_SIZE != BLOCK_SIZE - sizeof(tail))
		digest_add(digest, "", 1);
	digest_add(digest, tail, sizeof(tail));
	for (size_t i = 0; i < DIGEST_SIZE; i++)
		out[i] = (uint8_t)(digest->state[i / 4] >> (24 - 8 * (i % 4)));
}

static int
sextet(char octet)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                             "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = octet == '\0' ? NULL : strchr(digits, octet);

	return at == NULL ? -1 : (int)(at - digits);
}

/* Exactly one digest: 43 digits and a "=". */
static bool
decode(struct str text, uint8_t out[DIGEST_SIZE])
{
	enum { DIGIT_COUNT = 43 };
	uint32_t bits = 0;
	unsigned bit_count = 0;
	size_t size = 0;

	if (text.len < DIGIT_COUNT)
		return false;
	for (size_t i = 0; i < DIGIT_COUNT; i++) {
		int value = sextet(text.data[i]);

		if (value == -1)
			return false;
		bits = (bits << 6 | (uint32_t)value) & 0xffffff;
		bit_count += 6;
		if (bit_count < 8)
			continue;
		bit_count -= 8;
		out[size++] = (uint8_t)(bits >> bit_count);
	}
	return size == DIGEST_SIZE;
}

bool
digest_read(struct str value, uint8_t out[DIGEST_SIZE])
{
	while (value.len > 0) {
		struct str item = str_trim(str_cut(&value, ','));
		struct str name = str_make(item.data, str_find(item, '='));

		if (!str_is_nocase(name, "sha-256") || name.len == item.len)
			continue;
		item = str_from(item, name.len + 1);
		if (item.len > 0 && item.data[0] == ':')
			item = str_from(item, 1);
		return decode(item, out);
	}
	return false;
}

void
digest_begin(struct digest *digest, bool is_whole, const struct intake *intake)
{
	digest_init(digest);
	/* Of the content as it is kept: an encoding would be another thing. */
	if (!is_whole || intake_field(intake, "Content-Encoding", 0).len > 0)
		return;
	digest->is_wanted =
	    digest_read(
	        intake_field(intake, "Repr-Digest", 0), digest->wanted) ||
	    digest_read(intake_field(intake, "Digest", 0), digest->wanted);
}

bool
digest_fits(struct digest *digest)
{
	uint8_t found[DIGEST_SIZE];

	if (!digest->is_wanted)
		return true;
	digest_end(digest, found);
	return memcmp(found, digest->wanted, DIGEST_SIZE) == 0;
}
