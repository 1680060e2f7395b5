// SPDX-License-Identifier: MPL-2.0

package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"mod_janus/janusclient"
)

// maxDialString and maxDisplay bound what a dial string may hold, in bytes.
const (
	maxDialString = 4096
	MaxDisplay    = 255
)

// DialString is a parsed dial string: <server>/<display name>@<room>.
type DialString struct {
	Server  string
	Display string         // "" when the dial string names none
	Room    janusclient.ID // a number when it is one from 1 to 2^63-1, else a string

	RoomText string // as dialled: "007" is another string id than "7"
}

const dialStringForm = "want <server>/<display name>@<room>"

// ParseDialString parses what follows "janus/". The display name is
// everything between the first "/" and the last "@", and cut if it is too long; name
// and room may be percent-encoded (RFC 3986 2.1), and a "%" that encodes nothing stands for
// itself. The error names what is wrong and never quotes control characters.
func ParseDialString(s string) (DialString, error) {
	var dial DialString
	if len(s) > maxDialString {
		return dial, fmt.Errorf("dial string of %d bytes, at most %d are allowed", len(s), maxDialString)
	}
	if s == "" {
		return dial, errors.New("empty dial string, " + dialStringForm)
	}
	server, rest, found := strings.Cut(s, "/")
	if !found {
		return dial, fmt.Errorf("no \"/\" in dial string %q, %s", s, dialStringForm)
	}
	at := strings.LastIndexByte(rest, '@')
	if at < 0 {
		return dial, fmt.Errorf("no \"@\" in dial string %q, %s", s, dialStringForm)
	}
	dial.Server, dial.Display = server, percentDecode(rest[:at])
	room := percentDecode(rest[at+1:])
	switch {
	case server == "":
		return dial, fmt.Errorf("no server in dial string %q, %s", s, dialStringForm)
	case room == "":
		return dial, fmt.Errorf("no room in dial string %q, %s", s, dialStringForm)
	}
	for what, text := range map[string]string{"server": server, "display name": dial.Display, "room": room} {
		if err := CheckText(text); err != nil {
			return dial, fmt.Errorf("%s %q %w", what, text, err)
		}
	}
	id, err := ParseRoom(room)
	if err != nil {
		return dial, fmt.Errorf("room %q: %w", room, err)
	}
	dial.Room, dial.RoomText = id, room
	dial.Display = CutDisplay(dial.Display)
	return dial, nil
}

// CheckText tells whether Janus can take a text: UTF-8 without control characters.
func CheckText(text string) error {
	if !utf8.ValidString(text) {
		return errors.New("is not UTF-8")
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		return errors.New("has a control character")
	}
	return nil
}

// percentDecode replaces each %XX; unlike url.PathUnescape it leaves alone
// what is no encoding, since display names such as "100%" are typed by hand.
func percentDecode(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			high, okHigh := unhex(s[i+1])
			low, okLow := unhex(s[i+2])
			if okHigh && okLow {
				out.WriteByte(high<<4 | low)
				i += 2
				continue
			}
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

func unhex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// CutDisplay shortens a name that is too long, at a character.
func CutDisplay(name string) string {
	if len(name) <= MaxDisplay {
		return name
	}
	end := MaxDisplay
	for end > 0 && !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end]
}

// GreatestRoom is the greatest id that Janus can read: jansson's integers have
// 63 bits. The smallest is 1: AudioBridge takes 0 for "pick one", and makes a
// room that nobody can enter.
const GreatestRoom = math.MaxInt64

// ParseRoom parses the id of a room. What is all digits and no id of a
// numeric room is a string, which is a room where ids are strings.
func ParseRoom(text string) (janusclient.ID, error) {
	id, err := janusclient.ParseID(text)
	if err != nil || !id.IsNumber() {
		return id, err
	}
	if n, err := strconv.ParseUint(text, 10, 64); err != nil || n < 1 || n > GreatestRoom {
		return janusclient.StringID(text), nil
	}
	return id, nil
}

// ParseRoomName parses the name of a room alone, written as in a dial string.
func ParseRoomName(room string) (DialString, error) { return ParseDialString("x/x@" + room) }

// CutWord takes the first word from a line; rest is trimmed.
func CutWord(line string) (word, rest string) {
	line = strings.TrimSpace(line)
	if i := strings.IndexFunc(line, unicode.IsSpace); i >= 0 {
		return line[:i], strings.TrimSpace(line[i:])
	}
	return line, ""
}
