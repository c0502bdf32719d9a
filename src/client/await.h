/*
 * await.h - a request that may take long, and must be done once.
 *
 *	send -> final response: that is it
 *	     -> 202 with Location: follow it there
 *	     -> no answer: follow the status resource, if a 102 named it;
 *	                   send it again with its key, if the server minds keys;
 *	                   else nobody knows
 */
#ifndef AWAIT_H
#define AWAIT_H

#include "client/tarry.h"

struct tarry;

struct await {
	const char *method;
	const char *url;
	const char *destination; /* or NULL */
	const char *overwrite;   /* "T", "F"; or NULL */
	const char *depth;       /* or NULL */
	struct tarry_tree tree;
};

enum tarry_outcome await_run(struct tarry *tarry, const struct await *await);

/* To the end, wherever it is told. */
enum tarry_outcome await_follow(struct tarry *tarry, const char *monitor);

#endif
