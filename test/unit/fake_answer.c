/*
 * fake_answer.c - the one function of dav/answer.c that the writers of XML
 * need, for tests that do without the rest of it.
 */
#include "dav/answer.h"

int
answer_status_of(enum err err)
{
	if (err == ERR_ABSENT)
		return 404;
	if (err == ERR_DENIED)
		return 403;
	if (err == ERR_LOCKED)
		return 423;
	return err == ERR_LIMIT || err == ERR_SPACE ? 507 : 500;
}
