// SPDX-License-Identifier: MPL-2.0

package janusclient_test

import (
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/admin"
	"mod_janus/janusclient/janustest"
)

// front is another address of a fake Janus, which can die and come back.
type front struct {
	t      *testing.T
	janus  string // host and port
	at     string // host and port of the front
	path   string
	scheme string

	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]bool
	mute     bool // connections are taken, and nothing comes of them
	work     sync.WaitGroup
}

// newFront makes an address that speaks the API of over.
func newFront(t *testing.T, over transport, server *janustest.Server) *front {
	t.Helper()
	u, err := url.Parse(server.REST)
	require.NoError(t, err)
	f := &front{t: t, janus: u.Host, scheme: "http", path: "/janus", conns: map[net.Conn]bool{}}
	if over == overWS {
		f.scheme, f.path = "ws", "/"
	}
	f.listen("127.0.0.1:0")
	f.at = f.listener.Addr().String()
	t.Cleanup(f.die)
	return f
}

// URL is the front's; user and password are not looked at.
func (f *front) URL() string { return f.scheme + "://me:geheim@" + f.at + f.path }

func (f *front) listen(at string) {
	var err error
	f.listener, err = net.Listen("tcp", at)
	require.NoError(f.t, err)
	listener := f.listener
	f.work.Go(func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			if out, err := net.Dial("tcp", f.janus); err == nil && f.keep(listener, in, out) {
				f.work.Go(func() { f.copy(out, in) })
				f.work.Go(func() { f.copy(in, out) })
			}
		}
	})
}

func (f *front) keep(of net.Listener, conns ...net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, conn := range conns {
		if f.listener != of {
			_ = conn.Close()
			continue
		}
		f.conns[conn] = true
	}
	return f.listener == of
}

func (f *front) copy(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	_, _ = io.Copy(deafWriter{f, to}, from)
}

// deafWriter loses what is written while the front is mute.
type deafWriter struct {
	front *front
	to    net.Conn
}

func (w deafWriter) Write(b []byte) (int, error) {
	w.front.mu.Lock()
	mute := w.front.mute
	w.front.mu.Unlock()
	if mute {
		return len(b), nil
	}
	return w.to.Write(b)
}

// die refuses connections from now on, and ends those that there are.
func (f *front) die() {
	f.mu.Lock()
	if f.listener != nil {
		_ = f.listener.Close()
	}
	f.listener = nil
	for conn := range f.conns {
		_ = conn.Close()
	}
	clear(f.conns)
	f.mu.Unlock()
	f.work.Wait()
}

// vanish is the death of a host: nothing is refused, and nothing answered.
func (f *front) vanish() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mute = true
}

func (f *front) revive() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.listen(f.at)
}

// fallingBack is a client of several addresses.
func fallingBack(c *janusclient.Config, fronts ...*front) {
	c.URL, c.Fallbacks = fronts[0].URL(), nil
	for _, f := range fronts[1:] {
		c.Fallbacks = append(c.Fallbacks, f.URL())
	}
}

// newMixed makes a fake Janus with addresses of these kinds, and a rig that knows them all.
func newMixed(t *testing.T, change func(*janusclient.Config), kinds ...transport) (*rig, []*front) {
	t.Helper()
	var fronts []*front
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
		dead.die()
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
		one.die()
		two.die()
		client := newClient(t, server, func(c *janusclient.Config) { fallingBack(c, one, two) })
		_, err := client.Create(t.Context(), janusclient.SessionOptions{})
		require.ErrorContains(t, err, "none of 2 addresses can be used")
		require.ErrorContains(t, err, one.at)
		require.ErrorContains(t, err, two.at)
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
				fronts[(turn+1)%2].revived()
				fronts[turn%2].die()
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

// revived says in a test that the address is there.
func (f *front) revived() {
	f.mu.Lock()
	defer f.mu.Unlock()
	assert.NotNil(f.t, f.listener)
}

// The host of the session's address vanishes: a poll shows that much later, and a
// request that is not answered has the other addresses tried.
func TestHostOfAnAddressVanishes(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, over transport) {
		t.Parallel()
		r, fronts := newMixed(t, quick, over, over)
		fronts[0].vanish()
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
		first.die()
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
		first.die()
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
