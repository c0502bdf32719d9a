/*
 * users_edit.c - see users_edit.h.
 */
#include "apps/users_edit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

enum { READ_SIZE = 64 * 1024 };

#define NEXT ".next"

/* A file on its way: the folder is locked, so that two do not meet. */
struct edit {
	char path[PATH_MAX];
	char name[NAME_MAX + 1]; /* in the folder */
	char next[NAME_MAX + 1]; /* what will be called so */
	int folder;
	int old; /* -1: there is none */
	int fd;
};

enum err
users_edit_text(
    struct str text, struct str name, struct str hash, struct buf *out_text)
{
	bool is_there = false;

	while (text.len > 0) {
		struct str line = str_cut(&text, '\n');
		struct str rest = line;
		struct str who = str_cut(&rest, ':');

		if (who.len == line.len || !str_equal(who, name)) {
			buf_add_str(out_text, line);
			buf_add_char(out_text, '\n');
			continue;
		}
		if (!is_there && hash.len > 0)
			buf_printf(out_text, "%.*s:%.*s\n", STR_ARG(name),
			    STR_ARG(hash));
		is_there = true;
	}
	if (!is_there && hash.len == 0)
		return ERR_ABSENT;
	if (!is_there)
		buf_printf(
		    out_text, "%.*s:%.*s\n", STR_ARG(name), STR_ARG(hash));
	return out_text->err;
}

/* Where the file is, also behind a symbolic link. */
static enum err
find_place(struct edit *edit, const char *path)
{
	char folder[PATH_MAX];
	const char *name;
	char *slash;
	size_t size;

	if (realpath(path, edit->path) == NULL) {
		if (errno != ENOENT)
			return ERR_SYSTEM;
		if (strlen(path) >= sizeof(edit->path)) {
			errno = ENAMETOOLONG;
			return ERR_SYSTEM;
		}
		(void)snprintf(edit->path, sizeof(edit->path), "%s", path);
	}
	(void)snprintf(folder, sizeof(folder), "%s", edit->path);
	slash = strrchr(folder, '/');
	name = slash == NULL ? folder : slash + 1;
	size = strlen(name);
	if (size > NAME_MAX - strlen(NEXT)) {
		errno = ENAMETOOLONG;
		return ERR_SYSTEM;
	}
	memcpy(edit->name, name, size + 1);
	memcpy(edit->next, name, size);
	memcpy(edit->next + size, NEXT, sizeof(NEXT));
	if (slash != NULL)
		slash[slash == folder ? 1 : 0] = '\0';
	edit->folder = open(
	    slash == NULL ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (edit->folder == -1 || flock(edit->folder, LOCK_EX) == -1)
		return ERR_SYSTEM;
	return ERR_NONE;
}

static enum err
read_old(struct edit *edit, struct buf *text)
{
	ssize_t size = 1;

	edit->old = openat(edit->folder, edit->name, O_RDONLY | O_CLOEXEC);
	if (edit->old == -1)
		return errno == ENOENT ? ERR_NONE : ERR_SYSTEM;
	while (size > 0) {
		char *room = buf_room(text, READ_SIZE);

		if (room == NULL)
			return text->err;
		size = read(edit->old, room, READ_SIZE);
		if (size > 0)
			buf_grew(text, (size_t)size);
	}
	return size == 0 ? ERR_NONE : ERR_SYSTEM;
}

/* As its predecessor, but nothing for others. */
static enum err
set_owner(const struct edit *edit)
{
	struct stat old;
	struct stat new;

	if (edit->old == -1)
		return ERR_NONE; /* 0600, as it was made */
	if (fstat(edit->old, &old) == -1 || fstat(edit->fd, &new) == -1)
		return ERR_SYSTEM;
	if ((old.st_uid != new.st_uid || old.st_gid != new.st_gid) &&
	    fchown(edit->fd, old.st_uid, old.st_gid) == -1)
		return ERR_SYSTEM;
	if (fchmod(edit->fd, old.st_mode & 0660) == -1)
		return ERR_SYSTEM;
	return ERR_NONE;
}

static enum err
write_all(int fd, struct str text)
{
	while (text.len > 0) {
		ssize_t size = write(fd, text.data, text.len);

		if (size == -1)
			return ERR_SYSTEM;
		text = str_from(text, (size_t)size);
	}
	return fsync(fd) == 0 ? ERR_NONE : ERR_SYSTEM;
}

static enum err
replace(struct edit *edit, struct str text)
{
	enum err err;

	/* Nobody else makes one: what is there was left by a crash. */
	(void)unlinkat(edit->folder, edit->next, 0);
	edit->fd = openat(edit->folder, edit->next,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (edit->fd == -1)
		return ERR_SYSTEM;
	err = set_owner(edit);
	if (err == ERR_NONE)
		err = write_all(edit->fd, text);
	if (err == ERR_NONE &&
	    renameat(edit->folder, edit->next, edit->folder, edit->name) == -1)
		err = ERR_SYSTEM;
	if (err == ERR_NONE)
		return fsync(edit->folder) == 0 ? ERR_NONE : ERR_SYSTEM;
	(void)unlinkat(edit->folder, edit->next, 0); /* of no use any more */
	return err;
}

static void
close_all(const struct edit *edit)
{
	int kept = errno;

	/* What was written has been flushed. */
	if (edit->fd != -1)
		(void)close(edit->fd);
	if (edit->old != -1)
		(void)close(edit->old);
	if (edit->folder != -1)
		(void)close(edit->folder);
	errno = kept;
}

enum err
users_edit_file(const char *path, struct str name, struct str hash)
{
	struct edit edit = { .folder = -1, .old = -1, .fd = -1 };
	struct buf old;
	struct buf new;
	enum err err;

	buf_init(&old, USERS_SIZE_MAX);
	buf_init(&new, USERS_SIZE_MAX);
	err = find_place(&edit, path);
	if (err == ERR_NONE)
		err = read_old(&edit, &old);
	if (err == ERR_NONE)
		err = users_edit_text(buf_str(&old), name, hash, &new);
	if (err == ERR_NONE)
		err = replace(&edit, buf_str(&new));
	close_all(&edit);
	buf_done(&old);
	buf_done(&new);
	return err;
}
