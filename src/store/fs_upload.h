/*
 * fs_upload.h - new content: written to the stage, flushed, renamed.
 */
#ifndef FS_UPLOAD_H
#define FS_UPLOAD_H

#include "store/fs_state.h"

enum err fs_upload_new(
    struct fs *fs, struct str path, struct upload **out_upload) MUST_CHECK;
enum err fs_upload_write(struct upload *upload, struct str octets) MUST_CHECK;
enum err fs_upload_commit(struct upload *upload,
    const struct upload_options *options, bool *out_is_created,
    struct resource *out_resource) MUST_CHECK;
void fs_upload_free(struct upload *upload);

#endif
