// SPDX-License-Identifier: MPL-2.0

package janusclient_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/admin"
	"mod_janus/janusclient/janustest"
)

// newFront makes another address of a fake Janus, which speaks the API of over.
func newFront(t *testing.T, over transport, server *janustest.Server) front {
	t.Helper()
	address, err := server.NewAddress(over == overWS)
	require.NoError(t, err)
	t.Cleanup(address.Die)
	return front{t, address}
}

// front is an address in a test.
type front struct {
	t *testing.T
	*janustest.Address
}

// URL is that of the address, with a password.
func (f front) URL() string { return strings.Replace(f.Address.URL(), "://", "://me:geheim@", 1) }

func (f front) revive() {
	f.t.Helper()
	require.NoError(f.t, f.Revive())
}

// fallingBack is a client of several addresses.
func fallingBack(c *janusclient.Config, fronts ...front) {
	c.URL, c.Fallbacks = fronts[0].URL(), nil
	for _, f := range fronts[1:] {
		c.Fallbacks = append(c.Fallbacks, f.URL())
	}
}

// newMixed makes a fake Janus with addresses of these kinds, and a rig that knows them all.
func newMixed(t *testing.T, change func(*janusclient.Config), kinds ...transport) (*rig, []front) {
	t.Helper()
	var fronts []front
	// The server must be there before the rig's client, and be the rig's.
	server := overHTTP.server(t, janustest.WithReclaim(time.Minute), janustest.WithRoom("1234"))
	for _, kind := range kinds {
		fronts = append(fronts, newFront(t, kind, server))
	}
	r := rigOn(t, server, func(c *janusclient.Config) {
		fallingBack(c, fronts...)
		if change != nil {
			change(c)
		}
	})
	return r, fronts
}

func TestFirstAddressIsDead(t *testing.T) {
	overBoth(t, func(t *testing.T, over transport) {
		server := over.server(t)
		dead, good := newFront(t, over, server), newFront(t, over, server)
		dead.Die()
		client := newClient(t, server, func(c *janusclient.Config) { fallingBack(c, dead, good) })
		session, err := client.Create(t.Context(), janusclient.SessionOptions{})
		require.NoError(t, err)
		require.Equal(t, good.URL(), client.URL())
		info, err := client.Info(t.Context())
		require.NoError(t, err)
		require.Equal(t, janusclient.DefaultServerName, info.ServerName)
		require.NoError(t, session.Destroy(t.Context()))
		require.Zero(t, server.Sessions())
	})
}

func TestAllAddressesAreDead(t *testing.T) {
	overBoth(t, func(t *testing.T, over transport) {
		server := over.server(t)
		one, two := newFront(t, over, server), newFront(t, over, server)
		one.Die()
		two.Die()
		client := newClient(t, server, func(c *janusclient.Config) { fallingBack(c, one, two) })
		_, err := client.Create(t.Context(), janusclient.SessionOptions{})
		require.ErrorContains(t, err, "none of 2 addresses can be used")
		require.ErrorContains(t, err, one.Host())
		require.ErrorContains(t, err, two.Host())
		require.NotContains(t, err.Error(), "geheim")
		var fault *janusclient.TransportError
		require.ErrorAs(t, err, &fault)
		one.revive()
		session, err := client.Create(t.Context(), janusclient.SessionOptions{})
		require.NoError(t, err, "round again")
		require.Equal(t, one.URL(), client.URL())
		require.NoError(t, session.Destroy(t.Context()))
	})
}

// An address whose Janus takes no new sessions is passed over, as one that is dead.
func TestAddressThatIsDrained(t *testing.T) {
	drained, good := overHTTP.server(t), overWS.server(t)
	operator, err := admin.New(admin.Config{URL: drained.Admin})
	require.NoError(t, err)
	t.Cleanup(operator.Close)
	_, err = operator.AcceptNewSessions(t.Context(), false)
	require.NoError(t, err)
	client := newClient(t, good, func(c *janusclient.Config) { c.URL, c.Fallbacks = drained.URL, []string{good.URL} })
	session, err := client.Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err)
	require.Equal(t, 1, good.Sessions())
	require.NoError(t, session.Destroy(t.Context()))
}

