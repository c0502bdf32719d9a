/*
 * status_uri_test.c - the field lines of a 102, to the octet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "http/status_uri.h"

enum { LINES_SIZE_MAX = INTERIM_FIELDS_SIZE_MAX };

static const struct str http = STR("http");
static const struct str host = STR("host");

static void
assert_lines(const struct buf *lines, const char *want)
{
	assert_int_equal(lines->err, ERR_NONE);
	assert_int_equal(lines->len, strlen(want));
	assert_memory_equal(
	    lines->data == NULL ? "" : lines->data, want, strlen(want));
}

static void
writes_pairs_with_a_space_and_no_comma(void **state)
{
	struct status_uri it;
	struct buf lines;

	(void)state;
	buf_init(&lines, LINES_SIZE_MAX);
	status_uri_begin(&it, &lines, http, host);
	assert_true(status_uri_add(&it, 404, str_of("/a")));
	assert_true(status_uri_add(&it, 201, str_of("/b")));
	status_uri_end(&it);
	assert_lines(
	    &lines, "Status-URI: 404 <http://host/a> 201 <http://host/b>\r\n");
	buf_done(&lines);
}

static void
encodes_what_could_end_the_uri_or_the_line(void **state)
{
	static const struct {
		const char *path;
		const char *want;
	} rows[] = {
		{ "/", "Status-URI: 200 <https://h:81/>\r\n" },
		{ "/a b>c<d\r\nX: y",
		    "Status-URI: 200 "
		    "<https://h:81/a%20b%3Ec%3Cd%0D%0AX%3A%20y>\r\n" },
		{ "/\xc3\xa4,%", "Status-URI: 200 "
		                 "<https://h:81/%C3%A4%2C%25>\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct status_uri it;
		struct buf lines;

		buf_init(&lines, LINES_SIZE_MAX);
		status_uri_begin(&it, &lines, str_of("https"), str_of("h:81"));
		assert_true(status_uri_add(&it, 200, str_of(rows[i].path)));
		status_uri_end(&it);
		assert_lines(&lines, rows[i].want);
		buf_done(&lines);
	}
}

static void
writes_nothing_without_a_pair(void **state)
{
	struct status_uri it;
	struct buf lines;

	(void)state;
	buf_init(&lines, LINES_SIZE_MAX);
	status_uri_begin(&it, &lines, http, host);
	status_uri_end(&it);
	assert_lines(&lines, "");
	buf_done(&lines);
}

static void
writes_nothing_for_an_authority_that_is_none(void **state)
{
	static const char *const rows[] = { "", "a b", "h>", "h\r\nX: y", ":" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct status_uri it;
		struct buf lines;

		buf_init(&lines, LINES_SIZE_MAX);
		status_uri_begin(&it, &lines, http, str_of(rows[i]));
		assert_false(status_uri_add(&it, 200, str_of("/a")));
		status_uri_end(&it);
		assert_lines(&lines, "");
		buf_done(&lines);
	}
}

static void
takes_so_many_pairs_and_no_more(void **state)
{
	struct status_uri it;
	struct buf lines;

	(void)state;
	buf_init(&lines, LINES_SIZE_MAX);
	status_uri_begin(&it, &lines, http, host);
	for (int i = 0; i < STATUS_URI_COUNT_MAX; i++)
		assert_true(status_uri_add(&it, 201, str_of("/a")));
	assert_false(status_uri_add(&it, 201, str_of("/a")));
	status_uri_end(&it);
	assert_int_equal(lines.len,
	    strlen("Status-URI:\r\n") +
	        STATUS_URI_COUNT_MAX * strlen(" 201 <http://host/a>"));
	buf_done(&lines);
}

/* A path that makes a line of one pair exactly line_size octets. */
static struct str
path_for(char *path, size_t line_size)
{
	size_t size = line_size - strlen("Status-URI: 201 <http://host>\r\n");

	memset(path, 'x', size);
	path[0] = '/';
	return str_make(path, size);
}

