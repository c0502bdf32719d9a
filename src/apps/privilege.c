/*
 * privilege.c - see privilege.h.
 */
#include "apps/privilege.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/str.h"

enum { ID_MAX = INT32_MAX };

static enum err
find_user(const char *name, struct privilege *privilege, bool *out_has_group)
{
	const struct passwd *user = getpwnam(name);
	uint64_t number;

	if (user == NULL && str_to_u64(str_of(name), ID_MAX, &number) == 0) {
		user = getpwuid((uid_t)number);
		privilege->uid = (uid_t)number;
		*out_has_group = user != NULL;
		if (user == NULL)
			return ERR_NONE;
	}
	if (user == NULL || strlen(user->pw_name) >= PRIVILEGE_NAME_SIZE)
		return ERR_ABSENT;
	(void)snprintf(
	    privilege->name, PRIVILEGE_NAME_SIZE, "%s", user->pw_name);
	privilege->uid = user->pw_uid;
	privilege->gid = user->pw_gid;
	*out_has_group = true;
	return ERR_NONE;
}

static enum err
find_group(const char *name, struct privilege *privilege)
{
	const struct group *group = getgrnam(name);
	uint64_t number;

	if (group != NULL) {
		privilege->gid = group->gr_gid;
		return ERR_NONE;
	}
	if (str_to_u64(str_of(name), ID_MAX, &number) != 0)
		return ERR_ABSENT;
	privilege->gid = (gid_t)number;
	return ERR_NONE;
}

enum err
privilege_find(
    const char *text, struct privilege *out_privilege, const char **out_why)
{
	struct privilege privilege = { .name = "" };
	char user[PRIVILEGE_NAME_SIZE];
	char *group;
	bool has_group = false;
	enum err err;

	*out_why = "write NAME or NAME:GROUP";
	if (text[0] == '\0' || strlen(text) >= sizeof(user))
		return ERR_SYNTAX;
	(void)snprintf(user, sizeof(user), "%s", text);
	group = strchr(user, ':');
	if (group != NULL)
		*group++ = '\0';
	err = find_user(user, &privilege, &has_group);
	if (err != ERR_NONE) {
		*out_why = "there is no such user";
		return err;
	}
	if (group != NULL) {
		err = find_group(group, &privilege);
		*out_why = "there is no such group";
	} else if (!has_group) {
		err = ERR_SYNTAX;
		*out_why = "a number without a name needs its group: UID:GID";
	}
	if (err == ERR_NONE)
		*out_privilege = privilege;
	return err;
}

static bool
is_already(const struct privilege *privilege)
{
	uid_t uids[3];
	gid_t gids[3];

	return getresuid(&uids[0], &uids[1], &uids[2]) == 0 &&
	       getresgid(&gids[0], &gids[1], &gids[2]) == 0 &&
	       uids[0] == privilege->uid && uids[1] == privilege->uid &&
	       uids[2] == privilege->uid && gids[0] == privilege->gid &&
	       gids[1] == privilege->gid && gids[2] == privilege->gid;
}

/* Of a user with a name the groups that it is in; else only the one. */
static int
set_groups(const struct privilege *privilege)
{
	return privilege->name[0] != '\0'
	           ? initgroups(privilege->name, privilege->gid)
	           : setgroups(1, &privilege->gid);
}

/* Whether the way back is closed. */
static bool
is_for_good(const struct privilege *privilege)
{
	return is_already(privilege) && setresuid(0, 0, 0) == -1;
}

enum err
privilege_drop(const struct privilege *privilege)
{
	gid_t gid = privilege->gid;
	uid_t uid = privilege->uid;

	if (geteuid() != 0)
		return is_already(privilege) ? ERR_NONE : ERR_DENIED;
	if (uid == 0 && gid == 0)
		return ERR_NONE; /* as was asked for */
	if (set_groups(privilege) == -1 || setresgid(gid, gid, gid) == -1 ||
	    setresuid(uid, uid, uid) == -1)
		return ERR_SYSTEM;
#ifdef TARRY_SANITIZED
	/* The search for leaks looks at the process from another one. */
	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
#endif
	if (uid != 0 && !is_for_good(privilege)) {
		errno = EPERM;
		return ERR_SYSTEM;
	}
	return ERR_NONE;
}
