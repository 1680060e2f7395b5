// SPDX-License-Identifier: MPL-2.0

package console

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRemoteLine(t *testing.T) {
	for want, r := range map[string]Remote{
		"mute u-1":                              {Verb: "mute", UUID: "u-1"},
		"volume u-1 +10":                        {Verb: "volume", UUID: "u-1", Args: []string{"+10"}},
		"display u-1 Anna von B":                {Verb: "display", UUID: "u-1", Args: []string{"Anna von B"}},
		"server demo disable":                   {Verb: "server", Server: "demo", Args: []string{"disable"}},
		"drain demo stop":                       {Verb: "drain", Server: "demo", Args: []string{"stop"}},
		"drain j1 move":                         {Verb: "drain", Server: "j1", Args: []string{"move"}},
		"cordon j1":                             {Verb: "cordon", Server: "j1"},
		"uncordon j1":                           {Verb: "uncordon", Server: "j1"},
		"room demo 1234 kick 17":                {Verb: "room", Server: "demo", Room: "1234", Args: []string{"kick", "17"}},
		`room demo 1234 play "/a b.opus"`:       {Verb: "room", Server: "demo", Room: "1234", Args: []string{"play", "/a b.opus"}},
		`room demo 1234 play '/a"b.opus'`:       {Verb: "room", Server: "demo", Room: "1234", Args: []string{"play", `/a"b.opus`}},
		"room demo 1234 allow enable":           {Verb: "room", Server: "demo", Room: "1234", Args: []string{"allow", "enable"}},
		"admin demo pcap u-1 start":             {Verb: "admin", Server: "demo", Args: []string{"pcap", "u-1", "start"}},
		"display u-1 <script>alert(1)</script>": {Verb: "display", UUID: "u-1", Args: []string{"<script>alert(1)</script>"}},
	} {
		line, err := r.line()
		require.NoError(t, err)
		require.Equal(t, want, line)
	}
	for _, r := range []Remote{
		{}, {Verb: "nothing"}, {Verb: "send", Server: "demo", Args: []string{`{"janus":"destroy"}`}}, {Verb: "debug", Args: []string{"true"}},
		{Verb: "help"}, {Verb: "reload"}, {Verb: "admin", Server: "demo", Args: []string{"tokens"}}, {Verb: "admin", Server: "demo"},
		{Verb: "room", Server: "demo", Room: "1234", Args: []string{"create", "pin=1"}}, {Verb: "room", Server: "demo", Room: "1234", Args: []string{"allow", "add", "x"}},
	} {
		_, err := r.line()
		require.ErrorIs(t, err, ErrNotRemote, "%+v", r)
	}
	for _, r := range []Remote{
		{Verb: "mute", UUID: "u-1 x"}, {Verb: "mute", UUID: "u-1\nkick u-2"}, {Verb: "display", UUID: "u-1", Args: []string{"a\nb"}},
		{Verb: "display", UUID: "u-1", Args: []string{"\xff"}}, {Verb: "room", Server: "demo", Room: "1234 destroy", Args: []string{"mute-all"}},
		{Verb: "room", Server: "demo", Room: "1234", Args: []string{"play", `a"'b`}}, {Verb: "volume", UUID: "u-1", Args: []string{""}},
	} {
		_, err := r.line()
		require.Error(t, err, "%+v", r)
	}
}

func TestRemoteInTheLog(t *testing.T) {
	for want, r := range map[string]Remote{
		"janus move u-1 1235 ***":               {Verb: "move", UUID: "u-1", Args: []string{"1235", "4711"}},
		"janus room demo 1 mute-all secret=***": {Verb: "room", Server: "demo", Room: "1", Args: []string{"mute-all", "secret=hush"}},
		"janus display u-1 a%0Ab":               {Verb: "display", UUID: "u-1", Args: []string{"a\nb"}},
	} {
		require.Equal(t, want, r.String())
	}
}

// Each verb that may come from elsewhere is a verb.
func TestRemoteVerbsExist(t *testing.T) {
	for name, below := range remoteVerbs {
		v, known := verbNamed(verbs, name)
		require.True(t, known, name)
		for _, word := range below {
			known := slices.ContainsFunc(v.below, func(b verb) bool { return b.name == word })
			require.True(t, known || name == "server", "%s %s", name, word)
		}
	}
}
