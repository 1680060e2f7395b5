// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/test/lab"
)

// holder is a caller in a room, who can press hold, and somebody who listens there.
type holder struct {
	t        *testing.T
	s        *lab.Switch
	room     janusclient.ID
	people   *asker
	caller   string // who presses hold: in FreeSWITCH a SIP phone that plays 440 Hz, in minihost the A-leg, which is silent
	listener string // a leg that plays 1000 Hz
	leg      string // the caller's leg in the room
}

// faint is what a decoder may make of a voice that has ceased, in dB.
const faint = -40.0

// holdSwitch is a switch that holders can call.
func holdSwitch(t *testing.T) *lab.Switch {
	t.Helper()
	cfg := hostConfig(lab.ConfOf(janus, ""))
	cfg.SIP = true
	s, err := lab.StartSwitch(t.TempDir(), cfg)
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	eventually(t, "the server is connected", func() bool { return strings.Contains(api(t, s, "janus server demo"), "connected") })
	return s
}

func newHolder(t *testing.T, s *lab.Switch, room uint64, policy string) *holder {
	t.Helper()
	h := &holder{t: t, s: s, room: janusclient.NumberID(room), people: ask(t, janus)}
	h.listener = originate(t, s, "%s", tone("janus-room-description=hold", fmt.Sprintf("janus/demo/listener@%d", room), 1000))
	if s.Host == lab.FreeSWITCH {
		h.caller = originate(t, s, "%s", tone("sip_h_X-Hold="+policy, lab.SIPToSwitch(fmt.Sprint(room)), 440))
	} else {
		h.caller = originate(t, s, `{hold_music=tone_stream://%%(1000\,0\,%d);loops=-1}null/phone &bridge({janus-use-existing-room=true,janus-hold=%s}janus/demo/phone@%d)`,
			lab.HoldTone, policy, room)
	}
	eventually(t, "the caller is in the room", func() bool { return h.inRoom() != nil })
	eventually(t, "the switch knows that it is", func() bool {
		for line := range strings.SplitSeq(api(t, s, "janus calls"), "\n") {
			if fields := strings.Split(line, "|"); len(fields) > 3 && fields[3] == "phone" {
				h.leg = fields[0]
			}
		}
		return h.leg != ""
	})
	eventually(t, "the legs are bridged", func() bool { return strings.Contains(api(t, s, "uuid_dump %s", h.leg), "bridge_uuid") })
	return h
}

// inRoom is whether the caller is muted there; nil: not in it.
func (h *holder) inRoom() *bool {
	for _, p := range h.people.participants(h.room) {
		if p.Display == "phone" {
			return &p.Muted
		}
	}
	return nil
}

func (h *holder) muted(want bool) {
	h.t.Helper()
	eventually(h.t, fmt.Sprintf("the room sees the caller muted: %t", want), func() bool { m := h.inRoom(); return m != nil && *m == want })
}

// hold presses hold, and unhold once more; each returns when the switch knows.
func (h *holder) hold() {
	h.t.Helper()
	require.Contains(h.t, api(h.t, h.s, "uuid_hold %s", h.caller), "+OK")
	eventually(h.t, "the caller's leg is held", h.held)
}

func (h *holder) unhold() {
	h.t.Helper()
	require.Contains(h.t, api(h.t, h.s, "uuid_hold off %s", h.caller), "+OK")
	eventually(h.t, "the caller's leg is held no more", func() bool { return !h.held() })
}

// held is whether the switch counts the leg that ours is bridged to as held.
func (h *holder) held() bool {
	a := strings.TrimSpace(api(h.t, h.s, "uuid_getvar %s signal_bond", h.leg))
	return strings.Contains(api(h.t, h.s, "uuid_dump %s", a), "Channel-Call-State: HELD")
}

// speaks asserts that the room hears the caller, if the caller has a voice, and the caller the
// room, in what is recorded from now on.
func (h *holder) speaks() {
	h.t.Helper()
	if h.s.Host != lab.FreeSWITCH {
		return
	}
	sound := hearOn(h.t, h.s, 2, 48000, h.listener)[0].Cut(200*time.Millisecond, time.Second)
	require.InDelta(h.t, toneLevel, sound.Tone(440), 4, "the room hears the caller")
	require.Less(h.t, sound.Tone(lab.HoldTone), faint)
	require.InDelta(h.t, toneLevel, hearOn(h.t, h.s, 2, 8000, h.caller)[0].Cut(200*time.Millisecond, time.Second).Tone(1000), 4, "the caller hears the room")
}

// heard is how loud the room hears the hold music, in dB.
func (h *holder) heard() float64 {
	h.t.Helper()
	sound := hearOn(h.t, h.s, 2, 48000, h.listener)[0].Cut(time.Second, 2*time.Second)
	h.t.Logf("on hold: the caller %.1f dB, music %.1f dB", sound.Tone(440), sound.Tone(lab.HoldTone))
	require.Less(h.t, sound.Tone(440), faint, "a caller who holds is not heard")
	return sound.Tone(lab.HoldTone)
}

