// SPDX-License-Identifier: MPL-2.0

package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"mod_janus/bridge/call"
	"mod_janus/bridge/config"
	"mod_janus/bridge/server"
)

// Remote is a command in parts, as a program sends it.
type Remote struct {
	Verb   string   `json:"verb"`             // as on the console
	Server string   `json:"server,omitempty"` // the words of the command, in this order
	Room   string   `json:"room,omitempty"`
	UUID   string   `json:"uuid,omitempty"`
	Args   []string `json:"args,omitempty"`
}

// remoteVerbs are the verbs that may come from elsewhere, besides the controls of a leg, and what
// may follow the server, or the room, of those that do many things. What shows tokens, or sends
// Janus anything at all, is for the console alone.
var remoteVerbs = map[string][]string{
	"server":   {"enable", "disable"},
	"drain":    nil,
	"cordon":   nil,
	"uncordon": nil,
	"room": {
		"mute", "unmute", "kick", "suspend", "resume", "mute-all", "unmute-all", "kick-all", "record", "play", "allow",
	},
	"admin": {"info", "pcap"},
}

// ErrNotRemote is for a command that is for the console alone, or none at all.
var ErrNotRemote = errors.New("this is no command for a page")

// line is the command as it would be typed.
func (r Remote) line() (string, error) {
	v, known := verbNamed(verbs, r.Verb)
	below, listed := remoteVerbs[r.Verb]
	if !known || v.control == nil && !listed {
		return "", fmt.Errorf("%w: %q", ErrNotRemote, r.Verb)
	}
	if below != nil && (len(r.Args) == 0 || !slices.Contains(below, r.Args[0])) {
		return "", fmt.Errorf("%w: %s, want one of %s", ErrNotRemote, r.Verb, strings.Join(below, ", "))
	}
	if r.Verb == "room" && r.Args[0] == "allow" && (len(r.Args) != 2 || r.Args[1] != "enable" && r.Args[1] != "disable") {
		return "", fmt.Errorf("%w: allow, but for enable and disable", ErrNotRemote)
	}
	words := []string{r.Verb}
	for _, name := range []string{r.Server, r.Room, r.UUID} {
		if strings.ContainsFunc(name, unicode.IsSpace) {
			return "", fmt.Errorf("%q has a space in it", name)
		}
		if name != "" {
			words = append(words, name)
		}
	}
	for _, word := range append(words, r.Args...) {
		if word == "" || config.CheckText(word) != nil {
			return "", errors.New("a word is empty, not UTF-8, or has a control character")
		}
	}
	for _, word := range r.Args {
		if r.Verb == "room" {
			var err error
			if word, err = quoted(word); err != nil {
				return "", err
			}
		}
		words = append(words, word)
	}
	return strings.Join(words, " "), nil
}

// quoted is a word as splitWords takes it.
func quoted(word string) (string, error) {
	switch {
	case !strings.ContainsFunc(word, func(r rune) bool { return unicode.IsSpace(r) || r == '"' || r == '\'' }):
		return word, nil
	case !strings.Contains(word, `"`):
		return `"` + word + `"`, nil
	case !strings.Contains(word, "'"):
		return "'" + word + "'", nil
	}
	return "", fmt.Errorf("%q has both kinds of quotes", word)
}

// String is the command for a log, without PINs and secrets.
func (r Remote) String() string {
	words := []string{"janus", r.Verb}
	for _, name := range []string{r.Server, r.Room, r.UUID} {
		if name != "" {
			words = append(words, name)
		}
	}
	for i, word := range r.Args {
		name, _, option := strings.Cut(word, "=")
		switch {
		case option && (strings.HasSuffix(name, "pin") || strings.HasSuffix(name, "secret")):
			word = name + "=***"
		case r.Verb == "move" && i > 0:
			word = "***"
		}
		words = append(words, cell(word))
	}
	return strings.Join(words, " ")
}

// Run runs a command that comes from elsewhere and returns its output, as JSON where the command
// knows JSON. An error is for what is no such command; nothing was done then.
func (c *Console) Run(r Remote) (output string, err error) {
	line, err := r.line()
	if err != nil {
		return "", err
	}
	v, _ := verbNamed(verbs, r.Verb)
	if v.control == nil && r.Verb != "server" {
		line += " as json"
	}
	return c.Command(line), nil
}

// ServerNow is all that is known of a server, as JSON.
func ServerNow(s *server.Server) json.RawMessage {
	f := describeServer(s)
	f.add("draining", s.Draining.On())
	f.add("admin", s.Config().AdminURL != "")
	return json.RawMessage(f.json())
}

// CallNow is the row of a call in `janus calls`, as JSON.
func CallNow(leg *call.Call) json.RawMessage {
	return json.RawMessage(callFields(leg, leg.UUID()).json())
}

// MediaNow is CallNow, with what the call's media has counted.
func MediaNow(leg *call.Call) json.RawMessage {
	return json.RawMessage(append(callFields(leg, leg.UUID()), describeMedia(leg.Figures())...).json())
}

// Leg returns the call with this UUID, or nil.
func (c *Console) Leg(uuid string) *call.Call { return c.leg(uuid) }
