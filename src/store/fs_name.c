/*
 * fs_name.c - see fs_name.h.
 */
#include "store/fs_name.h"

#include "base/limits.h"

bool
fs_name_is_reserved(struct str name, bool is_at_root)
{
	if (str_starts_nocase(name, FS_NAME_STAGE))
		return true;
	return is_at_root && str_is_nocase(name, FS_NAME_STATE);
}

bool
fs_name_path_is_reserved(struct str path)
{
	struct str rest = str_from(path, 1);
	bool is_at_root = true;

	while (rest.len > 0) {
		if (fs_name_is_reserved(str_cut(&rest, '/'), is_at_root))
			return true;
		is_at_root = false;
	}
	return false;
}

/* The octets of the character at the start of s; 0: that is no UTF-8. */
static size_t
character_size(struct str s)
{
	static const uint32_t lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = (unsigned char)s.data[0];
	size_t size = first < 0x80   ? 1
	              : first < 0xc0 ? 0
	              : first < 0xe0 ? 2
	              : first < 0xf0 ? 3
	              : first < 0xf8 ? 4
	                             : 0;
	uint32_t code = size < 2 ? first : first & (0x7fu >> size);

	if (size == 0 || size > s.len)
		return 0;
	for (size_t i = 1; i < size; i++) {
		unsigned char octet = (unsigned char)s.data[i];

		if ((octet & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (octet & 0x3f);
	}
	if (code < lowest[size] || code > 0x10ffff)
		return 0;
	return code >= 0xd800 && code <= 0xdfff ? 0 : size;
}

enum err
fs_name_check_new(struct str name)
{
	if (name.len == 0 || name.len > NAME_SIZE_MAX)
		return ERR_NAME;
	while (name.len > 0) {
		unsigned char first = (unsigned char)name.data[0];
		size_t size = character_size(name);

		if (size == 0 || first < 0x20 || first == 0x7f)
			return ERR_NAME;
		name = str_from(name, size);
	}
	return ERR_NONE;
}
