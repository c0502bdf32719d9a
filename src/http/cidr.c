/*
 * cidr.c - see cidr.h.
 */
#include "http/cidr.h"

#include <arpa/inet.h>
#include <string.h>

enum {
	SIZE_V4 = 4,
	SIZE_V6 = 16,
	MAPPED_SIZE = SIZE_V6 - SIZE_V4, /* what precedes a mapped IPv4 */
};

static const uint8_t mapped[MAPPED_SIZE] = { [10] = 0xff, [11] = 0xff };

/* Reads an address as a range of one. */
static enum err
address_parse(struct str text, struct cidr *out_address)
{
	struct cidr address = { .size = SIZE_V4 };
	char copy[INET6_ADDRSTRLEN];

	if (text.len == 0 || text.len >= sizeof(copy) || str_has(text, '\0'))
		return ERR_SYNTAX;
	memcpy(copy, text.data, text.len);
	copy[text.len] = '\0';
	if (inet_pton(AF_INET, copy, address.octets) != 1) {
		address.size = SIZE_V6;
		if (inet_pton(AF_INET6, copy, address.octets) != 1)
			return ERR_SYNTAX;
	}
	address.prefix = (uint8_t)(address.size * 8);
	*out_address = address;
	return ERR_NONE;
}

/* Makes a mapped IPv4 address or range the IPv4 one. */
static void
unmap(struct cidr *cidr)
{
	if (cidr->size != SIZE_V6 || cidr->prefix < MAPPED_SIZE * 8 ||
	    memcmp(cidr->octets, mapped, MAPPED_SIZE) != 0)
		return;
	memmove(cidr->octets, cidr->octets + MAPPED_SIZE, SIZE_V4);
	cidr->size = SIZE_V4;
	cidr->prefix = (uint8_t)(cidr->prefix - MAPPED_SIZE * 8);
}

enum err
cidr_parse(struct str text, struct cidr *out_cidr)
{
	bool has_prefix = str_has(text, '/');
	struct str address = str_cut(&text, '/');
	struct cidr cidr;
	uint64_t prefix;
	enum err err;

	err = address_parse(address, &cidr);
	if (err != ERR_NONE)
		return err;
	if (has_prefix) {
		err = str_to_u64(text, cidr.prefix, &prefix);
		if (err != ERR_NONE)
			return err;
		cidr.prefix = (uint8_t)prefix;
	}
	unmap(&cidr);
	*out_cidr = cidr;
	return ERR_NONE;
}

static bool
holds(const struct cidr *cidr, const struct cidr *address)
{
	size_t whole = cidr->prefix / 8;
	unsigned bits = cidr->prefix % 8;
	unsigned mask = 0xffu << (8 - bits) & 0xffu;

	if (cidr->size != address->size ||
	    memcmp(cidr->octets, address->octets, whole) != 0)
		return false;
	if (bits == 0)
		return true;
	return ((cidr->octets[whole] ^ address->octets[whole]) & mask) == 0;
}

static bool
peer_parse(struct str text, struct cidr *out_peer)
{
	struct str address = str_cut(&text, '%'); /* without its zone */

	if (address_parse(address, out_peer) != ERR_NONE)
		return false;
	unmap(out_peer);
	return true;
}

bool
cidr_has(const struct cidr *cidr, struct str address)
{
	struct cidr peer;

	CHECK(cidr->size == SIZE_V4 || cidr->size == SIZE_V6);
	CHECK(cidr->prefix <= cidr->size * 8);
	return peer_parse(address, &peer) && holds(cidr, &peer);
}

enum err
cidr_list_add(struct cidr_list *list, struct str text)
{
	struct cidr cidr;
	enum err err;

	err = cidr_parse(text, &cidr);
	if (err != ERR_NONE)
		return err;
	if (list->count == CIDR_COUNT_MAX)
		return ERR_LIMIT;
	list->items[list->count++] = cidr;
	return ERR_NONE;
}

bool
cidr_list_has(const struct cidr_list *list, struct str address)
{
	struct cidr peer;

	CHECK(list->count <= CIDR_COUNT_MAX);
	if (list->count == 0 || !peer_parse(address, &peer))
		return false;
	for (size_t i = 0; i < list->count; i++) {
		if (holds(&list->items[i], &peer))
			return true;
	}
	return false;
}
