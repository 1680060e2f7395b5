// SPDX-License-Identifier: MPL-2.0

package archive

import (
	"crypto/md5" // #nosec G501 -- a name, as audioroom makes it; no secret
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The patterns where none is set: audioroom's.
const (
	DefaultRecordingPattern = "rec-#{id}-#{time}-#{type}"
	DefaultJobPattern       = "job-#{md5}"
)

// placeholders are what a pattern may have between #{ and }.
var placeholders = []string{"id", "time", "rand", "md5", "plugin", "type"}

// unique are those of them that differ from recording to recording.
var unique = []string{"time", "rand", "md5"}

// longestID is how long the id of a room may be in a file name, in bytes; of a
// longer one the MD5 stands there.
const longestID = 80

// Pattern is how files are named: text and placeholders.
type Pattern struct {
	text  string
	parts []part
}

// part is text, or the name of a placeholder.
type part struct {
	text, name string
}

// ParsePattern parses a pattern for the name of a file without its extension.
// The error names what is wrong with it, and what would be right.
func ParsePattern(text string) (Pattern, error) {
	switch {
	case strings.TrimSpace(text) == "":
		return Pattern{}, errors.New("it is empty, want " + DefaultRecordingPattern + ", say")
	case strings.Contains(text, "/../"):
		return Pattern{}, fmt.Errorf("%q has /../ in it, want a file name: no pattern leads out of its folder", text)
	case strings.Contains(text, "/"):
		return Pattern{}, fmt.Errorf("%q has a slash in it, want a file name: the folder is set by archive-path and job-path", text)
	case strings.HasPrefix(text, "."):
		return Pattern{}, fmt.Errorf("%q begins with a dot, want another letter: such files are unfinished ones", text)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return Pattern{}, fmt.Errorf("%q is not UTF-8, or has a control character", text)
	}
	p := Pattern{text: text}
	for rest := text; rest != ""; {
		before, after, found := strings.Cut(rest, "#{")
		if before != "" {
			p.parts = append(p.parts, part{text: before})
		}
		if !found {
			break
		}
		name, next, closed := strings.Cut(after, "}")
		if !closed {
			return Pattern{}, fmt.Errorf("%q: a #{ is not closed, want #{time}, say", text)
		}
		if !slices.Contains(placeholders, name) {
			return Pattern{}, fmt.Errorf("%q: unknown #{%s}, want one of #{%s}", text, name, strings.Join(placeholders, "} #{"))
		}
		p.parts = append(p.parts, part{name: name})
		rest = next
	}
	if !slices.ContainsFunc(p.parts, func(s part) bool { return slices.Contains(unique, s.name) }) {
		return Pattern{}, fmt.Errorf("%q would name all files alike, want one of #{%s} in it", text, strings.Join(unique, "} #{"))
	}
	return p, nil
}

// String is the pattern as it was written.
func (p Pattern) String() string { return p.text }

// Values take the places in a pattern.
type Values struct {
	ID     string // of the room
	Time   int64  // µs since 1970
	Rand   uint32
	Plugin string // package name: "janus.plugin.audiobridge"
	Type   string // "audio"
}

// MD5 is that of random number, time and plugin, in hexadecimal: audioroom's.
func (v Values) MD5() string {
	sum := md5.Sum([]byte(strconv.FormatUint(uint64(v.Rand), 10) + strconv.FormatInt(v.Time, 10) + v.Plugin)) // #nosec G401
	return hex.EncodeToString(sum[:])
}

// Expand is the name of a file. What is put into it can neither lead out of the
// folder nor hide the file: whatever is not A-Z a-z 0-9 . _ - is percent-encoded.
func (p Pattern) Expand(v Values) string {
	var name strings.Builder
	for _, s := range p.parts {
		switch s.name {
		case "":
			name.WriteString(s.text)
		case "id":
			name.WriteString(safeID(v.ID))
		case "time":
			name.WriteString(strconv.FormatInt(v.Time, 10))
		case "rand":
			name.WriteString(strconv.FormatUint(uint64(v.Rand), 10))
		case "md5":
			name.WriteString(v.MD5())
		case "plugin":
			name.WriteString(safe(v.Plugin))
		case "type":
			name.WriteString(safe(v.Type))
		}
	}
	if text := name.String(); strings.HasPrefix(text, ".") {
		return "%2E" + text[1:]
	}
	return name.String()
}

func safeID(id string) string {
	if text := safe(id); len(text) <= longestID {
		return text
	}
	sum := md5.Sum([]byte(id)) // #nosec G401
	return hex.EncodeToString(sum[:])
}

// safe percent-encodes whatever could be more than a letter to a file system or
// a shell.
func safe(text string) string {
	var out strings.Builder
	for _, b := range []byte(text) {
		if b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || strings.IndexByte("._-", b) >= 0 {
			out.WriteByte(b)
		} else {
			fmt.Fprintf(&out, "%%%02X", b)
		}
	}
	return out.String()
}
