// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/admin"
	"mod_janus/test/lab"
)

// Phones that call all at once, beside Janus legs, find ports in a range that is hardly larger than
// it must be. MOD_JANUS_PHONE_ROUNDS says how often.
func TestPhonesBesideJanusLegs(t *testing.T) {
	const janusLegs, calls = 12, 15
	s := sipSwitch(t, lab.ConfOf(janus, ""), func(cfg *lab.SwitchConfig) { cfg.FirstPort, cfg.LastPort = 21000, 21059 })
	rounds, err := strconv.Atoi(env("MOD_JANUS_PHONE_ROUNDS", "3"))
	require.NoError(t, err)
	phone := phoneOf(t)
	for range rounds {
		legs(t, s, janusLegs)
		failed := make([]error, calls)
		var dialing sync.WaitGroup
		for i := range calls {
			dialing.Go(func() {
				_, failed[i] = phone.Dial(soon(t), lab.SIPURI("park"), lab.PhoneConfig{Sends: lab.PhoneMedia{Codec: "PCMU"}})
			})
		}
		dialing.Wait()
		for _, err := range failed {
			require.NoError(t, err)
		}
		api(t, s, "hupall")
		gone(t, s)
	}
	require.NotContains(t, s.Log(), "Bind Error")
}

// bypass_media on an answered A-leg leaves the media where it is.
func TestPhoneWithBypassMedia(t *testing.T) {
	s := sipSwitch(t, lab.ConfOf(janus, ""), nil)
	other := originate(t, s, "%s", tone("janus-room-description=phones", "janus/demo/Other@9780", otherTone))
	call, err := phoneOf(t).Dial(soon(t), lab.SIPURI("bypass"), lab.PhoneConfig{
		Sends: toneOf(t, "PCMU", callerTone, 20), Headers: map[string]string{"X-Bridge": existing + "janus/demo/Phone@9780"},
	})
	require.NoError(t, err)
	janusLeg(t, s, "9780")
	thrice(t, func(try testingT) { requireOnly(try, call.Listen(3*time.Second).Sound(), otherTone, callerTone) })
	thrice(t, func(try testingT) { requireOnly(try, hearOn(t, s, 3, 48000, other)[0], callerTone, otherTone) })
	require.NoError(t, call.Hangup(soon(t)))
	hangup(t, s, other)
}

// The room sees the name that a phone shows, but not where the dialplan or the phone itself hides
// it; Janus names the handle by the phone's Call-ID.
func TestPhoneNameAndCallID(t *testing.T) {
	s := sipSwitch(t, lab.ConfOf(janus, ""), nil)
	a, client := ask(t, janus), adminOf(t, janus)
	for i, tc := range []struct {
		extension, privacy, want string
	}{{"bridge", "", "Smith, John"}, {"private", "", ""}, {"bridge", "id", ""}} {
		room := uint64(9790 + i) // #nosec G115 -- positive
		headers := map[string]string{"X-Bridge": fmt.Sprintf("{janus-room-description=phones}janus/demo/@%d", room)}
		if tc.privacy != "" {
			headers["Privacy"] = tc.privacy
			headers["P-Asserted-Identity"] = `"Smith, John" <sip:phone@` + lab.PhoneAddress() + `>`
		}
		call, err := phoneOf(t).Dial(soon(t), lab.SIPURI(tc.extension), lab.PhoneConfig{Name: "Smith, John", Sends: lab.PhoneMedia{Codec: "PCMU"}, Headers: headers})
		require.NoError(t, err)
		eventually(t, "the phone is in the room", func() bool { return len(a.participants(janusclient.NumberID(room))) == 1 })
		require.Equal(t, tc.want, a.participants(janusclient.NumberID(room))[0].Display, "privacy %q, extension %s", tc.privacy, tc.extension)
		leg := janusLeg(t, s, fmt.Sprint(room))
		var place admin.Handle
		for name, to := range map[string]*uint64{"janus_session_id": &place.Session, "janus_handle_id": &place.ID} {
			*to, err = strconv.ParseUint(api(t, s, "uuid_getvar %s %s", leg, name), 10, 64)
			require.NoError(t, err)
		}
		info, err := client.HandleInfo(t.Context(), place)
		require.NoError(t, err)
		require.Equal(t, call.ID(), info.OpaqueID)
		require.NoError(t, call.Hangup(soon(t)))
		gone(t, s)
	}
}
