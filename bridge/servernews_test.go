// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/call"
	"mod_janus/bridge/host"
	"mod_janus/janusclient/janustest"
)

// toldOf returns the actions of a participant that the switch was told of.
func (l *lab) toldOf(participant string) (actions []string) {
	l.host.Mu.Lock()
	defer l.host.Mu.Unlock()
	for _, event := range l.host.Events {
		if event.Subclass == "janus::participant" && slices.Contains(event.Headers, [2]string{"Participant-ID", participant}) {
			actions = append(actions, event.Headers[0][1])
		}
	}
	return actions
}

// toldSinceJoined is toldOf without that the participant joined.
func (l *lab) toldSinceJoined(participant string) []string {
	return slices.DeleteFunc(l.toldOf(participant), func(action string) bool { return action == "joined" })
}

// readsCopies waits until a call has read what came to it before.
func (l *lab) readsCopies(c *call.Call) {
	l.t.Helper()
	_, err := c.Do("nothing", func(context.Context, *call.Call) (string, error) { return "", nil })
	require.NoError(l.t, err)
}

// Many legs in one room: each change of a participant is told once, in order,
// and also while the legs end one after the other.
func TestChangesAreToldOnce(t *testing.T) {
	const legs, changes = 6, 240
	l := newLab(t, "")
	var all []*call.Call
	for range legs {
		c, uuid := l.call("demo/x@1234", existing)
		l.up(uuid)
		all = append(all, c)
	}
	for _, c := range all[1:] { // the first was in the room before the others
		id := l.host.Variable(c.UUID(), host.VarParticipantID)
		l.host.Wait(t, "it was told of", func() bool { return l.host.Fired("janus::participant", "Participant-ID", id) })
		require.Equal(t, []string{"joined"}, l.toldOf(id))
	}
	var want []string
	var ended []string
	for i := range changes {
		action := map[bool]string{true: "muted", false: "unmuted"}[i%2 == 0]
		want = append(want, action)
		for _, c := range all {
			l.tell(c, fmt.Sprintf(`{"audiobridge":"event","room":1234,"participants":[{"id":7,"display":"p","muted":%t}]}`, i%2 == 0))
		}
		if i%50 == 40 && len(all) > 1 {
			ended = append(ended, l.host.Variable(all[0].UUID(), host.VarParticipantID))
			l.end(all[0], host.CauseNormalClearing)
			all = all[1:]
			// Janus says that it leaves in front of the next change, or after it, to all of them
			l.eventually("it leaves", func() bool { return l.janus.Participants("1234") == len(all) })
		}
	}
	l.eventually("all is told", func() bool { return len(l.toldOf("7")) >= changes })
	for _, id := range ended {
		l.eventually("it has left", func() bool { return slices.Contains(l.toldOf(id), "left") })
	}
	require.Equal(t, want, l.toldOf("7"))

	// what a leg does to itself is told by it, or by those who hear of it from Janus
	uuid := all[0].UUID()
	for range 5 {
		require.Equal(t, "+OK\n", l.engine.Command("mute "+uuid))
		require.Equal(t, "+OK\n", l.engine.Command("unmute "+uuid))
	}
	id := l.host.Variable(uuid, host.VarParticipantID)
	for _, c := range all[1:] {
		l.readsCopies(c)
	}
	require.Equal(t, slices.Repeat([]string{"muted", "unmuted"}, 5), l.toldSinceJoined(id))
	for _, c := range all {
		l.end(c, host.CauseNormalClearing)
	}
	l.clean(legs)
	for _, id := range ended {
		require.Equal(t, 1, len(slices.DeleteFunc(l.toldOf(id), func(action string) bool { return action != "left" })))
	}
	require.Zero(t, l.engine.server("demo").Remembered().Bulletins)
}

// A leg has its answer before the others' copies of what it did to itself are read: they wait
// behind an event of a large room.
func TestOwnChangesAreToldOnceWhenEventsLag(t *testing.T) {
	const changes = 20
	l := newLab(t, "")
	own, uuid := l.call("demo/own@1234", existing)
	l.up(uuid)
	other, otherUUID := l.call("demo/other@1234", existing)
	l.up(otherUUID)

	var crowd, want []string
	for i := range 20000 {
		crowd = append(crowd, fmt.Sprintf(`{"id":%d,"display":"somebody","muted":false}`, 1000+i))
	}
	l.tell(other, `{"audiobridge":"event","room":1234,"participants":[`+strings.Join(crowd, ",")+`]}`)
	for range changes {
		require.Equal(t, "+OK\n", l.engine.Command("mute "+uuid))
		require.Equal(t, "+OK\n", l.engine.Command("unmute "+uuid))
		want = append(want, "muted", "unmuted")
	}
	l.readsCopies(other)
	require.Equal(t, want, l.toldSinceJoined(l.host.Variable(uuid, host.VarParticipantID)))
	l.end(own, host.CauseNormalClearing)
	l.end(other, host.CauseNormalClearing)
	l.clean(2)
}

// A server may have these events off.
func TestQuietRooms(t *testing.T) {
	l := newLab(t, `<param name="participant-events" value="false"/>`, janustest.WithRoom("77"))
	c, uuid := l.call("demo/x@1234", existing)
	l.up(uuid)
	require.Equal(t, "+OK\n", l.engine.Command("mute "+uuid))
	l.tell(c, comes)
	require.Equal(t, "+OK\n", l.engine.Command("move "+uuid+" 77"))
	require.True(t, l.fired("janus::call", "Action", "moved"))
	l.host.Mu.Lock()
	events := fmt.Sprint(l.host.Events)
	l.host.Mu.Unlock()
	require.NotContains(t, events, "janus::participant")
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}
