/*
 * method_get_ranges_test.c - several ranges in one answer: RFC 9110, 14.6.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "method_rig.h"

static void
writes_each_part_with_its_place(void **state)
{
	struct rig rig;
	const char *boundary;
	const char *want;

	(void)state;
	rig_init(&rig);
	assert_int_equal(rig_send(&rig, "PUT /a.txt", NULL, "0123456789"), 201);
	assert_int_equal(
	    rig_send(&rig, "GET /a.txt", "Range: bytes=0-1,4-4,8-\r\n", NULL),
	    206);
	boundary = strstr(rig_field(&rig, "Content-Type"), "boundary=");
	assert_non_null(boundary);
	boundary += strlen("boundary=");
	want = rig_format(&rig,
	    "--%s\r\nContent-Type: text/plain\r\n"
	    "Content-Range: bytes 0-1/10\r\n\r\n01\r\n"
	    "--%s\r\nContent-Type: text/plain\r\n"
	    "Content-Range: bytes 4-4/10\r\n\r\n4\r\n"
	    "--%s\r\nContent-Type: text/plain\r\n"
	    "Content-Range: bytes 8-9/10\r\n\r\n89\r\n"
	    "--%s--\r\n",
	    boundary, boundary, boundary, boundary);
	assert_string_equal(rig_body(&rig), want);
	assert_int_equal(rig.response.pulled_size, strlen(want));
	assert_string_equal(rig_field(&rig, "Content-Range"), "");
	rig_done(&rig);
}

static void
has_another_boundary_each_time(void **state)
{
	struct rig rig;
	char first[100] = "";

	(void)state;
	rig_init(&rig);
	assert_int_equal(rig_send(&rig, "PUT /a", NULL, "0123456789"), 201);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    rig_send(&rig, "GET /a", "Range: bytes=0-1,4-4\r\n", NULL),
		    206);
		assert_string_not_equal(rig_field(&rig, "Content-Type"), first);
		memcpy(first, rig_field(&rig, "Content-Type"),
		    strlen(rig_field(&rig, "Content-Type")));
	}
	rig_done(&rig);
}

/* The ranges lie beyond what the descriptor has. */
static enum err
open_a_longer_file(struct store *store, struct str path, int *out_fd,
    struct resource *out_resource)
{
	*out_resource = (struct resource){ .size = 100, .etag = "\"x\"" };
	(void)path;
	(void)store;
	*out_fd = memfd_create("short", 0);
	assert_int_not_equal(*out_fd, -1);
	return ERR_NONE;
}

static void
breaks_off_when_the_file_became_shorter(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.ops.open = open_a_longer_file;
	assert_int_equal(
	    rig_send(&rig, "GET /a", "Range: bytes=90-91,95-96\r\n", NULL),
	    206);
	assert_int_equal(rig.response.bytes.err, ERR_STORAGE);
	rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_each_part_with_its_place),
		cmocka_unit_test(has_another_boundary_each_time),
		cmocka_unit_test(breaks_off_when_the_file_became_shorter),
	};

	return cmocka_run_group_tests_name(
	    "method_get_ranges", tests, NULL, NULL);
}
