// SPDX-License-Identifier: MPL-2.0

package archive

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Sources are the .mjr files that a path names and that are to be converted: the file itself, or
// the files of a folder that are not being recorded. done is how many files of the folder are
// converted already. A relative path begins at the archive's folder; a path out of that folder is
// an error. With format "" the format of the configuration counts.
func (a *Archive) Sources(path string, format Format) (sources []string, done int, err error) {
	path, err = a.inside(path)
	if err != nil {
		return nil, 0, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", path, reasonOf(err))
	}
	if !info.IsDir() {
		if err := a.single(path, info, format); err != nil {
			return nil, 0, err
		}
		return []string{path}, 0, nil
	}
	sweep(path)
	files, err := os.ReadDir(path)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", path, reasonOf(err))
	}
	for _, file := range files {
		source := filepath.Join(path, file.Name())
		switch {
		case !file.Type().IsRegular(), !strings.HasSuffix(source, extensionMJR), strings.HasPrefix(file.Name(), "."), a.recording(source):
		case a.converted(source, format) != "":
			done++
		default:
			sources = append(sources, source)
		}
	}
	return sources, done, nil
}

// single says why one file is not to be converted.
func (a *Archive) single(path string, info os.FileInfo, format Format) error {
	switch present := a.converted(path, format); {
	case !info.Mode().IsRegular(), !strings.HasSuffix(path, extensionMJR):
		return fmt.Errorf("%s is no %s file", path, extensionMJR)
	case a.recording(path):
		return fmt.Errorf("%s is still being recorded", path)
	case present != "":
		return fmt.Errorf("%s is there already", present)
	}
	return nil
}

// inside makes a path absolute, without links, and makes sure that it is in the archive's folder.
func (a *Archive) inside(path string) (string, error) {
	if path == "" {
		return "", errors.New("no file or folder is named")
	}
	root, err := filepath.EvalSymlinks(a.cfg.ArchivePath)
	if err != nil {
		return "", fmt.Errorf("archive-path %s: %w", a.cfg.ArchivePath, reasonOf(err))
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(a.cfg.ArchivePath, path)
	}
	outside := fmt.Errorf("%s is not in the archive-path %s", path, a.cfg.ArchivePath)
	within := func(path, root string) bool {
		return path == root || strings.HasPrefix(path, strings.TrimSuffix(root, "/")+"/")
	}
	// before it is looked for: nobody is to learn what there is elsewhere
	if clean := filepath.Clean(path); !within(clean, filepath.Clean(a.cfg.ArchivePath)) && !within(clean, root) {
		return "", outside
	}
	found, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, reasonOf(err))
	}
	if !within(found, root) {
		return "", outside
	}
	return found, nil
}

// recording tells whether a file is under way.
func (a *Archive) recording(path string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.names[path] || a.names[filepath.Join(a.cfg.ArchivePath, filepath.Base(path))]
}

// converted is the file that was made of a source; "" for none. What is not Opus becomes WAV also
// where Opus is wanted.
func (a *Archive) converted(source string, format Format) string {
	base := strings.TrimSuffix(source, extensionMJR)
	if wav := base + extensionWAV; exists(wav) {
		return wav
	}
	if opus := base + extensionOpus; a.conversion(format).Format == Opus && exists(opus) {
		return opus
	}
	return ""
}
