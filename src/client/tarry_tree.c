/*
 * tarry_tree.c - COPY, MOVE and DELETE: see tarry.h.
 */
#include "client/await.h"
#include "client/link.h"
#include "client/tarry.h"
#include "client/tarry_inside.h"

static const struct tarry_tree plain = { .no_overwrite = false };

static enum tarry_outcome
transfer(struct tarry *tarry, struct await *await)
{
	await->overwrite = await->tree.no_overwrite ? "F" : "T";
	if (!link_is_http(await->url) || !link_is_http(await->destination))
		return tarry_say(
		    tarry, TARRY_USAGE, "both must be http or https URLs");
	return await_run(tarry, await);
}

/* 412 says no more than that it must not be. */
static enum tarry_outcome
explain(
    struct tarry *tarry, const struct await *await, enum tarry_outcome outcome)
{
	if (outcome == TARRY_REFUSED && tarry->status == 412 &&
	    await->tree.no_overwrite)
		return tarry_say(tarry, outcome, "there is something already");
	if (outcome == TARRY_REFUSED && tarry->status == 409)
		return tarry_say(tarry, TARRY_ABSENT,
		    "the folder that it should go to does not exist");
	return outcome;
}

enum tarry_outcome
tarry_copy(struct tarry *tarry, const char *from, const char *to,
    const struct tarry_tree *tree)
{
	struct await await = { .method = "COPY",
		.url = from,
		.destination = to,
		.tree = tree == NULL ? plain : *tree };

	await.depth = await.tree.is_shallow ? "0" : "infinity";
	return explain(tarry, &await, transfer(tarry, &await));
}

enum tarry_outcome
tarry_move(struct tarry *tarry, const char *from, const char *to,
    const struct tarry_tree *tree)
{
	struct await await = { .method = "MOVE",
		.url = from,
		.destination = to,
		.tree = tree == NULL ? plain : *tree };

	return explain(tarry, &await, transfer(tarry, &await));
}

enum tarry_outcome
tarry_remove(
    struct tarry *tarry, const char *url, const struct tarry_tree *tree)
{
	struct await await = { .method = "DELETE",
		.url = url,
		.tree = tree == NULL ? plain : *tree };

	if (!link_is_http(url))
		return tarry_say(
		    tarry, TARRY_USAGE, "\"%s\" is no http or https URL", url);
	return await_run(tarry, &await);
}
