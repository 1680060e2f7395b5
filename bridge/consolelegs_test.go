// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/call"
	"mod_janus/bridge/host"
	"mod_janus/bridge/host/hosttest"
	"mod_janus/bridge/media"
	"mod_janus/janusclient/janustest"
)

// last is the body of the latest message with this request.
func (l *lab) last(request string) map[string]any {
	l.t.Helper()
	requests := l.janus.Requests()
	for _, r := range slices.Backward(requests) {
		if r.Request == request {
			var message struct {
				Body map[string]any `json:"body"`
			}
			require.NoError(l.t, json.Unmarshal(r.Body, &message))
			return message.Body
		}
	}
	l.t.Fatalf("no request %q", request)
	return nil
}

// progress is what the session has been through.
func (l *lab) progress(uuid string) []string {
	l.host.Mu.Lock()
	defer l.host.Mu.Unlock()
	return slices.Clone(l.host.Sessions[uuid].Progress)
}

// fired tells whether an event of this subclass has this header, by now.
func (l *lab) fired(subclass, name, value string) bool {
	l.host.Mu.Lock()
	defer l.host.Mu.Unlock()
	return l.host.Fired(subclass, name, value)
}

// logged tells whether one line of the log has all these words, by now.
func (l *lab) logged(words ...string) bool {
	l.host.Mu.Lock()
	defer l.host.Mu.Unlock()
	return l.host.Logged(words...)
}

// log is what the engine has logged.
func (l *lab) log() string {
	l.host.Mu.Lock()
	defer l.host.Mu.Unlock()
	return strings.Join(l.host.Lines, "\n")
}

func TestControlsOfALeg(t *testing.T) {
	l := newLab(t, "", janustest.WithRoom("77"))
	c, uuid := l.call("demo/MyName@1234", existing)
	l.up(uuid)
	for _, step := range []struct {
		line, output string
		field        string // of the configure that it sends
		value        any
		event        string // Action of janus::participant
	}{
		{"mute %s", "+OK\n", "muted", true, "muted"},
		{"unmute %s", "+OK\n", "muted", false, "unmuted"},
		{"toggle-mute %s", "+OK muted\n", "muted", true, "muted"},
		{"toggle-mute %s", "+OK unmuted\n", "muted", false, "unmuted"},
		{"volume %s 50", "+OK 50%\n", "volume", 50.0, ""},
		{"volume %s +25", "+OK 75%\n", "volume", 75.0, ""},
		{"volume %s -100", "+OK 0%\n", "volume", 0.0, ""},
		{"display %s The Chair, again ", "+OK\n", "display", "The Chair, again", ""},
		{"record %s start /tmp/talk one", "+OK\n", "filename", "/tmp/talk one", "recording"},
		{"record %s stop", "+OK\n", "record", false, "stopped-recording"},
		{"  mute\t%s", "+OK\n", "muted", true, "muted"},
	} {
		line := fmt.Sprintf(step.line, uuid)
		require.Equal(t, step.output, l.engine.Command(line), line)
		require.Equal(t, step.value, l.last("configure")[step.field], line)
		if step.event != "" {
			require.True(t, l.fired("janus::participant", "Action", step.event), line)
		}
	}
	require.Equal(t, "+OK\n", l.engine.Command("deaf "+uuid))
	require.Equal(t, "+OK\n", l.engine.Command("undeaf "+uuid))
	require.Contains(t, strings.Join(l.progress(uuid), ","), "deaf true,deaf false")
	require.Contains(t, l.engine.Command("calls"), "|The Chair, again|")
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

// A leg to which Janus sends nothing since it has moved joins the room again, with another handle.
func TestSilentSinceAMove(t *testing.T) {
	for name, silent := range map[string]func(l *lab, c *call.Call){
		"at once": func(_ *lab, c *call.Call) { c.Listened(1, 0) },
		"later":   func(l *lab, _ *call.Call) { l.legs[0].becomes(media.StateSilent, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, "", janustest.WithRoom("77"))
			c, uuid := l.call("demo/MyName@1234", with(existing, "janus-rejoin", "false"))
			l.up(uuid)
			l.host.Wait(t, "media up", func() bool { return l.host.Fired("janus::call", "Action", "media-up") })
			require.Equal(t, "+OK\n", l.engine.Command("move "+uuid+" 77"))
			require.Equal(t, "+OK\n", l.engine.Command("mute "+uuid))
			handle := l.host.Variable(uuid, host.VarHandleID)
			c.Listened(1, 17) // packets came before it
			c.Listened(2, 0)  // of another leg
			require.Equal(t, "+OK 50%\n", l.engine.Command("volume "+uuid+" 50"))
			require.False(t, l.fired("janus::call", "Action", "rejoining"))
			silent(l, c)
			if name == "at once" { // by the message itself: in seconds the silence would be noticed as well
				require.Equal(t, "+OK 60%\n", l.engine.Command("volume "+uuid+" 60"))
				require.True(t, l.fired("janus::call", "Action", "rejoined"))
			}
			l.host.Wait(t, "it is back", func() bool { return l.host.Fired("janus::call", "Action", "rejoined") })
			require.True(t, l.fired("janus::call", "Janus-Reason", "no audio comes from Janus since the move"))
			require.NotEqual(t, handle, l.host.Variable(uuid, host.VarHandleID))
			require.Equal(t, 1, l.janus.Participants("77"))
			require.Contains(t, l.engine.Command("participants demo 77"), "|MyName|true|")
			l.end(c, host.CauseNormalClearing)
			l.clean(1)
		})
	}
}