// The session's address dies: it goes on by another address of the same Janus, of
// either API, with its handles, and what is sent meanwhile.
func TestSessionMovesToAnotherAddress(t *testing.T) {
	for _, kinds := range [][2]transport{{overHTTP, overHTTP}, {overHTTP, overWS}, {overWS, overHTTP}, {overWS, overWS}} {
		t.Run(string(kinds[0]+" to "+kinds[1]), func(t *testing.T) {
			r, fronts := newMixed(t, nil, kinds[:]...)
			_, err := r.message(t, joinRequest)
			require.NoError(t, err)
			for turn := range 3 { // there, back, and there again
				fronts[turn%2].Die()
				reply, err := r.message(t, body{"request": "configure", "muted": turn%2 == 0})
				require.NoError(t, err, "turn %d", turn)
				require.Equal(t, plugin, reply.Plugin)
				eventually(t, "the other address", func() bool { return r.client.URL() == fronts[(turn+1)%2].URL() })
				r.push(turn)
				require.Equal(t, turn, number(t, r.next(t)))
				fronts[turn%2].revive()
			}
			require.NoError(t, r.session.Err())
			require.Equal(t, 1, r.server.Sessions())
			up, fault := r.states.get()
			require.Equal(t, []bool{false, true}, up[:2])
			require.Error(t, fault)
			require.NotContains(t, fault.Error(), "geheim")
		})
	}
}

// The host of the session's address vanishes: a poll shows that much later, and a
// request that is not answered has the other addresses tried.
func TestHostOfAnAddressVanishes(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, over transport) {
		t.Parallel()
		r, fronts := newMixed(t, quick, over, over)
		fronts[0].Vanish()
		_ = r.session.KeepAlive(t.Context())
		eventually(t, "the other address", func() bool { return r.client.URL() == fronts[1].URL() })
		_, err := r.message(t, joinRequest)
		require.NoError(t, err)
		require.NoError(t, r.session.Err())
	})
}

// The other address is that of another Janus: after a while it is taken, with a new session.
func TestFallbackIsAnotherJanus(t *testing.T) {
	overBoth(t, func(t *testing.T, over transport) {
		one, two := over.server(t), over.server(t)
		first, second := newFront(t, over, one), newFront(t, over, two)
		states := &states{}
		client := newClient(t, one, func(c *janusclient.Config) {
			fallingBack(c, first, second)
			c.FallbackAfter = 300 * time.Millisecond
		})
		session, err := client.Create(t.Context(), janusclient.SessionOptions{OnState: states.set})
		require.NoError(t, err)
		require.Equal(t, 1, one.Sessions())
		died := time.Now()
		first.Die()
		select {
		case <-session.Done():
		case <-time.After(30 * time.Second):
			require.FailNow(t, "the session is not given up")
		}
		require.GreaterOrEqual(t, time.Since(died), 300*time.Millisecond)
		require.ErrorIs(t, session.Err(), janusclient.ErrSessionLost)
		require.ErrorContains(t, session.Err(), "another Janus")
		require.NotContains(t, session.Err().Error(), "geheim")
		first.revive() // it has failed a moment ago, and is tried last
		session, err = client.Create(t.Context(), janusclient.SessionOptions{})
		require.NoError(t, err)
		require.Equal(t, second.URL(), client.URL())
		require.Equal(t, 1, two.Sessions())
		require.NoError(t, session.Destroy(t.Context()))
	})
}

// A break that is shorter than FallbackAfter takes no session to another Janus.
func TestBriefBreakStays(t *testing.T) {
	overBoth(t, func(t *testing.T, over transport) {
		one, two := over.server(t), over.server(t)
		first, second := newFront(t, over, one), newFront(t, over, two)
		states := &states{}
		client := newClient(t, one, func(c *janusclient.Config) {
			fallingBack(c, first, second)
			c.FallbackAfter = time.Minute
		})
		session, err := client.Create(t.Context(), janusclient.SessionOptions{OnState: states.set})
		require.NoError(t, err)
		first.Die()
		eventually(t, "the other Janus is asked", func() bool {
			for _, request := range two.Requests() {
				if request.Janus == "keepalive" || request.Janus == "claim" {
					return true
				}
			}
			return false
		})
		first.revive()
		eventually(t, "up again", func() bool { up, _ := states.get(); return len(up) > 0 && up[len(up)-1] })
		require.NoError(t, session.KeepAlive(t.Context()))
		require.Equal(t, first.URL(), client.URL())
		require.NoError(t, session.Destroy(t.Context()))
		require.Zero(t, one.Sessions())
	})
}

func TestBadFallback(t *testing.T) {
	_, err := janusclient.New(janusclient.Config{URL: "http://host/janus", Fallbacks: []string{"ftp://me:geheim@host/"}})
	require.ErrorContains(t, err, "address 2")
	require.ErrorContains(t, err, "ftp")
	require.False(t, strings.Contains(err.Error(), "geheim"))
}
