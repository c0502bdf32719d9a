/*
 * folder.h - private folders of ours.
 */
#ifndef FOLDER_H
#define FOLDER_H

/*
 * Makes path and all above it that are missing, for nobody but us.  Whoever
 * then opens a file in it learns whether it is there.
 */
void folder_make(const char *path);

#endif