func TestMove(t *testing.T) {
	l := newLab(t, "")
	l.janus.CreateRoom("77", "", "4711")
	c, uuid := l.call("demo/MyName@1234", with(existing, "janus-user-volume", "60"))
	l.up(uuid)
	require.Equal(t, "+OK\n", l.engine.Command("mute "+uuid))
	before := l.host.Variable(uuid, host.VarParticipantID)
	handle := l.host.Variable(uuid, host.VarHandleID)

	require.Contains(t, l.engine.Command("move "+uuid+" 77"), "-ERR Missing mandatory element (pin)")
	require.Contains(t, l.engine.Command("move "+uuid+" 78"), "-ERR No such room (78)")
	require.Contains(t, l.engine.Command("calls"), "|1234|", "it stays where it was")
	require.Equal(t, 1, l.janus.Participants("1234"))
	require.Equal(t, "+OK\n", l.engine.Command("move "+uuid+" 77 4711"))
	require.Zero(t, l.janus.Participants("1234"))
	require.Equal(t, 1, l.janus.Participants("77"))
	request := l.last("changeroom")
	require.Equal(t, "MyName", request["display"], "Janus would forget it")
	require.Equal(t, true, request["muted"])
	require.EqualValues(t, 60, request["volume"])
	require.Equal(t, "77", l.host.Variable(uuid, host.VarRoom))
	require.NotEqual(t, before, l.host.Variable(uuid, host.VarParticipantID))
	require.Equal(t, handle, l.host.Variable(uuid, host.VarHandleID), "the handle, and its PeerConnection, stay")
	require.Contains(t, l.engine.Command("calls"), "|demo|77|MyName|"+l.host.Variable(uuid, host.VarParticipantID)+"|")
	require.True(t, l.fired("janus::call", "Janus-Old-Room", "1234"))

	// what the old room still has to say does not count
	l.tell(c, `{"audiobridge":"destroyed","room":1234}`)
	l.tell(c, `{"audiobridge":"joined","room":77,"participants":[{"id":7,"display":"Browser","setup":true}]}`)
	l.host.Wait(t, "an event of the new room", func() bool { return l.host.Fired("janus::participant", "Participant-ID", "7") })
	require.NotContains(t, l.log(), "room was destroyed")
	require.NotContains(t, l.log(), "4711", "no PIN in the log")

	// after a loss it joins the room that it was moved to
	l.janus.LoseSessions()
	l.host.Wait(t, "joined again", func() bool { return l.host.Fired("janus::call", "Action", "rejoined") })
	require.Equal(t, 1, l.janus.Participants("77"))
	require.Equal(t, true, l.last("join")["muted"])
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

// A PIN that is set as variable needs not be typed.
func TestMoveWithPINOfTheLeg(t *testing.T) {
	l := newLab(t, "", janustest.WithStringIDs())
	l.janus.CreateRoom("red room", "", "4711")
	c, uuid := l.call("demo/MyName@1234", existing)
	l.up(uuid)
	require.NoError(t, l.host.SetVariable(uuid, "janus-room-pin", "4711"))
	require.Equal(t, "+OK\n", l.engine.Command("move "+uuid+" red%20room"))
	require.Equal(t, 1, l.janus.Participants("red room"))
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

func TestKick(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/MyName@55", map[string]string{"janus-room-secret": "adminpwd"})
	l.up(uuid)
	require.Equal(t, "+OK\n", l.engine.Command("kick "+uuid))
	cause, reason := l.down(uuid)
	require.Equal(t, host.CauseNormalClearing, cause)
	require.Equal(t, "kicked from the room", reason)
	require.Equal(t, "adminpwd", l.last("kick")["secret"])
	l.end(c, cause)
	l.clean(1)
	require.NotContains(t, l.log(), "adminpwd")
}

// A Janus before 1.2.1 refuses suspend.
func TestSuspendAtAnOldJanus(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/MyName@1234", existing)
	l.up(uuid)
	unknown := l.janus.Fault(janustest.Match{Janus: "message", Request: "resume"}, janustest.Refuse(482, "Unknown request 'resume'"))
	require.Equal(t, "-ERR the call is not suspended\n", l.engine.Command("resume "+uuid))
	unknown.Remove()
	rule := l.janus.Fault(janustest.Match{Janus: "message", Request: "suspend"}, janustest.Refuse(482, "Unknown request 'suspend'"))
	require.Equal(t, "+OK muted and deaf: this Janus cannot suspend (since 1.2.1)\n", l.engine.Command("suspend "+uuid))
	require.Equal(t, "+OK\n", l.engine.Command("suspend "+uuid), "it is already")
	require.Equal(t, true, l.last("configure")["muted"])
	require.Equal(t, "deaf true", l.progress(uuid)[len(l.progress(uuid))-1])
	rule.Remove()
	require.Equal(t, "+OK\n", l.engine.Command("resume "+uuid))
	require.Equal(t, false, l.last("configure")["muted"])
	require.Equal(t, "deaf false", l.progress(uuid)[len(l.progress(uuid))-1])
	require.True(t, l.fired("janus::participant", "Action", "suspended"))
	require.True(t, l.fired("janus::participant", "Action", "resumed"))
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

func TestControlErrors(t *testing.T) {
	l := newLab(t, `<param name="cmd-timeout" value="300"/>`)
	c, uuid := l.call("demo/MyName@1234", existing)
	l.up(uuid)
	for _, line := range []string{
		"mute", "mute %s now", "volume %s", "volume %s loud", "volume %s 1001", "volume %s 1 2", "display %s", "display %s a\x01b",
		"move %s", "move %s 77 pin more", "record %s", "record %s begin", "record %s stop file",
	} {
		if strings.Contains(line, "%s") {
			line = fmt.Sprintf(line, uuid)
		}
		require.Regexp(t, `^-ERR usage: janus [a-z-]+ <uuid>`, l.engine.Command(line), line)
	}
	require.Equal(t, "-ERR no Janus leg has the uuid \"leg-0\"\n", l.engine.Command("mute leg-0"))
	require.Contains(t, l.engine.Command("levitate"), "janus toggle-mute <uuid>\n")

	rule := l.janus.Fault(janustest.Match{Janus: "message", Request: "configure"}, janustest.Refuse(499, "No\nway"))
	require.Equal(t, "-ERR No way\n", l.engine.Command("mute "+uuid))
	rule.Remove()
	rule = l.janus.Fault(janustest.Match{Janus: "message", Request: "configure"}, janustest.Hang())
	require.Equal(t, "-ERR no answer from Janus in time\n", l.engine.Command("mute "+uuid))
	rule.Remove()
	l.end(c, host.CauseNormalClearing)
	require.Contains(t, []string{"-ERR the call is over\n", "-ERR no Janus leg has the uuid \"" + uuid + "\"\n"}, l.engine.Command("mute "+uuid))
	l.clean(1)
}

// A call that is not in its room yet says so, and is not controlled later.
func TestControlOfABusyCall(t *testing.T) {
	l := newLab(t, `<param name="cmd-timeout" value="100"/>`)
	l.janus.Pause()
	c, uuid := l.call("demo/MyName@1234", existing)
	require.Contains(t, l.engine.Command("mute "+uuid), "-ERR the call is busy: ")
	l.janus.Resume()
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
	for _, r := range l.janus.Requests() {
		require.NotEqual(t, "configure", r.Request)
	}
}

// A hangup ends a control that waits for Janus.
func TestHangupDuringControl(t *testing.T) {
	l := newLab(t, `<param name="cmd-timeout" value="60000"/>`)
	c, uuid := l.call("demo/MyName@1234", existing)
	l.up(uuid)
	l.janus.Fault(janustest.Match{Janus: "message", Request: "configure"}, janustest.Hang())
	output := make(chan string, 1)
	go func() { output <- l.engine.Command("mute " + uuid) }()
	l.eventually("it is asked", func() bool {
		return slices.ContainsFunc(l.janus.Requests(), func(r janustest.Request) bool { return r.Request == "configure" })
	})
	l.end(c, host.CauseNormalClearing)
	select {
	case text := <-output:
		require.Contains(t, text, "-ERR ")
	case <-time.After(hosttest.Patience):
		t.Fatal("the command still waits")
	}
	l.clean(1)
}

// The application controls the leg itself, the one that the session is bridged
// to, and the one that it has dialled.
func TestApplication(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/MyName@1234", existing)
	l.up(uuid)
	l.host.Session("a-leg", map[string]string{"signal_bond": uuid})
	l.host.Session("b-leg", map[string]string{"bridge_uuid": uuid})
	l.host.Session("stranger", nil)
	for _, session := range []string{uuid, "a-leg", "b-leg"} {
		require.Equal(t, "+OK\n", l.engine.Application(session, "display "+session))
		require.Equal(t, session, l.last("configure")["display"])
		require.Equal(t, "+OK", l.host.Variable(session, host.VarResult))
	}
	require.Equal(t, "+OK muted\n", l.engine.Application("a-leg", "toggle-mute"))
	require.Equal(t, "+OK muted", l.host.Variable("a-leg", host.VarResult))
	require.Contains(t, l.engine.Application("stranger", "mute"), "-ERR this session is no Janus leg")
	require.Contains(t, l.host.Variable("stranger", host.VarResult), "-ERR this session is no Janus leg")
	require.Regexp(t, "4 stranger .*no Janus leg", l.log())
	require.Equal(t, "-ERR usage: janus volume <percent>|+<percent>|-<percent>\n", l.engine.Application("a-leg", "volume"))
	require.Contains(t, l.engine.Application("a-leg", ""), "-ERR usage: janus mute\n")

	d, cause := l.engine.Dial(&call.Request{
		Destination: "demo/Dialled@1234", AUUID: "stranger", Rings: media.NewRings(), Release: func() { l.freed.Add(1) },
	})
	require.Equal(t, host.CauseNone, cause)
	l.host.Session("leg-d", existing)
	d.Run("leg-d")
	l.up("leg-d")
	require.Equal(t, "+OK\n", l.engine.Application("stranger", "mute"))
	require.Equal(t, []string{uuid, "leg-d"}, l.engine.Legs())
	l.end(c, host.CauseNormalClearing)
	l.end(d, host.CauseNormalClearing)
	l.clean(2)
}

// Controls from everywhere at once, while events come in.
func TestControlsAtOnce(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/MyName@1234", existing)
	l.up(uuid)
	done := make(chan string)
	lines := []string{"mute", "unmute", "toggle-mute", "volume %s +1", "calls", "deaf", "undeaf", "display %s x"}
	for _, line := range lines {
		if strings.Contains(line, "%s") {
			line = fmt.Sprintf(line, uuid)
		} else if line != "calls" {
			line += " " + uuid
		}
		go func() { done <- l.engine.Command(line) }()
	}
	for range lines {
		require.NotContains(t, <-done, "-ERR")
	}
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

// A newer Janus suspends by itself, and a call that joins again stays out of the mix.
func TestSuspend(t *testing.T) {
	l := newLab(t, "", janustest.WithVersion("1.4.1"))
	c, uuid := l.call("demo/MyName@1234", with(existing, "janus-room-secret", "adminpwd"))
	l.up(uuid)
	require.Equal(t, "+OK\n", l.engine.Command("suspend "+uuid))
	require.Equal(t, l.host.Variable(uuid, host.VarParticipantID), fmt.Sprintf("%.0f", l.last("suspend")["id"]))
	require.Equal(t, "adminpwd", l.last("suspend")["secret"])
	l.janus.LoseSessions()
	l.host.Wait(t, "joined again", func() bool { return l.host.Fired("janus::call", "Action", "rejoined") })
	require.Equal(t, true, l.last("join")["suspended"])
	require.Equal(t, "+OK\n", l.engine.Command("resume "+uuid))
	require.NotNil(t, l.last("resume"))
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

// Suspended by somebody else: it is told, and may be resumed here.
func TestSuspendedByOthers(t *testing.T) {
	l := newLab(t, "", janustest.WithVersion("1.4.1"))
	c, uuid := l.call("demo/MyName@1234", existing)
	l.up(uuid)
	event := `{"audiobridge":"event","room":1234,"%s":` + l.host.Variable(uuid, host.VarParticipantID) + `}`
	l.tell(c, fmt.Sprintf(event, "suspended"))
	l.host.Wait(t, "suspended", func() bool { return l.host.Fired("janus::participant", "Action", "suspended") })
	require.Equal(t, "+OK\n", l.engine.Command("resume "+uuid))
	require.NotNil(t, l.last("resume"))
	l.tell(c, fmt.Sprintf(event, "suspended"))
	l.tell(c, fmt.Sprintf(event, "resumed"))
	l.tell(c, comes)
	l.host.Wait(t, "all is told", func() bool { return l.host.Fired("janus::participant", "Participant-ID", "7") })
	require.Equal(t, "+OK\n", l.engine.Command("resume "+uuid), "Janus knows best")
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}
