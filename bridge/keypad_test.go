// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/call"
	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/janusclient/janustest"
)

// keypadConfig is put before the first server.
const keypadConfig = `<caller-controls><group name="desk">
	<control action="mute" digits="0"/><control action="deaf mute" digits="*"/>
	<control action="vol talk up" digits="3"/><control action="vol talk zero" digits="2"/><control action="vol talk dn" digits="1"/>
	<control action="raise hand" digits="5"/><control action="count" digits="6"/><control action="hangup" digits="##"/>
	<control action="execute_application" digits="71" data="playback /tmp/help.wav"/><control action="transfer" digits="72" data="9000 XML default"/>
	<control action="event" digits="7" data="seven"/><control action="deaf" digits="8"/>
</group></caller-controls>`

// keypadLab is a lab whose calls can be controlled by keys.
func keypadLab(t *testing.T, settings string, options ...janustest.Option) *lab {
	t.Helper()
	l := newLab(t, "", options...)
	l.reconfigure(replacing("<configuration>", "<configuration><settings>"+settings+"</settings>"+keypadConfig))
	require.Contains(t, l.engine.Command("reload"), "+OK")
	return l
}

// press presses keys, one at a time.
func press(c *call.Call, keys string) {
	for _, key := range keys {
		c.DTMF(byte(key), 100)
	}
}

// reaches waits until the session has been through a step that often.
func (l *lab) reaches(uuid, step string, times int) {
	l.t.Helper()
	l.host.Wait(l.t, step, func() bool {
		n := 0
		for _, s := range l.host.Sessions[uuid].Progress {
			if s == step {
				n++
			}
		}
		return n == times
	})
}

// told waits for an event of the leg.
func (l *lab) told(name, value string) {
	l.t.Helper()
	l.host.Wait(l.t, value, func() bool {
		return l.host.Fired("janus::participant", name, value) || l.host.Fired("janus::dtmf", name, value)
	})
}

func TestKeypad(t *testing.T) {
	l := keypadLab(t, `<param name="unmuted-sound" value="ivr/unmuted.wav"/><param name="deaf-sound" value="none"/>`)
	c, uuid := l.call("demo/Caller@1234", with(with(existing, "janus-caller-controls", "desk"), "sound_prefix", "/sounds/en"))
	l.up(uuid)
	press(c, "0")
	l.told("Action", "muted")
	require.Equal(t, true, l.last("configure")["muted"])
	l.reaches(uuid, "play "+config.Sounds["muted-sound"], 1)
	press(c, "0")
	l.told("Action", "unmuted")
	l.reaches(uuid, "play /sounds/en/ivr/unmuted.wav", 1)
	press(c, "*")
	l.reaches(uuid, "deaf true", 1)
	require.Equal(t, true, l.last("configure")["muted"])
	press(c, "0") // whoever may speak again also hears
	l.reaches(uuid, "deaf false", 1)
	press(c, "8")
	l.reaches(uuid, "deaf true", 2)
	press(c, "8")
	l.reaches(uuid, "deaf false", 2)
	press(c, "33")
	l.eventually("louder twice", func() bool { return l.last("configure")["volume"] == 150.0 })
	press(c, "2")
	l.eventually("as before", func() bool { return l.last("configure")["volume"] == 100.0 })
	press(c, "1")
	l.eventually("softer", func() bool { return l.last("configure")["volume"] == 75.0 })
	press(c, "5")
	l.told("Action", "hand-raised")
	require.Equal(t, "✋ Caller", l.last("configure")["display"])
	require.Contains(t, l.engine.Command("calls"), "|✋ Caller|")
	press(c, "5")
	l.told("Action", "hand-lowered")
	require.Equal(t, "Caller", l.last("configure")["display"])
	press(c, "6")
	l.reaches(uuid, "play "+config.Sounds["alone-sound"], 1)
	l.tell(c, comes)
	l.told("Action", "joined")
	press(c, "6")
	l.reaches(uuid, "play tone_stream://%(100,150,800);loops=2", 1)
	require.Equal(t, "6", l.host.Variable(uuid, host.VarLastDigits))
	press(c, "##")
	cause, reason := l.down(uuid)
	require.Equal(t, host.CauseNormalClearing, cause)
	require.Equal(t, "the caller hung up by a key", reason)
	l.end(c, cause)
	l.clean(1)
}

// Keys that begin alike: the longer one wins if it comes in time.
func TestKeySequences(t *testing.T) {
	l := keypadLab(t, "")
	c, uuid := l.call("demo/Caller@1234", with(existing, "janus-caller-controls", "desk"))
	l.up(uuid)
	require.NoError(t, l.host.SetVariable(uuid, "signal_bond", "a-leg"))
	l.host.Session("a-leg", nil)
	press(c, "71")
	l.reaches("a-leg", "execute playback /tmp/help.wav", 1)
	press(c, "72")
	l.reaches("a-leg", "execute transfer 9000 XML default", 1)
	require.False(t, l.fired("janus::dtmf", "Data", "seven"))
	began := time.Now()
	press(c, "7")
	l.told("Data", "seven")
	require.GreaterOrEqual(t, time.Since(began), config.DigitTimeout)
	press(c, "#0") // no sequence: the second key counts by itself
	l.told("Action", "muted")
	press(c, "9") // no control at all
	l.told("DTMF-Digit", "9")
	require.Equal(t, 1, len(slices.DeleteFunc(l.progress("a-leg"), func(s string) bool { return !strings.Contains(s, "transfer") })))
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

// Keys that control are not for the room; others are, where that is asked for.
func TestKeysOfControlsAreNotHeard(t *testing.T) {
	l := keypadLab(t, "")
	c, uuid := l.call("demo/Caller@1234", with(with(existing, "janus-caller-controls", "desk"), "janus-dtmf-inband", "true"))
	l.up(uuid)
	press(c, "09")
	l.reaches(uuid, "key 9 100ms", 1)
	require.NotContains(t, l.progress(uuid), "key 0 100ms")
	l.end(c, host.CauseNormalClearing)

	// without the variable no key controls anything, and a group that is not there is named
	c, uuid = l.call("demo/Caller@1234", with(with(existing, "janus-caller-controls", "nowhere"), "janus-dtmf-inband", "true"))
	l.up(uuid)
	press(c, "0")
	l.reaches(uuid, "key 0 100ms", 1)
	require.Contains(t, l.log(), `Variable janus-caller-controls: "nowhere" is not a group of <caller-controls>`)
	l.end(c, host.CauseNormalClearing)
	l.clean(2)
}

// The group "default" is there without a configuration.
func TestBuiltInControls(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/Caller@1234", with(existing, "janus-caller-controls", "default"))
	l.up(uuid)
	l.janus.Fault(janustest.Match{Janus: "message", Request: "configure"}, janustest.Refuse(499, "not today"))
	press(c, "0")
	l.host.Wait(t, "it is logged", func() bool { return l.host.Logged(uuid, "keys 0 (mute): not today") })
	require.NotContains(t, l.progress(uuid), "play "+config.Sounds["muted-sound"], "nothing is claimed that is not so")
	press(c, "#")
	cause, _ := l.down(uuid)
	l.end(c, cause)
	l.clean(1)
}
