// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/test/lab"
)

// What each phone of a conversation plays, in Hz.
const (
	callerTone  = 440
	otherTone   = 1000
	partnerTone = 2000 // of whom a caller transfers the room to
)

// conversation are two phones in a room.
type conversation struct {
	t             *testing.T
	s             *lab.Switch
	room          janusclient.ID
	people        *asker
	phone         *lab.Phone // of the caller
	caller, other *lab.PhoneCall
}

func phonesConverse(t *testing.T, s *lab.Switch, room uint64) *conversation {
	t.Helper()
	c := &conversation{t: t, s: s, room: janusclient.NumberID(room), people: ask(t, janus), phone: phoneOf(t)}
	c.other = dials(t, phoneOf(t), s, fmt.Sprintf("{janus-room-description=phones}janus/demo/Other@%d", room), toneOf(t, "PCMU", otherTone, 20))
	c.caller = dials(t, c.phone, s, fmt.Sprintf("%sjanus/demo/Caller@%d", existing, room), toneOf(t, "PCMU", callerTone, 20))
	c.heard("the caller", c.other, time.Now(), callerTone)
	c.heard("the other", c.caller, time.Now(), otherTone)
	return c
}

// heard waits until a phone hears a frequency, and says how long after since it began.
func (c *conversation) heard(who string, call *lab.PhoneCall, since time.Time, frequency float64) (after time.Duration) {
	c.t.Helper()
	eventually(c.t, fmt.Sprintf("%s is heard", who), func() bool {
		at, yes := call.Heard(since, time.Now()).Sound().Onset(frequency, toneLevel)
		after = at
		return yes
	})
	return after
}

// muted waits until the room sees the caller's leg muted, or not.
func (c *conversation) muted(want bool) {
	c.t.Helper()
	eventually(c.t, fmt.Sprintf("the room sees the caller muted: %t", want), func() bool {
		for _, p := range c.people.participants(c.room) {
			if p.Display == "Caller" {
				return p.Muted == want
			}
		}
		return false
	})
}

// noMusic asserts that the other has heard no hold music since a time.
func (c *conversation) noMusic(t testingT, since time.Time) {
	t.Helper()
	sound := c.other.Heard(since, time.Now()).Sound()
	for at := time.Duration(0); at+100*time.Millisecond <= sound.Duration(); at += 100 * time.Millisecond {
		part := sound.Cut(at, at+100*time.Millisecond)
		require.Less(t, part.Tone(lab.HoldTone), -35.0, "hold music %v after the hold, of %v", at, sound.Duration())
	}
}

// A phone presses its hold button and takes the call back: the room hears nothing of it meanwhile,
// and both hear each other soon after.
func TestPhoneHolds(t *testing.T) {
	s := sipSwitch(t, lab.ConfOf(janus, ""), nil)
	c := phonesConverse(t, s, 9760)
	thrice(t, func(try testingT) {
		held := time.Now()
		require.NoError(try, c.caller.Hold(soon(t)))
		c.muted(true)
		quiet := c.other.Listen(1500 * time.Millisecond).Sound()
		quiet = quiet.Cut(quiet.Duration()/3, quiet.Duration())
		require.Less(try, quiet.Tone(callerTone), unheard, "a caller who holds is heard")
		require.Less(try, quiet.Tone(lab.HoldTone), unheard, "the hold music is heard")
		back := time.Now()
		require.NoError(try, c.caller.Unhold(soon(t)))
		answered := time.Now()
		c.muted(false)
		to, from := c.heard("the caller", c.other, answered, callerTone), c.heard("the other", c.caller, answered, otherTone)
		try.Logf("the re-INVITE took %v; after it the room heard the caller within %v, the caller the room within %v", answered.Sub(back), to, from)
		c.noMusic(try, held)
		require.LessOrEqual(try, to, time.Second)
		require.LessOrEqual(try, from, time.Second)
	})
	require.NoError(t, c.caller.Hangup(soon(t)))
	require.NoError(t, c.other.Hangup(soon(t)))
	gone(t, s)
}

// A caller transfers the room to another phone, blind and attended, from on hold or not: the room
// goes on with the new partner and hears no music; the caller is out.
func TestPhoneTransfers(t *testing.T) {
	s := sipSwitch(t, lab.ConfOf(janus, ""), nil)
	for i, tc := range []struct{ attended, hold bool }{{false, false}, {false, true}, {true, false}, {true, true}} {
		t.Run(fmt.Sprintf("attended %t, on hold %t", tc.attended, tc.hold), func(t *testing.T) {
			c := phonesConverse(t, s, uint64(9770+i)) // #nosec G115 -- positive
			third := phoneOf(t)
			third.Answer(lab.PhoneConfig{Sends: toneOf(t, "PCMU", partnerTone, 20)})
			to := lab.SIPURI(fmt.Sprintf("phone-%d", third.Address.Port()))
			began := time.Now()
			if tc.hold {
				require.NoError(t, c.caller.Hold(soon(t)))
				c.muted(true)
			}
			if tc.attended {
				second, err := c.phone.Dial(soon(t), to, lab.PhoneConfig{Sends: toneOf(t, "PCMU", callerTone, 20)})
				require.NoError(t, err)
				require.NoError(t, c.caller.TransferTo(soon(t), second))
			} else {
				require.NoError(t, c.caller.Transfer(soon(t), to))
			}
			at := time.Now()
			partner, err := third.Arrived(soon(t))
			require.NoError(t, err)
			heard, hears := c.heard("the partner", c.other, at, partnerTone), c.heard("the room", partner, at, otherTone)
			t.Logf("the room hears the partner after %v, the partner the room after %v", heard, hears)
			c.muted(false)
			thrice(t, func(try testingT) {
				requireOnly(try, c.other.Listen(2*time.Second).Sound(), partnerTone, callerTone)
				requireOnly(try, partner.Listen(2*time.Second).Sound(), otherTone, partnerTone)
			})
			c.noMusic(t, began)
			eventually(t, "the caller is out", func() bool {
				select {
				case <-c.caller.Ended():
					return true
				default:
					return false
				}
			})
			require.NoError(t, partner.Hangup(soon(t)))
			require.NoError(t, c.other.Hangup(soon(t)))
			gone(t, s)
		})
	}
}
