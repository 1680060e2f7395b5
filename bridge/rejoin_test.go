// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/call"
	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/janusclient/janustest"
)

func with(vars map[string]string, more ...string) map[string]string {
	all := maps.Clone(vars)
	for i := 0; i+1 < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	return all
}

// Janus forgets the session, as after a restart: the call joins again, under
// its name, in the codec that it had, and the switch notices nothing but noise.
func TestRejoin(t *testing.T) {
	l := newLab(t, `<param name="codec-string" value="opus,PCMU"/>`)
	c, uuid := l.call("demo/MyName@1234", existing)
	l.up(uuid)
	l.host.Wait(t, "media up", func() bool { return l.host.Fired("janus::call", "Action", "media-up") })
	first := l.host.Variable(uuid, host.VarSessionID)
	for range 3 {
		l.janus.LoseSessions()
		l.host.Wait(t, "rejoined", func() bool { return l.host.Fired("janus::call", "Action", "rejoined") })
		l.eventually("one participant", func() bool { return l.janus.Participants("1234") == 1 })
		l.host.Mu.Lock()
		l.host.Events = nil
		l.host.Mu.Unlock()
	}
	require.NotEqual(t, first, l.host.Variable(uuid, host.VarSessionID))
	require.Contains(t, l.engine.Command("calls"), "|MyName|"+l.host.Variable(uuid, host.VarParticipantID)+"|opus|up|")
	require.Equal(t, []string{
		"ring", "media opus", "answer", "noise true", "noise false", "noise true", "noise false", "noise true", "noise false",
	}, l.host.Sessions[uuid].Progress)
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
	require.Zero(t, l.janus.Participants("1234"))
}

// Many calls join again at once, and none twice.
func TestManyRejoin(t *testing.T) {
	const calls = 40
	l := newLab(t, "")
	l.withoutMedia()
	all := make([]*call.Call, calls)
	for i := range calls {
		all[i], _ = l.call("demo/x@1234", existing)
	}
	for i := range calls {
		l.up(fmt.Sprintf("leg-%d", i+1))
	}
	l.janus.LoseSessions()
	l.host.Wait(t, "all have joined again", func() bool {
		rejoined := 0
		for _, event := range l.host.Events {
			if slices.Contains(event.Headers, [2]string{"Action", "rejoined"}) {
				rejoined++
			}
		}
		return rejoined == calls
	})
	require.Equal(t, calls, l.janus.Participants("1234"))
	for _, c := range all {
		l.end(c, host.CauseNormalClearing)
	}
	l.clean(calls)
}

// What keeps a call from joining again ends it, with its cause.
func TestRejoinGivesUp(t *testing.T) {
	refuse := janustest.Match{Janus: "message", Request: "join"}
	create := janustest.Match{Janus: "create"}
	for name, tt := range map[string]struct {
		vars  map[string]string
		lose  func(*lab)
		cause host.Cause
		words string
	}{
		"not wanted":   {with(existing, "janus-rejoin", "false"), func(l *lab) { l.janus.LoseSessions() }, host.CauseDestinationOutOfOrder, "session with Janus is lost"},
		"not back":     {with(existing, "janus-rejoin-timeout", "1"), func(l *lab) { l.janus.Fault(create, janustest.Status(503)); l.janus.LoseSessions() }, host.CauseDestinationOutOfOrder, "not back within 1s"},
		"always 500":   {with(existing, "janus-rejoin-timeout", "1"), func(l *lab) { l.janus.Fault(refuse, janustest.Status(500)); l.janus.LoseSessions() }, host.CauseDestinationOutOfOrder, "not back within 1s"},
		"room is gone": {with(existing, "janus-rejoin-timeout", "1"), func(l *lab) { l.janus.ForgetRoom("1234"); l.janus.LoseSessions() }, host.CauseDestinationOutOfOrder, "not back within 1s: no such room"},
		"PIN changed":  {existing, func(l *lab) { l.janus.ForgetRoom("1234"); l.janus.CreateRoom("1234", "", "99"); l.janus.LoseSessions() }, host.CauseCallRejected, "pin"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, `<param name="cmd-timeout" value="300"/>`)
			c, uuid := l.call("demo/MyName@1234", tt.vars)
			l.up(uuid)
			l.host.Wait(t, "media up", func() bool { return l.host.Fired("janus::call", "Action", "media-up") })
			tt.lose(l)
			cause, reason := l.down(uuid)
			require.Equal(t, tt.cause.String(), cause.String(), reason)
			require.Contains(t, strings.ToLower(reason), strings.ToLower(tt.words))
			l.janus.Resume()
			l.end(c, cause)
			l.eventually("rings released", func() bool { return l.freed.Load() == 1 })
			require.Contains(t, l.engine.Command("status"), "\n1|0|")
		})
	}
}

// Whoever hangs up meanwhile does not wait for Janus.
func TestHangupWhileRejoining(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/MyName@1234", existing)
	l.up(uuid)
	l.janus.Fault(janustest.Match{Janus: "create"}, janustest.Status(404))
	l.janus.LoseSessions()
	l.host.Wait(t, "rejoining", func() bool { return l.host.Fired("janus::call", "Action", "rejoining") })
	require.Contains(t, l.engine.Command("calls"), "|rejoining|")
	began := time.Now()
	l.end(c, host.CauseNormalClearing)
	l.eventually("rings released", func() bool { return l.freed.Load() == 1 })
	require.Less(t, time.Since(began), config.FarewellLimit)
	require.Contains(t, l.engine.Command("status"), "\n1|0|")
	require.False(t, l.host.Sessions[uuid].Down)
}

// What the leg that was lost has counted is counted once, whenever the call ends.
func TestFiguresWhileRejoining(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/MyName@1234", existing)
	l.up(uuid)
	leg := l.legs[0]
	leg.rings.FromSwitch.Reserve().Set(0, 0, 0, 960, []byte("a frame"))
	leg.rings.FromSwitch.Push()
	l.eventually("a packet is sent", func() bool { return leg.Stats().PacketsOut > 0 })
	l.janus.Fault(janustest.Match{Janus: "attach"}, janustest.Status(404))
	l.janus.LoseSessions()
	l.host.Wait(t, "a try", func() bool { return l.host.Logged("joining again failed") })
	l.end(c, host.CauseNormalClearing)
	require.Equal(t, strconv.FormatUint(leg.Stats().PacketsOut, 10), l.host.Variable(uuid, "janus_rtp_packets_out"))
	l.clean(1)
}
