// SPDX-License-Identifier: MPL-2.0

package archive

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// longestPath is how long archive-path may be, in bytes: AudioBridge cuts the
// path of a recording at 254, and the name takes its part.
const longestPath = 100

// Config is where recordings and job files go, and how they are named.
type Config struct {
	ArchivePath string // folder of the recordings
	Recordings  Pattern
	JobPath     string // folder of the job files, and of the journal
	Jobs        Pattern
	Convert     Conversion // of .mjr files
}

// Check looks whether the folders are there and can be written to, by writing
// to them. The error names each that is not.
func (c Config) Check() error {
	return errors.Join(checkFolder("archive-path", c.ArchivePath), checkFolder("job-path", c.JobPath))
}

// checkPath says what is wrong with the path of a folder as it is written.
func checkPath(path string) error {
	switch {
	case path == "":
		return errors.New("it is not set, want a folder that exists")
	case slices.Contains(strings.Split(path, "/"), ".."):
		return fmt.Errorf("%q has /../ in it, want the path itself", path)
	case !filepath.IsAbs(path):
		return fmt.Errorf("%q does not begin with a slash, want an absolute path", path)
	}
	return nil
}

func checkFolder(param, path string) error {
	if err := checkPath(path); err != nil {
		return fmt.Errorf("param %s: %w", param, err)
	}
	if param == "archive-path" && len(path) > longestPath {
		return fmt.Errorf("param %s: %q has %d bytes, want at most %d: Janus cuts the names of files", param, path, len(path), longestPath)
	}
	file, err := os.CreateTemp(path, newPrefix+"*")
	if err != nil {
		var at *os.PathError
		if errors.As(err, &at) {
			err = at.Err
		}
		return fmt.Errorf("param %s: no file can be made in %s: %w; want a folder that exists and that the switch may write to", param, path, err)
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}
