// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mod_janus/bridge/config"
)

// variables are what FreeSWITCH knows as $${name}, as far as its files say. They read a file as
// FreeSWITCH's preprocessor does.
type variables struct {
	values   map[string]string
	set      map[string]string // by the command line, which wins
	found    map[string]bool   // what FreeSWITCH itself finds out, from a STUN server say
	vars     string            // the file that sets them
	problems []config.Problem
	notes    []string
}

// newVariables reads vars.xml, where there is one.
func newVariables(folder string, set map[string]string) *variables {
	v := &variables{set: set, vars: filepath.Join(folder, "vars.xml"), found: make(map[string]bool)}
	v.values = map[string]string{"conf_dir": folder, "local_ip_v4": address(true), "local_ip_v6": address(false)}
	if name, err := os.Hostname(); err == nil {
		v.values["hostname"] = name
	}
	if _, err := os.Stat(v.vars); err == nil {
		if _, err := v.preprocess(v.vars, 0); err != nil {
			v.problems = append(v.problems, config.Warning("%s: %s", v.vars, err))
		}
	}
	return v
}

// address is one of this machine, as FreeSWITCH finds it.
func address(v4 bool) string {
	all, _ := net.InterfaceAddrs()
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() && (n.IP.To4() != nil) == v4 {
			return n.IP.String()
		}
	}
	if v4 {
		return "127.0.0.1"
	}
	return "::1"
}

// Around the name of a variable that is not known, until it is clear whether it is in a comment.
const unknownBegin, unknownEnd = "\uE000", "\uE001"

var (
	unknown   = regexp.MustCompile(unknownBegin + "([^" + unknownEnd + "]*)" + unknownEnd)
	comment   = regexp.MustCompile(`(?s)<!--.*?-->`)
	reference = regexp.MustCompile(`\$\$\{([^}]*)\}`)
	entity    = regexp.MustCompile(`^&(amp|lt|gt|quot|apos|#[0-9]+|#x[0-9A-Fa-f]+);`)
)

// expandFile returns the XML that the module gets of a file.
func (v *variables) expandFile(file string) (string, error) {
	text, err := v.preprocess(file, 0)
	if err != nil {
		return "", err
	}
	// lines keep their numbers
	text = comment.ReplaceAllStringFunc(text, func(c string) string { return strings.Repeat("\n", strings.Count(c, "\n")) })
	var said []string
	text = unknown.ReplaceAllStringFunc(text, func(marked string) string {
		name := unknown.FindStringSubmatch(marked)[1]
		switch {
		case slices.Contains(said, name):
		case v.found[name]:
			v.notes = append(v.notes, fmt.Sprintf("$${%s} counts as empty, since FreeSWITCH itself finds it out: -set %s=VALUE", name, name))
		default:
			v.problems = append(v.problems, config.Warning("$${%s} is not set in %s and counts as empty; where FreeSWITCH sets it itself: -set %s=VALUE", name, v.vars, name))
		}
		said = append(said, name)
		return ""
	})
	return escape(text), nil
}

// escape writes "&" as FreeSWITCH takes it where it begins no entity.
func escape(text string) string {
	var out strings.Builder
	for i, r := range text {
		if r == '&' && !entity.MatchString(text[i:]) {
			out.WriteString("&amp;")
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

// deepest is how far files may include each other, as in FreeSWITCH.
const deepest = 100

// instruction is what FreeSWITCH's preprocessor does, wherever it stands in a line.
var instruction = regexp.MustCompile(`(?i)<X-PRE-PROCESS\s+cmd\s*=\s*"([^"]*)"\s+data\s*=\s*"([^"]*)"`)

// preprocess reads a file line by line, as FreeSWITCH does: includes are read, sets are kept, and
// variables are replaced.
func (v *variables) preprocess(file string, depth int) (string, error) {
	if depth > deepest {
		return "", fmt.Errorf("%s: files include each other without end", file)
	}
	text, err := os.ReadFile(file) // #nosec G304 -- whoever runs this may read it
	if err != nil {
		var at *os.PathError
		if errors.As(err, &at) {
			err = at.Err
		}
		if depth == 0 {
			return "", fmt.Errorf("it cannot be read: %w", err)
		}
		return "", fmt.Errorf("%s, which it includes, cannot be read: %w", file, err)
	}
	var out strings.Builder
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = v.expand(line)
		found := instruction.FindStringSubmatch(line)
		switch {
		case strings.Contains(line, "<include>") || strings.Contains(line, "</include>") || strings.Contains(line, "<?"):
			out.WriteByte('\n')
		case found == nil:
			out.WriteString(line)
		default:
			included, err := v.obey(file, number, strings.ToLower(found[1]), found[2], depth)
			if err != nil {
				return "", err
			}
			out.WriteString(included + "\n")
		}
	}
	return out.String(), nil
}

// obey does what an instruction says, and returns what it includes.
func (v *variables) obey(file string, line int, command, data string, depth int) (string, error) {
	switch command {
	case "set":
		if name, value, found := strings.Cut(data, "="); found {
			v.values[strings.TrimSpace(name)] = strings.TrimLeft(value, " ")
		}
	case "include":
		pattern := data
		if !filepath.IsAbs(pattern) {
			pattern = filepath.Join(filepath.Dir(file), pattern)
		}
		files, err := filepath.Glob(pattern)
		if err != nil {
			return "", fmt.Errorf("%s:%d: %q is no pattern of files", file, line, data)
		}
		var out strings.Builder
		for _, included := range files {
			text, err := v.preprocess(included, depth+1)
			if err != nil {
				return "", err
			}
			out.WriteString(text)
		}
		return out.String(), nil
	case "exec-set", "stun-set", "env-set":
		name, _, _ := strings.Cut(data, "=")
		v.found[strings.TrimSpace(name)] = true
	case "exec":
		if file != v.vars {
			v.problems = append(v.problems, config.Warning("line %d has FreeSWITCH run a program, which is not done here", line))
		}
	}
	return "", nil
}

func (v *variables) expand(line string) string {
	return reference.ReplaceAllStringFunc(line, func(whole string) string {
		name := whole[len("$${") : len(whole)-1]
		if value, known := v.set[name]; known {
			return value
		}
		if value, known := v.values[name]; known {
			return value
		}
		return unknownBegin + name + unknownEnd
	})
}

// ports are the switch's own RTP ports: what switch.conf.xml says, else FreeSWITCH's defaults.
func ports(file string, known *variables) (first, last uint16) {
	first, last = 16384, 32768
	own := variables{values: known.values, set: known.set, vars: known.vars, found: known.found}
	text, err := own.expandFile(file)
	if err != nil {
		return first, last
	}
	var doc struct {
		Params []config.XMLParam `xml:"settings>param"`
	}
	if xml.Unmarshal([]byte(text), &doc) != nil {
		return first, last
	}
	for _, p := range doc.Params {
		port, err := strconv.ParseUint(p.Value, 10, 16)
		switch {
		case err != nil:
		case p.Name == "rtp-start-port":
			first = uint16(port)
		case p.Name == "rtp-end-port":
			last = uint16(port)
		}
	}
	return first, last
}
