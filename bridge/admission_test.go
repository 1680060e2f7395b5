// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/host"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/janustest"
)

// realms are those of the tokens of the joins so far.
func (l *lab) realms() []string {
	var realms []string
	for _, r := range l.janus.Requests() {
		if r.Request == "join" {
			var message struct {
				Body struct {
					Token string `json:"token"`
				} `json:"body"`
			}
			require.NoError(l.t, json.Unmarshal(r.Body, &message))
			realms = append(realms, strings.Split(message.Body.Token, ",")[1])
		}
	}
	return realms
}

// An ordinary room takes any token and proves nothing; a room with signed_tokens
// on the same server is entered all the same, whichever realm it wants.
func TestRealmOfSignedTokens(t *testing.T) {
	for realm, tries := range map[string]int{audiobridge.Plugin: 1, "janus": 2} {
		l := newLab(t, `<param name="hmac-secret" value="key"/>`, janustest.WithTokenSecret("key", realm), janustest.WithRoom("88"))
		enter := func(room string, tries int) {
			before := len(l.realms())
			c, uuid := l.call("demo/x@"+room, existing)
			l.up(uuid)
			require.Len(t, l.realms()[before:], tries, "%s, room %s", realm, room)
			l.end(c, host.CauseNormalClearing)
			l.eventually("it has left", func() bool { return l.janus.Participants(room) == 0 })
		}
		l.janus.SignRoom("88")
		enter("1234", 1)
		enter("88", tries)
		enter("88", 1) // what was proven is remembered
		enter("1234", 1)
		require.Equal(t, audiobridge.Plugin, l.realms()[len(l.realms())-1], "of that room alone")
		// by changeroom as well
		c, uuid := l.call("demo/x@1234", existing)
		l.up(uuid)
		require.Equal(t, "+OK\n", l.engine.Command("move "+uuid+" 88"))
		l.end(c, host.CauseNormalClearing)
	}
}

// A wrong PIN is asked about once, whatever tokens there are.
func TestRealmAndWrongPIN(t *testing.T) {
	l := newLab(t, `<param name="hmac-secret" value="key"/>`, janustest.WithTokenSecret("key", audiobridge.Plugin))
	l.janus.CreateRoom("55", "", "1111")
	c, uuid := l.call("demo/x@55", with(existing, "janus-room-pin", "2"))
	cause, reason := l.down(uuid)
	require.Equal(t, host.CauseCallRejected, cause)
	require.Contains(t, reason, "wrong pin")
	require.Len(t, l.realms(), 1)
	l.end(c, cause)
}
