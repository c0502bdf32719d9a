/*
 * listing_test.c - a multistatus as it arrives, whatever the pieces.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "client/listing.h"

static const char plain[] =
    "<?xml version='1.0'?><D:multistatus xmlns:D='DAV:' xmlns:x='urn:x'>"
    "<D:response><D:href> /a/ </D:href><D:propstat><D:prop>"
    "<D:resourcetype><D:collection/></D:resourcetype>"
    "<x:note>a&lt;b<x:b lang='&amp;'>c&amp;d</x:b></x:note></D:prop>"
    "<D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
    "<D:propstat><D:prop><D:getetag/></D:prop>"
    "<D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>"
    "</D:response>"
    "<D:response><D:href>/b</D:href><D:href>/c</D:href>"
    "<D:status>HTTP/1.1 423 Locked</D:status>"
    "<D:responsedescription>mine</D:responsedescription></D:response>"
    "<ext xmlns='urn:y'><D:response><D:href>/no</D:href></D:response></ext>"
    "</D:multistatus>";

static const char plain_members[] =
    "[/a/ 0 200:DAV:|resourcetype|=<collection xmlns=\"DAV:\"></collection>"
    " 200:urn:x|note|a<bc&d=a&lt;b<b xmlns=\"urn:x\" lang=\"&amp;\">c&amp;d"
    "</b> 404:DAV:|getetag|= ]"
    "[/b 423  mine][/c 423  mine]";

static bool
describe(void *context, const struct listing_member *member)
{
	struct buf *out = context;

	buf_printf(out, "[%.*s %d ", STR_ARG(member->href), member->status);
	for (size_t i = 0; i < member->prop_count; i++) {
		const struct listing_prop *prop = &member->props[i];

		buf_printf(out, "%d:%.*s|%.*s|%.*s=%.*s ", prop->status,
		    STR_ARG(prop->space), STR_ARG(prop->name),
		    STR_ARG(prop->text), STR_ARG(prop->xml));
	}
	if (member->description.len > 0)
		buf_printf(out, " %.*s", STR_ARG(member->description));
	buf_add_char(out, ']');
	return true;
}

/* In pieces of so many octets. */
static enum err
read_all(const char *text, size_t step, struct buf *out)
{
	struct listing listing = { .member = describe, .context = out };
	struct str rest = str_of(text);
	enum err err = listing_init(&listing);

	while (err == ERR_NONE && rest.len > 0) {
		size_t size = step < rest.len ? step : rest.len;

		err = listing_feed(&listing, rest.data, size);
		rest = str_from(rest, size);
	}
	if (err == ERR_NONE)
		err = listing_end(&listing);
	listing_done(&listing);
	return err;
}

static void
every_cut_gives_the_same_members(void **state)
{
	(void)state;
	for (size_t step = 1; step <= sizeof(plain); step++) {
		struct buf out;

		buf_init(&out, 4096);
		assert_int_equal(read_all(plain, step, &out), ERR_NONE);
		assert_int_equal(out.len, strlen(plain_members));
		assert_memory_equal(out.data, plain_members, out.len);
		buf_done(&out);
	}
}

static void
what_is_no_multistatus_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"hello",
		"<html/>",
		"<multistatus/>", /* of no namespace */
		"<D:multistatus xmlns:D='DAV:'>",
		"<!DOCTYPE x><D:multistatus xmlns:D='DAV:'/>",
		"<!DOCTYPE x [<!ENTITY a 'b'>]><D:x xmlns:D='DAV:'>&a;</D:x>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct buf out;

		buf_init(&out, 4096);
		assert_int_equal(read_all(texts[i], 4096, &out), ERR_SYNTAX);
		buf_done(&out);
	}
}

/* Levels of elements inside of a property. */
static enum err
read_deep(size_t depth)
{
	struct buf text;
	struct buf out;
	enum err err;

	buf_init(&text, 64 * 1024);
	buf_init(&out, 64 * 1024);
	buf_add_text(&text, "<D:multistatus xmlns:D='DAV:'><D:response>"
	                    "<D:propstat><D:prop>");
	for (size_t i = 0; i < depth; i++)
		buf_add_text(&text, "<x>");
	for (size_t i = 0; i < depth; i++)
		buf_add_text(&text, "</x>");
	buf_add_text(&text, "</D:prop></D:propstat></D:response>"
	                    "</D:multistatus>");
	buf_add_char(&text, '\0');
	err = read_all(text.data, text.len, &out);
	buf_done(&text);
	buf_done(&out);
	return err;
}

static void
elements_nest_so_deep_and_no_deeper(void **state)
{
	(void)state;
	assert_int_equal(read_deep(LISTING_DEPTH_MAX - 4), ERR_NONE);
	assert_int_equal(read_deep(LISTING_DEPTH_MAX - 3), ERR_LIMIT);
}

static enum err
read_many(size_t count)
{
	struct buf text;
	struct buf out;
	enum err err;

	buf_init(&text, 1024 * 1024);
	buf_init(&out, 1024 * 1024);
	buf_add_text(&text, "<D:multistatus xmlns:D='DAV:'><D:response>"
	                    "<D:propstat><D:prop>");
	for (size_t i = 0; i < count; i++)
		buf_add_text(&text, "<D:x/>");
	buf_add_text(&text, "</D:prop></D:propstat></D:response>"
	                    "</D:multistatus>");
	buf_add_char(&text, '\0');
	err = read_all(text.data, text.len, &out);
	buf_done(&text);
	buf_done(&out);
	return err;
}

static void
a_member_has_so_many_properties_and_no_more(void **state)
{
	(void)state;
	assert_int_equal(read_many(LISTING_PROP_COUNT_MAX), ERR_NONE);
	assert_int_equal(read_many(LISTING_PROP_COUNT_MAX + 1), ERR_LIMIT);
}

static bool
have_enough(void *context, const struct listing_member *member)
{
	unsigned *count = context;

	(void)member;
	return ++*count < 1;
}

static void
who_has_enough_is_left_alone(void **state)
{
	unsigned count = 0;
	struct listing listing = { .member = have_enough, .context = &count };

	(void)state;
	assert_int_equal(listing_init(&listing), ERR_NONE);
	assert_int_equal(
	    listing_feed(&listing, plain, strlen(plain)), ERR_CANCELLED);
	assert_int_equal(count, 1);
	listing_done(&listing);
}

static void
reads_status_lines(void **state)
{
	(void)state;
	assert_int_equal(listing_status(str_of("HTTP/1.1 404 No")), 404);
	assert_int_equal(listing_status(str_of(" HTTP/2 200")), 200);
	assert_int_equal(listing_status(str_of("404")), 0);
	assert_int_equal(listing_status(str_of("HTTP/1.1 99 x")), 0);
	assert_int_equal(listing_status(str_of("HTTP/1.1 1000 x")), 0);
	assert_int_equal(listing_status(str_of("")), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cut_gives_the_same_members),
		cmocka_unit_test(what_is_no_multistatus_is_refused),
		cmocka_unit_test(elements_nest_so_deep_and_no_deeper),
		cmocka_unit_test(a_member_has_so_many_properties_and_no_more),
		cmocka_unit_test(who_has_enough_is_left_alone),
		cmocka_unit_test(reads_status_lines),
	};

	return cmocka_run_group_tests_name("listing", tests, NULL, NULL);
}
