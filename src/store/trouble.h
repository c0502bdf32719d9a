/*
 * trouble.h - what the disk, the kernel or the database did wrong, for the log.
 *
 * Who asked hears no more of it than ERR_STORAGE, which is a 500; who runs the
 * server must be able to read how.
 */
#ifndef TROUBLE_H
#define TROUBLE_H

/*
 * A line on standard error.  The same again is told once a second: a disk that
 * is gone fails every member of a tree.  why lives as long as the program.
 * From any thread.
 */
void trouble_tell(const char *why);

#endif
