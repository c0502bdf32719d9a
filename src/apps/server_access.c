/*
 * server_access.c - see server_access.h.
 */
#include "apps/server_access.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/own.h"
#include "dav/access.h"
#include "dav/home.h"

static const char sign[] = "/%u";

/* Slashes at the end say nothing. */
static struct str
trim_slashes(struct str text)
{
	while (text.len > 1 && text.data[text.len - 1] == '/')
		text.len--;
	return text;
}

static bool
has_sign(struct str text)
{
	while (text.len > 0)
		if (str_is(str_cut(&text, '/'), sign + 1))
			return true;
	return false;
}

enum err
server_access_root(const char *text, struct server_access_root *out_root)
{
	struct str name = trim_slashes(str_of(text));
	bool has_homes = str_is(name, sign + 1) || str_ends(name, str_of(sign));
	struct str directory = name;

	if (has_homes)
		directory.len -=
		    strlen(sign) < name.len ? strlen(sign) : name.len;
	if (has_sign(directory))
		return ERR_SYNTAX;
	/* Without "%u" it stays as it was written. */
	if (!has_homes)
		directory = str_of(text);
	else if (directory.len == 0)
		directory = str_of(name.data[0] == '/' ? "/" : ".");
	if (directory.len > PATH_SIZE_MAX)
		return ERR_LIMIT;
	memcpy(out_root->directory, directory.data, directory.len);
	out_root->directory[directory.len] = '\0';
	out_root->has_homes = has_homes;
	return ERR_NONE;
}

static void
freep(struct access **access)
{
	access_unref(*access);
}

enum err
server_access_rules(const struct option_texts *texts, struct buf *why,
    struct access **out_access)
{
	OWNED(freep) struct access *access = NULL;

	if (texts->count > 0) {
		access = access_new();
		if (access == NULL)
			return ERR_MEMORY;
	}
	for (size_t i = 0; i < texts->count; i++) {
		enum err err = access_add(access, str_of(texts->items[i]), why);

		if (err != ERR_NONE)
			return err;
	}
	*out_access = GIVE(access);
	return ERR_NONE;
}

/* What cannot be looked at may be there. */
static bool
is_there(int directory_fd, struct str path)
{
	char name[PATH_SIZE_MAX + 2] = ".";
	struct stat stat;

	CHECK(path.len <= PATH_SIZE_MAX);
	memcpy(name + 1, path.data, path.len);
	if (fstatat(directory_fd, name, &stat, AT_SYMLINK_NOFOLLOW) == 0)
		return true;
	return errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG;
}

static bool
is_in_a_home(int directory_fd, struct str path)
{
	int fd = openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *homes = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool result = false;

	if (homes == NULL) {
		if (fd != -1)
			(void)close(fd); /* it was only read */
		return true;             /* who knows */
	}
	while (!result && (entry = readdir(homes)) != NULL) {
		if (!home_name_is_safe(str_of(entry->d_name)))
			continue;
		fd = openat(dirfd(homes), entry->d_name,
		    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd == -1)
			continue;
		result = is_there(fd, path);
		(void)close(fd); /* it was only looked at */
	}
	(void)closedir(homes); /* it was only read */
	return result;
}

static bool
is_anywhere(const struct server_access_root *root, struct str path)
{
	int fd = open(root->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool result;

	if (fd == -1)
		return true; /* that is another matter */
	result = root->has_homes ? is_in_a_home(fd, path) : is_there(fd, path);
	(void)close(fd); /* it was only looked at */
	return result;
}

const char *
server_access_flaw(const struct server_access_check *check, size_t index)
{
	const struct access_rule *rule = access_rule_at(check->access, index);

	CHECK(rule != NULL);
	if (access_is_overruled(check->access, index))
		return "a later rule decides, wherever this one could";
	if (!rule->is_sign && check->is_user != NULL &&
	    !check->is_user(check->context, rule->who))
		return "there is no user of that name";
	if (rule->path.len > 1 && !is_anywhere(check->root, rule->path))
		return "there is nothing at its path";
	return NULL;
}
