/*
 * identity_test.c - tests src/dav/identity.c.
 */
#include "dav/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "dav/call.h"

/* What a request consists of, as far as it can differ. */
struct sample {
	const char *method;
	const char *path;
	const char *destination;
	enum depth depth;
	bool overwrite;
	const char *name; /* of a field */
	const char *value;
};

static void
fingerprint(const struct sample *sample, struct buf *out)
{
	struct method method = { .name = sample->method };
	struct field field = { str_of(sample->name), str_of(sample->value) };
	struct request request = { .fields = { .items = &field,
		                       .count = sample->name != NULL } };
	struct call call = {
		.method = &method,
		.request = &request,
		.path = str_of(sample->path),
		.destination = str_of(sample->destination),
		.depth = sample->depth,
		.overwrite = sample->overwrite,
	};

	buf_init(out, 65536);
	identity_fingerprint(&call, out);
	assert_int_equal(out->err, ERR_NONE);
}

static bool
are_same(const struct sample *a, const struct sample *b)
{
	struct buf of_a;
	struct buf of_b;
	bool is_same;

	fingerprint(a, &of_a);
	fingerprint(b, &of_b);
	is_same = str_equal(buf_str(&of_a), buf_str(&of_b));
	buf_done(&of_a);
	buf_done(&of_b);
	return is_same;
}

