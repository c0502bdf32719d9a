/*
 * copy.c - copies a tree on a WebDAV server, and shows how far it is.
 *
 *	cc copy.c $(pkg-config --cflags --libs libtarry) -o copy
 *	./copy http://127.0.0.1:8102/many/ http://127.0.0.1:8102/copy/
 */
#include <inttypes.h>
#include <stdio.h>

#include <tarry.h>

static void
show(void *context, const struct tarry_progress *progress)
{
	(void)context;
	fprintf(stderr, "\r%" PRIu64 "/%" PRIu64 " members",
	    progress->members_done, progress->members_total);
}

int
main(int argc, char **argv)
{
	struct tarry_options options = { .progress = show };
	struct tarry *tarry = tarry_new(&options);
	enum tarry_outcome outcome = TARRY_USAGE;

	if (tarry != NULL && argc == 3)
		outcome = tarry_copy(tarry, argv[1], argv[2], NULL);
	fprintf(stderr, "\n%s\n",
	    tarry == NULL ? "out of memory" : tarry_message(tarry));
	tarry_free(tarry);
	return outcome;
}
