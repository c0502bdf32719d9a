/*
 * h2_rig.c - see h2_rig.h.
 */
#include "h2_rig.h"

#include <string.h>

#include "http/h2.h"

enum {
	EVENTS_SIZE_MAX = 1024 * 1024,
	SAID_SIZE_MAX = 16 * 1024 * 1024,
	FIELD_COUNT = 16,
	FRAME_HEAD = 9
};

static int
on_header(nghttp2_session *client, const nghttp2_frame *frame,
    const uint8_t *name, size_t name_size, const uint8_t *value,
    size_t value_size, uint8_t flags, void *context)
{
	static const char *const told[] = { "content-length", "interim-sent",
		"progress" };
	struct str key = { (const char *)name, name_size };
	struct h2_rig *rig = context;

	(void)client;
	(void)flags;
	if (str_is(key, ":status"))
		buf_printf(&rig->events, "%d:%.*s ", frame->hd.stream_id,
		    (int)value_size, (const char *)value);
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (str_is(key, told[i]))
			buf_printf(&rig->events, "%s=%.*s ", told[i],
			    (int)value_size, (const char *)value);
	return 0;
}

static int
on_data(nghttp2_session *client, uint8_t flags, int32_t id, const uint8_t *data,
    size_t size, void *context)
{
	struct h2_rig *rig = context;

	(void)flags;
	rig->content_size += size;
	if (!rig->is_quiet)
		buf_printf(&rig->events, "%d:[%.*s] ", id, (int)size,
		    (const char *)data);
	return rig->holds_window ? 0
	                         : nghttp2_session_consume(client, id, size);
}

