// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
	"mod_janus/janusclient/janustest"
)

// janus.plugin.cm.audioroom: the room comes with the first caller, under the
// id as it was dialled, and goes with the last.
func TestAudioRoom(t *testing.T) {
	l, server := newAudioRoomLab(t)
	a, first := l.call("demo/Alice@007", map[string]string{"janus-room-pin": "1234", "answer_on_webrtcup": "true"})
	l.up(first)
	l.host.Wait(t, "media up", func() bool { return l.host.Fired("janus::call", "Action", "media-up") })
	l.host.Wait(t, "Janus receives", func() bool { return l.host.Fired("janus::media", "Receiving", "true") })
	require.Equal(t, 1, server.Rooms())
	b, second := l.call("demo/Bob@007", existing)
	l.up(second)
	l.host.Wait(t, "one is told of the other", func() bool {
		return l.host.Fired("janus::participant", "Participant-Display", "Bob")
	})
	require.Contains(t, l.engine.Command("calls"), "|007|Alice|")
	l.host.Wait(t, "the PIN is not passed over in silence", func() bool { return l.host.Logged("janus-room-pin has no effect") })
	var joins []string
	for _, request := range server.Requests() {
		var sent struct{ Body json.RawMessage }
		_ = json.Unmarshal(request.Body, &sent) // a poll has none
		if strings.Contains(string(sent.Body), `"join"`) {
			joins = append(joins, string(sent.Body))
		}
		require.NotContains(t, string(sent.Body), `"create"`)
	}
	require.Len(t, joins, 2)
	require.Contains(t, joins[0], `"id":"007"`)
	require.NotContains(t, joins[0], `"room"`)
	l.end(a, host.CauseNormalClearing)
	l.eventually("Bob is alone", func() bool { return l.janus.Handles() == 1 })
	require.Equal(t, 1, server.Rooms())
	l.end(b, host.CauseNormalClearing)
	l.clean(2)
	l.eventually("the room is gone", func() bool { return server.Rooms() == 0 })

	c, third := l.call("demo/Carol@007", existing)
	cause, reason := l.down(third)
	require.Equal(t, host.CauseUnallocatedNumber.String(), cause.String(), reason)
	require.Contains(t, reason, "there is no room 007")
	l.end(c, cause)
	l.clean(3)
}

// A Janus that has forgotten all gets its room again by the rejoin.
func TestAudioRoomRejoin(t *testing.T) {
	l, server := newAudioRoomLab(t)
	c, uuid := l.call("demo/Alice@lobby", nil)
	l.up(uuid)
	l.host.Wait(t, "media up", func() bool { return l.host.Fired("janus::call", "Action", "media-up") })
	l.janus.LoseSessions()
	l.host.Wait(t, "rejoined", func() bool { return l.host.Fired("janus::call", "Action", "rejoined") })
	require.Equal(t, 1, server.Rooms())
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
	l.eventually("the room is gone", func() bool { return server.Rooms() == 0 })
}

// What waits for candidates is told that there are no more, and that alone: a
// Janus that trickles its own goes on doing so.
func TestOldJanusIsToldThatThereAreNoMoreCandidates(t *testing.T) {
	for name, option := range map[string]janustest.Option{
		`"trickle":false`: janustest.WithVersion("0.7.1"), `"type":"offer"`: janustest.WithVersion("1.4.1"),
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, "", option)
			c, uuid := l.call("demo/Alice@1234", map[string]string{"answer_on_webrtcup": "true"})
			l.up(uuid)
			l.host.Wait(t, "media up", func() bool { return l.host.Fired("janus::call", "Action", "media-up") })
			l.legs[0].becomes(media.StateDisconnected, nil) // another path is looked for
			l.eventually("ICE restarts", func() bool { return len(l.offers()) == 2 })
			for _, offer := range l.offers() {
				require.Contains(t, offer, name)
				require.Equal(t, name == `"trickle":false`, strings.Contains(offer, "trickle\""))
			}
			l.end(c, host.CauseNormalClearing)
			l.clean(1)
		})
	}
}

// offers are the JSEPs that Janus was sent.
func (l *lab) offers() (offers []string) {
	for _, request := range l.janus.Requests() {
		var sent struct{ JSEP json.RawMessage }
		_ = json.Unmarshal(request.Body, &sent) // a poll has none
		if sent.JSEP != nil {
			offers = append(offers, string(sent.JSEP))
		}
	}
	return offers
}
