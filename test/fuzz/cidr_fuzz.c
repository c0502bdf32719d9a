/*
 * cidr_fuzz.c - any text as a range, and as an address: before the first
 * space the one, behind it the other.
 */
#include <stddef.h>
#include <stdint.h>

#include "http/cidr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str address = str_make((const char *)data, size);
	struct str range = str_cut(&address, ' ');
	struct cidr_list list = { 0 };
	struct cidr cidr;

	if (cidr_parse(range, &cidr) != ERR_NONE) {
		CHECK(cidr_list_add(&list, range) != ERR_NONE);
		return 0;
	}
	CHECK(cidr.prefix <= cidr.size * 8);
	CHECK(cidr_list_add(&list, range) == ERR_NONE);
	CHECK(cidr_has(&cidr, address) == cidr_list_has(&list, address));
	/* A range holds the address that it is written with. */
	CHECK(cidr_has(&cidr, str_cut(&range, '/')) ||
	      (cidr.size == 16 && cidr.prefix < 96)); /* a mapped one */
	return 0;
}
