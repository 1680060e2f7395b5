// SPDX-License-Identifier: MPL-2.0

// Package style has what no linter checks of how our source is written.
package style

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"text/scanner"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// widest is how many columns a line that is a comment may have, and tab how many a tab counts as.
const widest, tab = 100, 4

// ours are the folders with our source.
var ours = []string{"bridge", "cmd", "include", "janusclient", "module", "scripts", "test"}

// foreign matches files that are as FreeSWITCH has them.
var foreign = regexp.MustCompile(`^include/freeswitch/`)

var source = regexp.MustCompile(`\.(go|c|h)$`)

// directive matches a comment that a tool reads, which must stay in one line.
var directive = regexp.MustCompile(`^//(go:|nolint|export |#nosec|line )`)

// tooWide returns the lines of a source text, in Go or C, that are comment from their beginning on
// and too wide, with their numbers. Go's own scanner of text knows C's comments and literals too.
func tooWide(name string, text []byte) (places []scanner.Position) {
	lines := strings.Split(string(text), "\n")
	var s scanner.Scanner
	s.Init(bytes.NewReader(text))
	s.Mode = scanner.GoTokens &^ scanner.SkipComments
	s.Error = func(*scanner.Scanner, string) {} // C's '\0' is no literal of Go's
	for token := s.Scan(); token != scanner.EOF; token = s.Scan() {
		comment := s.TokenText()
		code := bytes.HasPrefix(text[s.Offset+len(comment):], []byte("\nimport \"C\"")) // of cgo
		if token != scanner.Comment || directive.MatchString(comment) || code {
			continue
		}
		first := s.Line
		if strings.TrimSpace(lines[first-1][:min(s.Column-1, len(lines[first-1]))]) != "" {
			first++ // code stands before it
		}
		for number := first; number <= s.Line+strings.Count(comment, "\n"); number++ {
			line := strings.ReplaceAll(lines[number-1], "\t", strings.Repeat(" ", tab))
			if columns := utf8.RuneCountInString(line); columns > widest {
				places = append(places, scanner.Position{Filename: name, Line: number, Column: columns})
			}
		}
	}
	return places
}

func TestCommentsAreAtMost100ColumnsWide(t *testing.T) {
	seen := 0
	for _, folder := range ours {
		require.NoError(t, filepath.WalkDir(filepath.Join("../..", folder), func(path string, entry fs.DirEntry, err error) error {
			name := strings.TrimPrefix(filepath.ToSlash(path), "../../")
			if err != nil || entry.IsDir() || foreign.MatchString(name) || !source.MatchString(name) {
				return err
			}
			text, err := os.ReadFile(path) // #nosec G304 -- a source file of ours
			seen++
			for _, place := range tooWide(name, text) {
				t.Errorf("%s:%d: a comment of %d columns, want at most %d", place.Filename, place.Line, place.Column, widest)
			}
			return err
		}))
	}
	require.Greater(t, seen, 500)
}

// The check sees what it is for.
func TestTooWide(t *testing.T) {
	long := strings.Repeat("x", widest-1)
	for text, want := range map[string]int{
		"// " + long + "\n":                             1,
		"//" + long[1:] + "\n":                          0,
		"\t//" + long[4:] + "\n":                        1,
		"\t//" + long[5:] + "\n":                        0,
		"//go:generate " + long + "\n":                  0,
		"a := 1 // " + long + "\n":                      0,
		"/* a\n * " + long + "\n */ int b;\n":           1,
		"int b; /* " + long + "\n   " + long + " */\n":  1,
		"a := `\n// " + long + "\n`\n":                  0,
		"/* a\n" + long + " */\nimport \"C\"\n":         0,
		"char *a = \"/* \";\nint b" + long + ";\n":      0,
		"char a = '\\0', b = '\"';\n/* " + long + " */": 1,
	} {
		require.Len(t, tooWide("x", []byte(text)), want, "%s", text)
	}
}