static void
tells_any_two_requests_apart(void **state)
{
	static const struct sample rows[] = {
		{ "COPY", "/a", "/b", DEPTH_INFINITY, true, NULL, NULL },
		{ "MOVE", "/a", "/b", DEPTH_INFINITY, true, NULL, NULL },
		{ "COPY", "/a/b", "", DEPTH_INFINITY, true, NULL, NULL },
		{ "COPY", "/a\n/b", "/c", DEPTH_INFINITY, true, NULL, NULL },
		{ "COPY", "/a", "/b\n/c", DEPTH_INFINITY, true, NULL, NULL },
		{ "COPY", "/a", "/b", DEPTH_0, true, NULL, NULL },
		{ "COPY", "/a", "/b", DEPTH_1, true, NULL, NULL },
		{ "COPY", "/a", "/b", DEPTH_INFINITY, false, NULL, NULL },
		{ "COPY", "/a", "/b", DEPTH_INFINITY, true, "If", "(<a>)" },
		{ "COPY", "/a", "/b", DEPTH_INFINITY, true, "If", "(<b>)" },
		{ "COPY", "/a", "/b", DEPTH_INFINITY, true, "If-Match",
		    "(<b>)" },
		{ "COPY", "/a", "/b", DEPTH_INFINITY, true, "Prefer",
		    "handling=strict" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++)
			assert_int_equal(are_same(&rows[i], &rows[j]), i == j);
}

static void
passes_over_how_it_is_asked(void **state)
{
	static const struct sample plain = { "COPY", "/a", "/b", DEPTH_INFINITY,
		true, NULL, NULL };
	static const struct sample rows[] = {
		{ "COPY", "/a", "/b", DEPTH_INFINITY, true, "Prefer",
		    "processing, respond-async, wait=9" },
		{ "COPY", "/a", "/b", DEPTH_INFINITY, true, "Prefer",
		    "handling=lenient" },
		{ "COPY", "/a", "/b", DEPTH_INFINITY, true, "User-Agent", "x" },
		{ "COPY", "/a", "/b", DEPTH_INFINITY, true, "Idempotency-Key",
		    "\"k\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(are_same(&plain, &rows[i]));
}

static enum err
read_key(const char *value, size_t count, struct arena *arena, struct str *out)
{
	struct field items[2] = {
		{ STR("idempotency-key"), str_of(value) },
		{ STR("Idempotency-Key"), str_of(value) },
	};
	struct fields fields = { .items = items, .count = count };

	return identity_key(&fields, arena, out);
}

static void
reads_a_string_of_rfc_8941(void **state)
{
	static const struct {
		const char *value;
		enum err err;
		const char *key;
	} rows[] = {
		{ "\"a\"", ERR_NONE, "a" },
		{ "\"8e03978e-40d5-43e8\"", ERR_NONE, "8e03978e-40d5-43e8" },
		{ "\" !#[]~\"", ERR_NONE, " !#[]~" },
		{ "\"a\\\"b\\\\c\"", ERR_NONE, "a\"b\\c" },
		{ "", ERR_SYNTAX, NULL },
		{ "a", ERR_SYNTAX, NULL },
		{ "\"", ERR_SYNTAX, NULL },
		{ "\"\"", ERR_SYNTAX, NULL },
		{ "\"a", ERR_SYNTAX, NULL },
		{ "a\"", ERR_SYNTAX, NULL },
		{ "\"a\\\"", ERR_SYNTAX, NULL },
		{ "\"a\\b\"", ERR_SYNTAX, NULL },
		{ "\"a\"b", ERR_SYNTAX, NULL },
		{ "\"a\";b", ERR_SYNTAX, NULL },
		{ "\"a\", \"b\"", ERR_SYNTAX, NULL },
		{ "\"a\tb\"", ERR_SYNTAX, NULL },
		{ "\"\x7f\"", ERR_SYNTAX, NULL },
		{ "\"\xc3\xa4\"", ERR_SYNTAX, NULL },
		{ "'a'", ERR_SYNTAX, NULL },
	};
	struct arena arena;
	struct str key;

	(void)state;
	arena_init(&arena, 65536);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(
		    read_key(rows[i].value, 1, &arena, &key), rows[i].err);
		if (rows[i].key != NULL)
			assert_true(str_is(key, rows[i].key));
	}
	arena_done(&arena);
}

static void
finds_no_key_where_none_was_sent(void **state)
{
	struct arena arena;
	struct str key = STR("x");

	(void)state;
	arena_init(&arena, 65536);
	assert_int_equal(read_key("", 0, &arena, &key), ERR_NONE);
	assert_int_equal(key.len, 0);
	arena_done(&arena);
}

static void
refuses_two_keys(void **state)
{
	struct arena arena;
	struct str key;

	(void)state;
	arena_init(&arena, 65536);
	assert_int_equal(read_key("\"a\"", 2, &arena, &key), ERR_SYNTAX);
	arena_done(&arena);
}

static void
takes_a_key_up_to_its_limit(void **state)
{
	char value[IDEMPOTENCY_KEY_SIZE_MAX + 4];
	struct arena arena;
	struct str key;

	(void)state;
	arena_init(&arena, 65536);
	for (size_t i = 0; i < sizeof(value); i++)
		value[i] = 'k';
	value[0] = '"';
	value[IDEMPOTENCY_KEY_SIZE_MAX + 1] = '"';
	value[IDEMPOTENCY_KEY_SIZE_MAX + 2] = '\0';
	assert_int_equal(read_key(value, 1, &arena, &key), ERR_NONE);
	assert_int_equal(key.len, IDEMPOTENCY_KEY_SIZE_MAX);
	value[IDEMPOTENCY_KEY_SIZE_MAX + 1] = 'k';
	value[IDEMPOTENCY_KEY_SIZE_MAX + 2] = '"';
	value[IDEMPOTENCY_KEY_SIZE_MAX + 3] = '\0';
	assert_int_equal(read_key(value, 1, &arena, &key), ERR_LIMIT);
	arena_done(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_any_two_requests_apart),
		cmocka_unit_test(passes_over_how_it_is_asked),
		cmocka_unit_test(reads_a_string_of_rfc_8941),
		cmocka_unit_test(finds_no_key_where_none_was_sent),
		cmocka_unit_test(refuses_two_keys),
		cmocka_unit_test(takes_a_key_up_to_its_limit),
	};

	return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
