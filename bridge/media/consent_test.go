// SPDX-License-Identifier: MPL-2.0

package media

import (
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/stun/v4"
	"github.com/stretchr/testify/require"
)

// farPath is the other end of a wire's path.
type farPath struct {
	*wire
	states []pathState
}

func newFarPath(t *testing.T) *farPath {
	return &farPath{wire: newWire(t, profiles["AES-GCM"])}
}

// comes returns what the leg has sent of STUN.
func (f *farPath) comes() (messages []*stun.Message) {
	for n := f.got.receive(f.far.fd); n > 0; n = f.got.receive(f.far.fd) {
		for i := range n {
			if classify(f.got.packet(i)) != packetSTUN {
				continue
			}
			m := &stun.Message{Raw: append([]byte(nil), f.got.packet(i)...)}
			require.NoError(f.tb, m.Decode())
			messages = append(messages, m)
		}
	}
	return messages
}

func (f *farPath) say(setters ...stun.Setter) {
	m, err := stun.Build(setters...)
	require.NoError(f.tb, err)
	require.True(f.tb, f.far.send(m.Raw))
}

// serveFor lets time pass, in ticks, and notes the states that the path takes.
func (f *farPath) serveFor(d time.Duration) {
	for end := f.now.Add(d); f.now.Before(end); f.now = f.now.Add(tick) {
		if state := f.path.keep(f.now); state != pathSame {
			f.states = append(f.states, state)
		}
	}
}

var (
	ofNear = stun.NewShortTermIntegrity("near's password")
	ofFar  = stun.NewShortTermIntegrity("far's password")
)

// A check is answered with the address that it came from; one without the password, or for another
// ICE session, is not answered.
func TestChecksAreAnswered(t *testing.T) {
	f := newFarPath(t)
	request := func(username string, integrity stun.Setter) {
		f.say(stun.TransactionID, stun.BindingRequest, stun.NewUsername(username), ice.AttrControlled(1), integrity, stun.Fingerprint)
		serve(f.leg, f.lp, f.now)
	}
	for _, wrong := range []string{"near", "far:near", "near:farther", ""} {
		request(wrong, ofNear)
		require.Empty(t, f.comes(), wrong)
	}
	request("near:far", ofFar)
	require.Empty(t, f.comes(), "the wrong password")

	request("near:far", ofNear)
	answers := f.comes()
	require.Len(t, answers, 1)
	require.Equal(t, stun.BindingSuccess, answers[0].Type)
	require.NoError(t, ofNear.Check(answers[0]))
	require.NoError(t, stun.Fingerprint.Check(answers[0]))
	var mapped stun.XORMappedAddress
	require.NoError(t, mapped.GetFrom(answers[0]))
	require.Equal(t, int(f.far.local.Port()), mapped.Port)
}

// Consent is asked for each few seconds. Without an answer the path is dead after
// DisconnectedTimeout, and alive again with one; without one for 30 s nothing may be sent.
func TestConsentChecks(t *testing.T) {
	f := newFarPath(t)
	f.path.next = f.now
	f.serveFor(time.Second)
	asked := f.comes()
	require.NotEmpty(t, asked)
	check := asked[0]
	require.Equal(t, stun.BindingRequest, check.Type)
	var username stun.Username
	require.NoError(t, username.GetFrom(check))
	require.Equal(t, "far:near", username.String())
	require.NoError(t, ofFar.Check(check))
	require.NoError(t, stun.Fingerprint.Check(check))
	var role ice.AttrControlling
	require.NoError(t, role.GetFrom(check))

	answer := func(check *stun.Message, integrity stun.Setter) pathState {
		m, err := stun.Build(check, stun.BindingSuccess, integrity, stun.Fingerprint)
		require.NoError(t, err)
		return f.path.takeSTUN(m.Raw, f.now)
	}
	require.Equal(t, pathSame, answer(check, ofFar))
	for range 3600 { // an hour with an answer each time
		f.serveFor(time.Second)
		for _, check := range f.comes() {
			require.Equal(t, pathSame, answer(check, ofFar))
		}
	}
	require.Empty(t, f.states)

	f.comes()
	f.serveFor(f.leg.cfg.DisconnectedTimeout + 2*consentRetry)
	require.Equal(t, []pathState{pathDead}, f.states)
	asked = f.comes()
	require.GreaterOrEqual(t, len(asked), 4, "asked more often when there is no answer")
	last := asked[len(asked)-1]
	require.Equal(t, pathSame, answer(last, ofNear), "the wrong password")
	require.Equal(t, pathSame, answer(check, ofFar), "an answer of long ago")
	require.Equal(t, pathAlive, answer(last, ofFar))
	require.Equal(t, pathSame, answer(last, ofFar), "the same one again")

	f.states = nil
	f.serveFor(consentExpiry + time.Minute)
	require.Equal(t, []pathState{pathDead, pathExpired}, f.states)
	f.comes()
	f.serveFor(time.Minute)
	require.Empty(t, f.comes(), "consent is not asked for any more")
}
