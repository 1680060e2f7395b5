// SPDX-License-Identifier: MPL-2.0

package archive

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// syncPath puts a file, or the names in a folder, on disk.
func syncPath(path string) error {
	file, err := os.Open(path) // #nosec G304 -- the path of a recording of ours
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// rename gives a file another name that nothing has yet (os.ErrExist), in one
// step, and puts that on disk. Where the file system cannot refuse a name that is
// taken (NFS), it is looked for first.
func rename(from, to, folder string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		if exists(to) {
			return os.ErrExist
		}
		err = os.Rename(from, to)
	}
	if err != nil {
		return err
	}
	return syncPath(folder)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// lock takes the file for this process, until it is closed or the process has
// ended, however that comes; false: another has it, or another Archive of this one.
func lock(file *os.File) bool {
	return unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil // #nosec G115 -- a descriptor
}
