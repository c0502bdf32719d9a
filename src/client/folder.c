/*
 * folder.c - see folder.h.
 */
#include "client/folder.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void
folder_make(const char *path)
{
	char *copy = strdup(path);

	if (copy == NULL || copy[0] == '\0') {
		free(copy);
		return;
	}
	for (char *at = strchr(copy + 1, '/'); at != NULL;
	     at = strchr(at + 1, '/')) {
		*at = '\0';
		(void)mkdir(copy, 0700);
		*at = '/';
	}
	(void)mkdir(copy, 0700);
	free(copy);
}
