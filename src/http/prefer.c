/*
 * prefer.c - see prefer.h.
 */
#include "http/prefer.h"

#include <stddef.h>

#include "http/octet.h"

/* A wish that we know, and whether it was seen already. */
enum wish {
	WISH_PROCESSING,
	WISH_RESPOND_ASYNC,
	WISH_HANDLING,
	WISH_RETURN,
	WISH_WAIT,
	WISH_COUNT,
};

static const char *const wish_names[] = {
	[WISH_PROCESSING] = "processing",
	[WISH_RESPOND_ASYNC] = "respond-async",
	[WISH_HANDLING] = "handling",
	[WISH_RETURN] = "return",
	[WISH_WAIT] = "wait",
};

/* As str_cut(), but a separator inside a quoted string is none. */
static struct str
cut_unquoted(struct str *rest, char separator)
{
	struct str before = *rest;
	bool is_quoted = false;
	size_t i = 0;

	for (; i < rest->len; i++) {
		char octet = rest->data[i];

		if (octet == separator && !is_quoted)
			break;
		if (octet == '"')
			is_quoted = !is_quoted;
		else if (octet == '\\' && is_quoted && i + 1 < rest->len)
			i++;
	}
	before.len = i;
	*rest = str_from(*rest, i < rest->len ? i + 1 : i);
	return before;
}

/* What we look for has no escapes, so a value with one is another. */
static struct str
unquoted(struct str s)
{
	if (s.len >= 2 && s.data[0] == '"' && s.data[s.len - 1] == '"')
		return str_make(s.data + 1, s.len - 2);
	return s;
}

static void
set_wait(struct prefer *prefer, struct str value)
{
	uint64_t wait_s;

	if (!octet_all_digit(value))
		return;
	if (str_to_u64(value, PREFER_WAIT_S_MAX, &wait_s) != ERR_NONE)
		wait_s = PREFER_WAIT_S_MAX;
	prefer->has_wait = true;
	prefer->wait_s = (uint32_t)wait_s;
}

static void
set(struct prefer *prefer, enum wish wish, struct str value)
{
	switch (wish) {
	case WISH_PROCESSING:
		prefer->processing = true;
		return;
	case WISH_RESPOND_ASYNC:
		prefer->respond_async = true;
		return;
	case WISH_HANDLING:
		prefer->strict = str_is_nocase(value, "strict");
		prefer->lenient = str_is_nocase(value, "lenient");
		return;
	case WISH_RETURN:
		prefer->return_minimal = str_is_nocase(value, "minimal");
		return;
	case WISH_WAIT:
		set_wait(prefer, value);
		return;
	case WISH_COUNT:
		break;
	}
	UNREACHABLE("a wish that is none");
}

static enum wish
wish_of(struct str name)
{
	enum wish wish = WISH_PROCESSING;

	while (wish < WISH_COUNT && !str_is_nocase(name, wish_names[wish]))
		wish++;
	return wish;
}

void
prefer_parse(const struct fields *fields, struct prefer *out_prefer)
{
	bool is_seen[WISH_COUNT] = { false };

	*out_prefer = (struct prefer){ 0 };
	for (size_t i = 0; i < fields->count; i++) {
		struct str rest = fields->items[i].value;

		if (!str_is_nocase(fields->items[i].name, "Prefer"))
			continue;
		while (rest.len > 0) {
			struct str item = cut_unquoted(&rest, ',');
			struct str value = cut_unquoted(&item, ';');
			struct str name = str_trim(str_cut(&value, '='));
			enum wish wish = wish_of(name);

			if (wish == WISH_COUNT || is_seen[wish])
				continue;
			is_seen[wish] = true;
			set(out_prefer, wish, unquoted(str_trim(value)));
		}
	}
}
