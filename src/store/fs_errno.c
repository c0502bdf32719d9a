/*
 * fs_errno.c - see fs_errno.h.
 */
#include "store/fs_errno.h"

#include <errno.h>
#include <string.h>

#include "store/trouble.h"

enum err
fs_errno_err(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
		return ERR_DENIED;
	case EROFS:
		return ERR_READ_ONLY;
	case ENOSPC:
	case EDQUOT:
	case EFBIG: /* of this file system, or of a limit for this process */
		return ERR_SPACE;
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case EXDEV: /* RESOLVE_BENEATH: it leads out of the root */
	case ENXIO: /* a FIFO or a socket */
		return ERR_ABSENT;
	case EEXIST:
	case ENOTEMPTY:
		return ERR_EXISTS;
	case EISDIR:
		return ERR_COLLECTION;
	case ENAMETOOLONG:
	case EILSEQ: /* a file system that wants UTF-8, or less than it */
		return ERR_NAME;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return ERR_MEMORY;
	case EBUSY:
	case ETXTBSY:
		return ERR_BUSY;
	default:
		trouble_tell(strerrordesc_np(error));
		return ERR_STORAGE;
	}
}

enum err
fs_errno_parent_err(int error)
{
	enum err err = fs_errno_err(error);

	return err == ERR_ABSENT ? ERR_PARENT : err;
}