// What the room hears and sees of a caller who presses hold is as janus-hold says.
func TestHold(t *testing.T) {
	s := holdSwitch(t)
	for i, test := range []struct {
		policy       string
		muted, music bool
	}{{"", true, false}, {"mute", true, false}, {"silence", false, false}, {"music", false, true}} {
		t.Run("policy "+test.policy, func(t *testing.T) {
			h := newHolder(t, s, uint64(7310+i), test.policy)
			h.speaks()
			for range 2 {
				h.hold()
				h.muted(test.muted)
				if heard := h.heard(); test.music {
					require.InDelta(t, toneLevel, heard, 4)
				} else {
					require.Less(t, heard, faint)
				}
				h.muted(test.muted)
				h.unhold()
				h.muted(false)
				h.speaks()
			}
			hangup(t, s, h.caller, h.listener)
		})
	}
}

// Who was muted before the hold, or is unmuted during it, stays so.
func TestHoldOfTheMuted(t *testing.T) {
	s := holdSwitch(t)
	h := newHolder(t, s, 7320, "mute")
	require.Contains(t, api(t, s, "janus mute %s", h.leg), "+OK")
	h.hold()
	require.Less(t, h.heard(), faint)
	h.unhold()
	time.Sleep(300 * time.Millisecond) // nothing is to happen
	h.muted(true)
	require.Contains(t, api(t, s, "janus unmute %s", h.leg), "+OK")
	h.hold()
	h.muted(true)
	require.Contains(t, api(t, s, "janus unmute %s", h.leg), "+OK")
	require.Less(t, h.heard(), faint, "unmuted, but what is written is hold music")
	h.unhold()
	h.muted(false)
	h.speaks()
	hangup(t, s, h.caller, h.listener)
}

// A leg of ours is held and comes back, as legs of mod_sofia.
func TestHoldOfTheLeg(t *testing.T) {
	s := holdSwitch(t)
	h := newHolder(t, s, 7330, "mute")
	for range 3 {
		require.Contains(t, api(t, s, "uuid_hold %s", h.leg), "+OK")
		h.muted(true)
		require.Contains(t, api(t, s, "uuid_hold %s", h.leg), "-ERR", "held already")
		require.Contains(t, api(t, s, "uuid_hold off %s", h.leg), "+OK")
		h.muted(false)
		require.Contains(t, api(t, s, "uuid_hold off %s", h.leg), "-ERR", "not held any more")
		h.speaks()
	}
	require.Contains(t, api(t, s, "uuid_hold toggle %s", h.leg), "+OK")
	h.muted(true)
	require.Contains(t, api(t, s, "uuid_hold toggle %s", h.leg), "+OK")
	h.muted(false)
	h.speaks()
	hangup(t, s, h.caller, h.listener)
}

// Whoever is transferred while the caller holds is on hold no more.
func TestHoldAndTransfer(t *testing.T) {
	s := holdSwitch(t)
	if s.Host != lab.FreeSWITCH {
		t.Skip("minihost has neither SIP nor a dialplan")
	}
	t.Run("blind", func(t *testing.T) {
		h := newHolder(t, s, 7340, "mute")
		h.hold()
		h.muted(true)
		require.Contains(t, api(t, s, "uuid_deflect %s sip:blind@%s:5080", h.caller, lab.Address()), "+OK")
		h.muted(false)
		sound := hearOn(t, s, 2, 48000, h.listener)[0].Cut(time.Second, 2*time.Second)
		require.InDelta(t, toneLevel, sound.Tone(lab.BlindTone), 4)
		require.Less(t, sound.Tone(lab.HoldTone), faint)
		api(t, s, "hupall")
		gone(t, s)
	})
	t.Run("attended", func(t *testing.T) {
		h := newHolder(t, s, 7341, "mute")
		h.hold()
		h.muted(true)
		other := originate(t, s, "%s &park", lab.SIPToPhone(fmt.Sprintf("tone%d", lab.BlindTone)))
		api(t, s, "uuid_setvar %s hangup_after_bridge false", h.caller)
		// what a REFER with Replaces comes to
		require.Contains(t, api(t, s, "uuid_bridge %s %s", h.leg, other), "+OK")
		h.muted(false)
		sound := hearOn(t, s, 2, 48000, h.listener)[0].Cut(time.Second, 2*time.Second)
		require.InDelta(t, toneLevel, sound.Tone(lab.BlindTone), 4)
		require.Less(t, sound.Tone(lab.HoldTone), faint)
		api(t, s, "hupall")
		gone(t, s)
	})
}
