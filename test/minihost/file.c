/* SPDX-License-Identifier: MPL-2.0 */
/* file.c -- a module's way to read sounds: what playback plays, as a file handle */
#include "minihost.h"

switch_status_t switch_core_file_open(switch_file_handle_t *fh, const char *file_path, uint32_t channels, uint32_t rate,
									  unsigned int flags, switch_memory_pool_t *pool)
{
	(void) pool;
	if (channels != 1 || flags != (SWITCH_FILE_FLAG_READ | SWITCH_FILE_DATA_SHORT)) {
		return SWITCH_STATUS_FALSE;
	}

	fh->private_info = mh_sound_open(file_path, rate);

	return fh->private_info ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
}

switch_status_t switch_core_file_read(switch_file_handle_t *fh, void *data, switch_size_t *len)
{
	int n = mh_sound_read(fh->private_info, data, (int) *len);

	*len = n > 0 ? (switch_size_t) n : 0;

	return n > 0 ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
}

switch_status_t switch_core_file_close(switch_file_handle_t *fh)
{
	mh_sound_close(fh->private_info);
	fh->private_info = NULL;

	return SWITCH_STATUS_SUCCESS;
}
