// SPDX-License-Identifier: MPL-2.0

package call

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/background"
	"mod_janus/bridge/config"
	"mod_janus/bridge/host/hosttest"
	"mod_janus/bridge/media"
	"mod_janus/janusclient"
)

func TestEndingsThatWait(t *testing.T) {
	p, _, _ := newTestParticipant(config.Variables{})
	e := endings{janus: p.janus, room: p.room, roster: p.roster, info: p.info, box: newMailbox()}
	require.Nil(t, e.waiting())
	kicked := func(room, id int) janusclient.Event {
		return janusclient.PluginEvent{Data: json.RawMessage(fmt.Sprintf(`{"audiobridge":"event","room":%d,"kicked":%d}`, room, id))}
	}
	e.box.put(msgJanus{attachment: 1, event: kicked(1234, 2)})
	e.box.put(msgJanus{attachment: 1, event: kicked(5, 1)})
	e.box.put(msgJanus{attachment: 2, event: janusclient.Detached{}})
	require.Nil(t, e.waiting(), "another participant, another room, another handle")
	e.box.put(msgJanus{attachment: 1, event: kicked(1234, 1)})
	require.Equal(t, errKicked, e.waiting())
}

// What may end a call is kept, however full its mailbox is.
func TestEndingsThatMayBe(t *testing.T) {
	p, _, _ := newTestParticipant(config.Variables{})
	e := endings{janus: p.janus, room: p.room, roster: p.roster, info: p.info, box: newMailbox()}
	e.info.set("x", "1", "opus")
	for name, last := range map[string]janusclient.Event{
		"kicked":    janusclient.PluginEvent{Data: json.RawMessage(`{"audiobridge":"event","room":1234,"kicked":1}`)},
		"destroyed": janusclient.PluginEvent{Data: json.RawMessage(`{"audiobridge":"destroyed","room":1234}`)},
		"hung up":   janusclient.Hangup{Reason: "Close PC"}, "detached": janusclient.Detached{}, "lost": janusclient.SessionLost{},
	} {
		require.True(t, e.possible(last), name)
	}
	require.False(t, e.possible(janusclient.PluginEvent{Data: json.RawMessage(`{"audiobridge":"event","room":1234,"kicked":5}`)}))
}

// Janus sends nothing to a leg that is suspended: no limit runs for it.
func TestNoAudioIsDueToASuspendedLeg(t *testing.T) {
	c := newTestCall(t)
	c.self.suspended = &suspension{}
	c.media.silence = idleTimer()
	c.media.silence.Reset(time.Hour)
	c.onInquired(msgInquired{attachment: c.janus.number, inquiry: inquiry{why: "no audio comes from Janus"}})
	require.False(t, c.media.silence.Stop())
}

// newTestCall is a call to a server that is not connected, which is not run.
func newTestCall(t *testing.T) *Call {
	t.Helper()
	env := &Env{Context: t.Context(), Host: hosttest.New("")}
	env.Work = background.NewGroup(env.Host)
	dial, err := config.ParseDialString("demo/x@1234")
	require.NoError(t, err)
	return New(env, nil, newTestServer(), dial, &Request{Rings: media.NewRings(), Release: func() {}})
}
