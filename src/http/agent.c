/*
 * agent.c - see agent.h.
 */
#include "http/agent.h"

#define ANY 0
#define NEWEST UINT32_MAX
#define V(major, minor) ((major)*1000 + (minor))

static const struct agent agents[] = {
#define X(product, companion, from, below, verdict, budget, fields,            \
    after_body, timer)                                                         \
	{ product, companion, from, below, verdict, budget, fields,            \
		after_body, timer },
#include "http/agents.def"
#undef X
};

enum {
	AGENT_COUNT = sizeof(agents) / sizeof(agents[0]),
	VERSION_PART_MAX = 999,
};

struct product {
	struct str name;
	struct str version; /* empty if it has none */
};

/* Passes over a comment, which may have others inside it. */
static struct str
skip_comment(struct str rest)
{
	size_t depth = 0;

	for (size_t i = 0; i < rest.len; i++) {
		if (rest.data[i] == '\\')
			i++; /* a quoted-pair */
		else if (rest.data[i] == '(')
			depth++;
		else if (rest.data[i] == ')' && --depth == 0)
			return str_from(rest, i + 1);
	}
	return str_from(rest, rest.len);
}

static bool
ends_product(char octet)
{
	return octet == ' ' || octet == '\t' || octet == '(';
}

static bool
next_product(struct str *rest, struct product *out_product)
{
	size_t size = 0;

	while (rest->len > 0 && ends_product(rest->data[0])) {
		if (rest->data[0] == '(')
			*rest = skip_comment(*rest);
		else
			*rest = str_from(*rest, 1);
	}
	while (size < rest->len && !ends_product(rest->data[size]))
		size++;
	if (size == 0)
		return false;
	out_product->version = str_make(rest->data, size);
	out_product->name = str_cut(&out_product->version, '/');
	*rest = str_from(*rest, size);
	return true;
}

/* The number at the start of *rest, cut to three digits' worth. */
static uint32_t
next_number(struct str *rest)
{
	uint32_t value = 0;
	size_t i;

	for (i = 0; i < rest->len; i++) {
		unsigned digit = (unsigned char)rest->data[i] - (unsigned)'0';

		if (digit > 9)
			break;
		value = value * 10 + digit;
		if (value > VERSION_PART_MAX)
			value = VERSION_PART_MAX;
	}
	*rest = str_from(*rest, i);
	return value;
}

/* "0.32.5" is 32, "v1.60.1-DEV" is 1060, no number at all is 0. */
static uint32_t
version_number(struct str version)
{
	uint32_t major;

	if (version.len > 0 && version.data[0] == 'v')
		version = str_from(version, 1);
	major = next_number(&version);
	if (version.len == 0 || version.data[0] != '.')
		return V(major, 0);
	version = str_from(version, 1);
	return V(major, next_number(&version));
}

static bool
has_product(struct str user_agent, const char *name)
{
	struct product product;

	while (next_product(&user_agent, &product)) {
		if (str_is(product.name, name))
			return true;
	}
	return false;
}

/* The index of the first row that fits this product, below end; or end. */
static size_t
row_find(const struct product *product, struct str user_agent, size_t end)
{
	uint32_t version = version_number(product->version);

	for (size_t i = 0; i < end; i++) {
		const struct agent *agent = &agents[i];

		if (!str_is(product->name, agent->product))
			continue;
		if (version < agent->version_min ||
		    version >= agent->version_below)
			continue;
		if (agent->companion == NULL ||
		    has_product(user_agent, agent->companion))
			return i;
	}
	return end;
}

const struct agent *
agent_find(struct str user_agent)
{
	struct str rest = user_agent;
	struct product product;
	size_t first = AGENT_COUNT;

	if (user_agent.len > AGENT_SIZE_MAX)
		return NULL;
	while (first > 0 && next_product(&rest, &product))
		first = row_find(&product, user_agent, first);
	return first == AGENT_COUNT ? NULL : &agents[first];
}