static void
leaves_out_a_pair_that_does_not_fit_the_line(void **state)
{
	char path[STATUS_URI_SIZE_MAX];
	struct status_uri it;
	struct buf lines;

	(void)state;
	buf_init(&lines, LINES_SIZE_MAX);
	status_uri_begin(&it, &lines, http, host);
	assert_false(
	    status_uri_add(&it, 201, path_for(path, STATUS_URI_SIZE_MAX + 1)));
	assert_true(
	    status_uri_add(&it, 201, path_for(path, STATUS_URI_SIZE_MAX)));
	assert_false(status_uri_add(&it, 201, str_of("/")));
	status_uri_end(&it);
	assert_int_equal(lines.len, STATUS_URI_SIZE_MAX);
	assert_memory_equal(lines.data + lines.len - 3, ">\r\n", 3);
	buf_done(&lines);

	/* A shorter one behind it still fits. */
	buf_init(&lines, LINES_SIZE_MAX);
	status_uri_begin(&it, &lines, http, host);
	assert_false(
	    status_uri_add(&it, 423, path_for(path, STATUS_URI_SIZE_MAX + 1)));
	assert_true(status_uri_add(&it, 201, str_of("/b")));
	status_uri_end(&it);
	assert_lines(&lines, "Status-URI: 201 <http://host/b>\r\n");
	buf_done(&lines);
}

static void
leaves_out_a_pair_that_does_not_fit_the_buffer(void **state)
{
	static const char progress[] = "Progress: 1/2\r\n";
	static const char line[] = "Status-URI: 201 <http://host/b>\r\n";
	size_t size = sizeof(progress) - 1 + sizeof(line) - 1;

	(void)state;
	for (size_t less = 0; less < 2; less++) {
		struct status_uri it;
		struct buf lines;

		buf_init(&lines, size - less);
		status_uri_progress(&lines, 1, 2);
		status_uri_begin(&it, &lines, http, host);
		assert_int_equal(
		    status_uri_add(&it, 201, str_of("/b")), less == 0);
		status_uri_end(&it);
		assert_int_equal(lines.err, ERR_NONE);
		assert_int_equal(
		    lines.len, less == 0 ? size : sizeof(progress) - 1);
		buf_done(&lines);
	}
}

static void
stops_on_a_status_that_is_none(void **state)
{
	struct status_uri it;
	struct buf lines;

	(void)state;
	buf_init(&lines, LINES_SIZE_MAX);
	status_uri_begin(&it, &lines, http, host);
	expect_assert_failure((void)status_uri_add(&it, 99, host));
	expect_assert_failure((void)status_uri_add(&it, 600, host));
	status_uri_end(&it);
	buf_done(&lines);
}

static void
tells_progress_as_a_fraction(void **state)
{
	static const struct {
		uint64_t done;
		uint64_t total;
		const char *want;
	} rows[] = {
		{ 0, 1, "Progress: 0/1\r\n" },
		{ 120, 4000, "Progress: 120/4000\r\n" },
		{ 66, 0, "Progress: 66/\r\n" },
		{ 0, 0, "Progress: 0/\r\n" },
		{ 5, 5, "Progress: 5/5\r\n" },
		{ 6, 5, "Progress: 6/6\r\n" },
		{ UINT64_MAX, UINT64_MAX,
		    "Progress: 18446744073709551615/18446744073709551615\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf lines;

		buf_init(&lines, LINES_SIZE_MAX);
		status_uri_progress(&lines, rows[i].done, rows[i].total);
		assert_lines(&lines, rows[i].want);
		buf_done(&lines);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_pairs_with_a_space_and_no_comma),
		cmocka_unit_test(encodes_what_could_end_the_uri_or_the_line),
		cmocka_unit_test(writes_nothing_without_a_pair),
		cmocka_unit_test(writes_nothing_for_an_authority_that_is_none),
		cmocka_unit_test(takes_so_many_pairs_and_no_more),
		cmocka_unit_test(leaves_out_a_pair_that_does_not_fit_the_line),
		cmocka_unit_test(
		    leaves_out_a_pair_that_does_not_fit_the_buffer),
		cmocka_unit_test(stops_on_a_status_that_is_none),
		cmocka_unit_test(tells_progress_as_a_fraction),
	};

	return cmocka_run_group_tests_name("status_uri", tests, NULL, NULL);
}