static int
on_frame(nghttp2_session *client, const nghttp2_frame *frame, void *context)
{
	struct h2_rig *rig = context;

	(void)client;
	if (frame->hd.type == NGHTTP2_GOAWAY)
		buf_printf(
		    &rig->events, "goaway(%u) ", frame->goaway.error_code);
	if (frame->hd.type == NGHTTP2_RST_STREAM)
		buf_printf(&rig->events, "%d:reset(%u) ", frame->hd.stream_id,
		    frame->rst_stream.error_code);
	if ((frame->hd.type == NGHTTP2_DATA ||
	        frame->hd.type == NGHTTP2_HEADERS) &&
	    (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
		buf_printf(&rig->events, "%d:end ", frame->hd.stream_id);
	return 0;
}

/* The next frame of the client, or all of them.  Gives how much it was. */
static ssize_t
say_next(struct h2_rig *rig)
{
	const uint8_t *octets;
	struct buf all;
	ssize_t size;

	buf_init(&all, SAID_SIZE_MAX);
	do {
		size = nghttp2_session_mem_send(rig->client, &octets);
		assert_true(size >= 0);
		buf_add(&all, octets, (size_t)size);
	} while (size > 0 && rig->sends_at_once);
	assert_int_equal(all.err, ERR_NONE);
	size = (ssize_t)all.len;
	if (size > 0)
		rig_send_octets(&rig->rig, all.data, all.len);
	buf_done(&all);
	return size;
}

void
h2_rig_flow(struct h2_rig *rig)
{
	ssize_t size;

	do {
		struct str read = buf_str(&rig->rig.output);

		size = nghttp2_session_mem_recv(
		    rig->client, (const uint8_t *)read.data, read.len);
		assert_true(size >= 0);
		buf_clear(&rig->rig.output);
		size = say_next(rig);
	} while (size > 0 || rig->rig.output.len > 0);
}

static void
make_client(struct h2_rig *rig)
{
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *option;

	assert_int_equal(nghttp2_session_callbacks_new(&callbacks), 0);
	assert_int_equal(nghttp2_option_new(&option), 0);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
	    callbacks, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(
	    callbacks, on_frame);
	nghttp2_option_set_no_auto_window_update(option, 1);
	assert_int_equal(
	    nghttp2_session_client_new2(&rig->client, callbacks, rig, option),
	    0);
	nghttp2_option_del(option);
	nghttp2_session_callbacks_del(callbacks);
}

void
h2_rig_open(struct h2_rig *rig, uint32_t window_size, uint32_t stream_count_max)
{
	nghttp2_settings_entry entry = { NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE,
		window_size };

	*rig = (struct h2_rig){ .last_id = -1 };
	rig_prepare(&rig->rig);
	rig->rig.protocol = &h2_protocol;
	rig->rig.make = h2_new;
	rig->rig.config.stream_count_max = stream_count_max;
	rig_connect(&rig->rig);
	buf_init(&rig->events, EVENTS_SIZE_MAX);
	make_client(rig);
	assert_int_equal(nghttp2_submit_settings(rig->client, NGHTTP2_FLAG_NONE,
	                     &entry, window_size > 0),
	    0);
	h2_rig_flow(rig);
	h2_rig_expect(rig, "");
}

void
h2_rig_init(struct h2_rig *rig)
{
	h2_rig_open(rig, 0, 4);
}

void
h2_rig_done(struct h2_rig *rig)
{
	rig_done(&rig->rig);
	nghttp2_session_del(rig->client);
	buf_done(&rig->events);
}

static nghttp2_nv
pair(const char *name, size_t name_size, const char *value, size_t value_size)
{
	return (nghttp2_nv){ .name = (uint8_t *)(uintptr_t)name,
		.namelen = name_size,
		.value = (uint8_t *)(uintptr_t)value,
		.valuelen = value_size };
}

static nghttp2_nv
text_pair(const char *name, const char *value)
{
	return pair(name, strlen(name), value, strlen(value));
}

static ssize_t
read_upload(nghttp2_session *client, int32_t id, uint8_t *data, size_t size_max,
    uint32_t *out_flags, nghttp2_data_source *source, void *context)
{
	struct h2_rig *rig = context;
	size_t size = size_max < rig->upload_left ? size_max : rig->upload_left;

	(void)client;
	(void)id;
	(void)source;
	memset(data, 'x', size);
	rig->upload_left -= size;
	if (rig->upload_left == 0 && !rig->is_upload_open)
		*out_flags |= NGHTTP2_DATA_FLAG_EOF;
	else if (size == 0)
		return NGHTTP2_ERR_DEFERRED;
	return (ssize_t)size;
}

static int32_t
submit(struct h2_rig *rig, const char *method, const char *path,
    const char *lines, const nghttp2_data_provider *provider)
{
	nghttp2_nv pairs[FIELD_COUNT] = {
		text_pair(":method", method),
		text_pair(":scheme", "http"),
		text_pair(":path", path),
		text_pair(":authority", "h"),
	};
	struct str rest = str_of(lines);
	size_t count = 4;

	while (rest.len > 0) {
		struct str value = str_cut(&rest, '\n');
		struct str name = str_cut(&value, ':');

		value = str_trim(value);
		assert_true(count < FIELD_COUNT);
		pairs[count++] =
		    pair(name.data, name.len, value.data, value.len);
	}
	rig->last_id = nghttp2_submit_request(
	    rig->client, NULL, pairs, count, provider, NULL);
	assert_true(rig->last_id > 0);
	h2_rig_flow(rig);
	return rig->last_id;
}

int32_t
h2_rig_ask(
    struct h2_rig *rig, const char *method, const char *path, const char *lines)
{
	return submit(rig, method, path, lines, NULL);
}

int32_t
h2_rig_put(struct h2_rig *rig, const char *path, const char *lines, size_t size)
{
	nghttp2_data_provider provider = { .read_callback = read_upload };

	rig->upload_left = size;
	return submit(rig, "PUT", path, lines, &provider);
}

void
h2_rig_reset(struct h2_rig *rig, int32_t id, uint32_t error_code)
{
	(void)nghttp2_submit_rst_stream(
	    rig->client, NGHTTP2_FLAG_NONE, id, error_code);
	h2_rig_flow(rig);
}

void
h2_rig_say(struct h2_rig *rig, const void *octets, size_t size)
{
	rig_send_octets(&rig->rig, octets, size);
}

void
h2_rig_frame(struct h2_rig *rig, uint8_t type, uint8_t flags, int32_t id,
    const void *payload, size_t size)
{
	char head[FRAME_HEAD] = { (char)(size >> 16), (char)(size >> 8),
		(char)size, (char)type, (char)flags, (char)(id >> 24),
		(char)(id >> 16), (char)(id >> 8), (char)id };

	h2_rig_say(rig, head, sizeof(head));
	if (size > 0)
		h2_rig_say(rig, payload, size);
}

void
h2_rig_expect(struct h2_rig *rig, const char *events)
{
	h2_rig_flow(rig);
	while (
	    rig->events.len > 0 && rig->events.data[rig->events.len - 1] == ' ')
		rig->events.len--;
	buf_add_char(&rig->events, '\0');
	assert_string_equal(rig->events.data, events);
	buf_clear(&rig->events);
}
