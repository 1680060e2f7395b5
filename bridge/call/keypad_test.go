// SPDX-License-Identifier: MPL-2.0

package call

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
)

func TestDigitFiles(t *testing.T) {
	for n, want := range map[int]string{
		2: "2", 20: "20", 21: "20 1", 100: "1 hundred", 119: "1 hundred 19", 345: "3 hundred 40 5", 5000: "9 hundred 90 9",
	} {
		var names []string
		for _, file := range digitFiles(n) {
			names = append(names, strings.TrimSuffix(strings.TrimPrefix(file, "digits/"), ".wav"))
		}
		require.Equal(t, want, strings.Join(names, " "))
	}
}

// Whatever a configuration may name can be done, and nothing else.
func TestEveryActionIsThere(t *testing.T) {
	require.ElementsMatch(t, slices.Collect(maps.Keys(config.ControlActions)), slices.Collect(maps.Keys(keypadActions)))
}

// newTestKeypad is a keypad with these controls, and what it has done.
func newTestKeypad(controls ...config.Control) (*keypad, *[]string) {
	p, _, done := newTestParticipant(config.Variables{})
	note := func(what string) { *done = append(*done, what) }
	return &keypad{
		channel: p.channel, janus: p.janus, room: p.room, self: p, group: controls,
		joined: func() bool { return true }, post: func(any) {},
		fire: func(_ string, headers [][2]string) { note(headers[0][1]) },
		end:  func(why *failure.Error) { note(why.Reason) },
	}, done
}

func TestKeypadKnowsItsKeys(t *testing.T) {
	event := func(digits string) config.Control { return config.Control{Action: "event", Digits: digits} }
	k, done := newTestKeypad(event("7"), event("71"), config.Control{Action: "hangup", Digits: "##"})
	require.True(t, k.press('7'))
	require.Empty(t, *done, "it may become 71")
	wait := k.wait
	require.True(t, k.press('1'))
	require.Equal(t, []string{"event"}, *done)
	k.pause(wait)
	require.Len(t, *done, 1, "another key has come since")
	require.True(t, k.press('7'))
	k.pause(k.wait)
	require.Len(t, *done, 2)
	require.False(t, k.press('5'), "it belongs to nobody")
	require.True(t, k.press('#'))
	require.True(t, k.press('#'))
	require.Equal(t, "the caller hung up by a key", (*done)[2])
}

func TestKeypadOutsideTheRoom(t *testing.T) {
	k, done := newTestKeypad(config.Control{Action: "mute", Digits: "0"})
	k.joined = func() bool { return false }
	require.True(t, k.press('0'))
	require.Empty(t, *done)
	k.joined = func() bool { return true }
	require.True(t, k.press('0'))
	require.Equal(t, []string{"muted 1"}, *done)
}

func TestKeypadTakesTheGroupOfTheCall(t *testing.T) {
	k, _ := newTestKeypad()
	groups := config.ControlGroups{"desk": {{Action: "mute", Digits: "0"}}}
	k.controls = func() config.ControlGroups { return groups }
	for name, want := range map[string]int{"desk": 1, "desk\n": 1, "none": 0, "": 0, "nowhere": 0} {
		k.room.vars.CallerControls = name
		k.choose()
		require.Len(t, k.group, want, name)
	}
}
