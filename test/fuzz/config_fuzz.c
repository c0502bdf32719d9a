/*
 * config_fuzz.c - any text as a configuration file: each error has a line of
 * the file, and nothing in the file can add one to what is told.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/config.h"
#include "apps/options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct values {
	bool is_read_only;
	const char *state;
	struct option_texts listen;
	int interim;
	int64_t after_ms;
	uint64_t body_size_max;
	uint64_t thread_count;
};

#define VALUE(member) offsetof(struct values, member)

static const char *const interims[] = { "off", "auto", "on", NULL };

static const struct option table[] = {
	{ "read-only", OPTION_FLAG, VALUE(is_read_only), NULL, NULL, "" },
	{ "state", OPTION_TEXT, VALUE(state), NULL, "DIR", "" },
	{ "listen", OPTION_TEXTS, VALUE(listen), NULL, "ADDRESS", "" },
	{ "interim", OPTION_CHOICE, VALUE(interim), interims, "off", "" },
	{ "interim-after", OPTION_DURATION, VALUE(after_ms), NULL, "TIME", "" },
	{ "max-body", OPTION_SIZE, VALUE(body_size_max), NULL, "SIZE", "" },
	{ "threads", OPTION_COUNT, VALUE(thread_count), NULL, "N", NULL },
	{ .name = NULL },
};

static void
check_said(struct str said, size_t line_count)
{
	uint64_t last = 0;

	while (said.len > 0) {
		struct str line = str_cut(&said, '\n');
		struct str before = STR("tarry: F:");
		uint64_t number;

		for (size_t i = 0; i < line.len; i++)
			CHECK((unsigned char)line.data[i] >= 0x20 ||
			      line.data[i] == '\t');
		CHECK(str_starts(line, before));
		line = str_from(line, before.len);
		CHECK(str_to_u64(str_cut(&line, ':'), line_count, &number) ==
		      ERR_NONE);
		CHECK(number > last); /* one each, in their order */
		last = number;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_make((const char *)data, size);
	struct values values = { 0 };
	struct option_set set;
	struct config config;
	size_t line_count = 1;
	size_t said_size;
	char *said;
	enum err err;

	for (size_t i = 0; i < size; i++)
		line_count += data[i] == '\n';
	config_init(&config);
	options_init(&set, table, &values);
	set.file = "F";
	set.errors = open_memstream(&said, &said_size);
	CHECK(set.errors != NULL);
	err = config_parse(&config, text, &set);
	CHECK(fclose(set.errors) == 0);
	CHECK((err == ERR_NONE) == (said_size == 0));
	check_said(str_make(said, said_size), line_count);
	for (size_t i = 0; i < values.listen.count; i++)
		CHECK(strlen(values.listen.items[i]) > 0);
	free(said);
	config_done(&config);
	return 0;
}
