/*
 * chunk.c - see chunk.h.
 */
#include "http/chunk.h"

#include "base/limits.h"
#include "http/octet.h"

_Static_assert(
    (size_t)CHUNK_LINE_SIZE_MAX > CHUNK_DIGIT_COUNT_MAX, "a size must fit");

#define TO(state) (1u << (state))

static const unsigned moves[] = {
	[CHUNK_SIZE] = TO(CHUNK_EXTENSION) | TO(CHUNK_SIZE_LF),
	[CHUNK_EXTENSION] = TO(CHUNK_SIZE_LF),
	[CHUNK_SIZE_LF] = TO(CHUNK_DATA) | TO(CHUNK_TRAILER),
	[CHUNK_DATA] = TO(CHUNK_DATA_CR),
	[CHUNK_DATA_CR] = TO(CHUNK_DATA_LF),
	[CHUNK_DATA_LF] = TO(CHUNK_SIZE),
	[CHUNK_TRAILER] = TO(CHUNK_NAME) | TO(CHUNK_END_LF),
	[CHUNK_NAME] = TO(CHUNK_VALUE),
	[CHUNK_VALUE] = TO(CHUNK_VALUE_LF),
	[CHUNK_VALUE_LF] = TO(CHUNK_TRAILER),
	[CHUNK_END_LF] = TO(CHUNK_DONE),
	[CHUNK_DONE] = 0,
};

static void
enter(struct chunk *chunk, enum chunk_state state)
{
	CHECK(moves[chunk->state] & TO(state));
	chunk->state = state;
}

static enum err
move_if(struct chunk *chunk, bool is_right, enum chunk_state state)
{
	if (!is_right)
		return ERR_SYNTAX;
	enter(chunk, state);
	return ERR_NONE;
}

void
chunk_init(struct chunk *chunk)
{
	*chunk = (struct chunk){ .state = CHUNK_SIZE };
}

static enum err
step_size(struct chunk *chunk, char octet)
{
	int digit = octet_hex(octet);

	if (digit >= 0) {
		if (chunk->digit_count == CHUNK_DIGIT_COUNT_MAX)
			return ERR_RANGE;
		chunk->digit_count++;
		chunk->left = chunk->left * 16 + (uint64_t)digit;
		return ERR_NONE;
	}
	if (chunk->digit_count == 0)
		return ERR_SYNTAX;
	if (chunk->left > CHUNK_CONTENT_SIZE_MAX - chunk->content_size)
		return ERR_RANGE;
	if (octet == ';')
		return move_if(chunk, true, CHUNK_EXTENSION);
	return move_if(chunk, octet == '\r', CHUNK_SIZE_LF);
}

static enum err
step_size_lf(struct chunk *chunk, char octet)
{
	chunk->content_size += chunk->left;
	chunk->digit_count = 0;
	chunk->line_size = 0;
	return move_if(
	    chunk, octet == '\n', chunk->left > 0 ? CHUNK_DATA : CHUNK_TRAILER);
}

/* A line that goes on with what a field value may have, or ends. */
static enum err
step_text(struct chunk *chunk, char octet, enum chunk_state end)
{
	if (octet_is_value(octet))
		return ERR_NONE;
	return move_if(chunk, octet == '\r', end);
}

static enum err
step_trailer(struct chunk *chunk, char octet)
{
	if (octet == '\r')
		return move_if(chunk, true, CHUNK_END_LF);
	return move_if(chunk, octet_is_token(octet), CHUNK_NAME);
}

static enum err
step_name(struct chunk *chunk, char octet)
{
	if (octet_is_token(octet))
		return ERR_NONE;
	return move_if(chunk, octet == ':', CHUNK_VALUE);
}

/* Counts the octet where its line, or its section, has a limit. */
static bool
fits(struct chunk *chunk, char octet)
{
	switch (chunk->state) {
	case CHUNK_SIZE:
	case CHUNK_EXTENSION:
		if (octet != '\r')
			chunk->line_size++;
		return chunk->line_size <= CHUNK_LINE_SIZE_MAX;
	case CHUNK_TRAILER:
	case CHUNK_NAME:
	case CHUNK_VALUE:
	case CHUNK_VALUE_LF:
		if (chunk->state != CHUNK_TRAILER || octet != '\r')
			chunk->trailer_size++;
		return chunk->trailer_size <= TRAILER_SIZE_MAX;
	case CHUNK_SIZE_LF:
	case CHUNK_DATA:
	case CHUNK_DATA_CR:
	case CHUNK_DATA_LF:
	case CHUNK_END_LF:
	case CHUNK_DONE:
		return true;
	}
	UNREACHABLE("a state that is none");
}

static enum err
step(struct chunk *chunk, char octet)
{
	if (!fits(chunk, octet))
		return ERR_SYNTAX;
	switch (chunk->state) {
	case CHUNK_SIZE:
		return step_size(chunk, octet);
	case CHUNK_EXTENSION:
		return step_text(chunk, octet, CHUNK_SIZE_LF);
	case CHUNK_SIZE_LF:
		return step_size_lf(chunk, octet);
	case CHUNK_DATA_CR:
		return move_if(chunk, octet == '\r', CHUNK_DATA_LF);
	case CHUNK_DATA_LF:
		return move_if(chunk, octet == '\n', CHUNK_SIZE);
	case CHUNK_TRAILER:
		return step_trailer(chunk, octet);
	case CHUNK_NAME:
		return step_name(chunk, octet);
	case CHUNK_VALUE:
		return step_text(chunk, octet, CHUNK_VALUE_LF);
	case CHUNK_VALUE_LF:
		return move_if(chunk, octet == '\n', CHUNK_TRAILER);
	case CHUNK_END_LF:
		return move_if(chunk, octet == '\n', CHUNK_DONE);
	case CHUNK_DATA:
	case CHUNK_DONE:
		break;
	}
	UNREACHABLE("a state that takes no single octets");
}

static struct str
cut_data(struct chunk *chunk, struct str *input)
{
	struct str piece = *input;

	if (piece.len > chunk->left)
		piece.len = (size_t)chunk->left;
	*input = str_from(*input, piece.len);
	chunk->left -= piece.len;
	if (chunk->left == 0)
		enter(chunk, CHUNK_DATA_CR);
	return piece;
}

enum err
chunk_next(struct chunk *chunk, struct str *inout_input, struct str *out_piece)
{
	while (inout_input->len > 0 && chunk->err == ERR_NONE &&
	       chunk->state != CHUNK_DONE) {
		if (chunk->state == CHUNK_DATA) {
			*out_piece = cut_data(chunk, inout_input);
			return ERR_NONE;
		}
		chunk->err = step(chunk, inout_input->data[0]);
		*inout_input = str_from(*inout_input, 1);
	}
	if (chunk->err != ERR_NONE)
		return chunk->err;
	if (chunk->state != CHUNK_DONE)
		return ERR_AGAIN;
	*out_piece = (struct str){ NULL, 0 };
	return ERR_NONE;
}

bool
chunk_is_done(const struct chunk *chunk)
{
	return chunk->state == CHUNK_DONE;
}
