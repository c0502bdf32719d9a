/*
 * content.c - see content.h.
 */
#include "http/content.h"

#include "http/request.h"

void
content_init(struct content *content, uint64_t size)
{
	*content = (struct content){ .is_chunked = size == BODY_SIZE_UNKNOWN };
	if (content->is_chunked)
		chunk_init(&content->chunk);
	else
		content->left = size;
}

enum err
content_next(
    struct content *content, struct str *inout_input, struct str *out_piece)
{
	size_t size;

	if (content->is_chunked)
		return chunk_next(&content->chunk, inout_input, out_piece);
	if (content->left > 0 && inout_input->len == 0)
		return ERR_AGAIN;
	size = inout_input->len < content->left ? inout_input->len
	                                        : (size_t)content->left;
	*out_piece = str_make(inout_input->data, size);
	*inout_input = str_from(*inout_input, size);
	content->left -= size;
	return ERR_NONE;
}

bool
content_is_done(const struct content *content)
{
	return content->is_chunked ? chunk_is_done(&content->chunk)
	                           : content->left == 0;
}

bool
content_is_short(const struct content *content, uint64_t size)
{
	return !content->is_chunked && content->left <= size;
}
