// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"

	"mod_janus/bridge/call"
	"mod_janus/bridge/host"
	"mod_janus/bridge/host/hosttest"
	"mod_janus/bridge/media"
	"mod_janus/janusclient"
	"mod_janus/janusclient/janustest"
)

// peers answers offers as Janus would, with a PeerConnection for each.
type peers struct {
	mu    sync.Mutex
	conns []*webrtc.PeerConnection
	v6    bool                              // they have IPv6 alone
	known map[string]*webrtc.PeerConnection // by the session id of the offer
}

// answer is a janustest Answer hook.
func (p *peers) answer(offer string) (string, error) {
	_, id, _ := strings.Cut(offer, "o=")
	id = strings.Join(strings.Fields(id)[:2], " ")
	p.mu.Lock()
	conn := p.known[id]
	p.mu.Unlock()
	if conn == nil {
		var err error
		if conn, err = p.connect(); err != nil {
			return "", err
		}
		p.mu.Lock()
		p.conns = append(p.conns, conn)
		if p.known == nil {
			p.known = map[string]*webrtc.PeerConnection{}
		}
		p.known[id] = conn
		p.mu.Unlock()
	}
	return negotiate(conn, offer)
}

func (p *peers) connect() (*webrtc.PeerConnection, error) {
	var settings webrtc.SettingEngine
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	if p.v6 {
		settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP6})
	}
	return webrtc.NewAPI(webrtc.WithSettingEngine(settings)).NewPeerConnection(webrtc.Configuration{})
}

func negotiate(conn *webrtc.PeerConnection, offer string) (string, error) {
	if err := conn.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return "", err
	}
	answer, err := conn.CreateAnswer(nil)
	if err != nil {
		return "", err
	}
	gathered := webrtc.GatheringCompletePromise(conn)
	if err := conn.SetLocalDescription(answer); err != nil {
		return "", err
	}
	<-gathered
	return conn.LocalDescription().SDP, nil
}

func (p *peers) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range p.conns {
		_ = conn.GracefulClose()
	}
}

// openedLeg is a leg of media, the rings that it serves, and how its call is told of its state.
type openedLeg struct {
	*media.Leg
	rings   *media.Rings
	becomes func(media.State, error)
}

// lab is an engine between a fake switch and a fake Janus.
type lab struct {
	t      *testing.T
	janus  *janustest.Server
	host   *hosttest.Host
	engine *Engine
	peers  *peers
	freed  atomic.Int32 // rings released
	legs   []openedLeg  // of media, in the order in which calls have opened them
	next   int
}

// overWebSocket: the same tests run over both transports; JANUS_TRANSPORT=ws
// chooses.
func overWebSocket() bool { return os.Getenv("JANUS_TRANSPORT") == "ws" }

// newLab starts the three; params are added to the server demo.
func newLab(t *testing.T, params string, options ...janustest.Option) *lab {
	t.Helper()
	if overWebSocket() {
		options = append(options, janustest.WithWebSocket(), janustest.WithReclaim(time.Minute))
		params += `<param name="ping-interval" value="1"/>`
	}
	server := janustest.NewServer(append(options, janustest.WithRoom("1234"), janustest.WithAutoWebRTCUp())...)
	return startLab(t, server, server.Close, params)
}

// newAudioRoomLab is newLab with janus.plugin.cm.audioroom, without any room.
func newAudioRoomLab(t *testing.T) (*lab, *janustest.AudioRoomServer) {
	t.Helper()
	params, options := `<param name="plugin" value="janus.plugin.cm.audioroom"/>`, []janustest.Option{janustest.WithAutoWebRTCUp()}
	if overWebSocket() {
		options = append(options, janustest.WithWebSocket())
	}
	server := janustest.NewAudioRoomServer(options...)
	return startLab(t, server.Server, server.Close, params), server
}

// unhurried is for a busy machine, where an answer takes its time.
const unhurried = `<param name="cmd-timeout" value="30000"/>`

func startLab(t *testing.T, server *janustest.Server, end func(), params string) *lab {
	t.Helper()
	if !strings.Contains(params, "cmd-timeout") {
		params += unhurried
	}
	l := &lab{t: t, janus: server, peers: &peers{}}
	l.janus.Answer = l.peers.answer
	l.host = hosttest.New(fmt.Sprintf(`<configuration><server name="demo"><param name="url" value="%s"/>
		<param name="enabled" value="true"/><param name="rtp-ip" value="127.0.0.1"/>%s</server></configuration>`, l.janus.URL, params))
	l.host.Marked = func(uuid string) { l.leg(uuid).Message(host.MessageMedia) }
	engine, err := Start(l.host)
	require.NoError(t, err)
	l.engine = engine
	open := engine.callEnv.NewLeg
	engine.callEnv.NewLeg = func(ctx context.Context, cfg media.LegConfig) (*media.Leg, error) {
		leg, err := open(ctx, cfg)
		l.host.Mu.Lock()
		defer l.host.Mu.Unlock()
		l.legs = append(l.legs, openedLeg{leg, cfg.Rings, cfg.OnState})
		return leg, err
	}
	t.Cleanup(func() {
		limit := hosttest.Patience
		if t.Failed() { // who would have freed the legs may be gone
			limit = time.Second
		}
		require.Zero(t, l.engine.Stop(limit), "legs left over")
		require.Zero(t, l.host.PortsOut(), "RTP ports left over")
		l.peers.close()
		end()
	})
	return l
}

// withoutMedia is for many calls: the peers of their media would cost more than what is tested.
func (l *lab) withoutMedia() { l.janus.Answer = janustest.CannedAnswer }

// call dials and runs a call; uuid is its session.
func (l *lab) call(destination string, vars map[string]string) (c *call.Call, uuid string) {
	l.t.Helper()
	c, cause := l.engine.Dial(&call.Request{
		Destination: destination, Rings: media.NewRings(), Release: func() { l.freed.Add(1) },
	})
	require.Equal(l.t, host.CauseNone, cause)
	l.next++
	uuid = fmt.Sprintf("leg-%d", l.next)
	l.host.Session(uuid, vars)
	c.Run(uuid)
	return c, uuid
}

// session is the session of the server demo.
func (l *lab) session() *janusclient.Session {
	l.t.Helper()
	session, err := l.engine.server("demo").Connection.Await(l.t.Context())
	require.NoError(l.t, err)
	return session
}

// leg is the call of a session.
func (l *lab) leg(uuid string) *call.Call {
	calls := l.engine.snapshot()
	return calls[slices.IndexFunc(calls, func(c *call.Call) bool { return c.UUID() == uuid })]
}

// attached is how many handles Janus was asked for.
func (l *lab) attached() (n int) {
	for _, r := range l.janus.Requests() {
		if r.Janus == "attach" {
			n++
		}
	}
	return n
}

// up waits until the call is answered.
func (l *lab) up(uuid string) {
	l.t.Helper()
	l.host.Wait(l.t, "answer of "+uuid, func() bool {
		return strings.Contains(strings.Join(l.host.Sessions[uuid].Progress, ","), "answer")
	})
}

// down waits until the engine has hung the session up and returns the cause.
func (l *lab) down(uuid string) (cause host.Cause, reason string) {
	l.t.Helper()
	l.host.Wait(l.t, "hangup of "+uuid, func() bool {
		s := l.host.Sessions[uuid]
		cause, reason = s.Cause, s.Vars[host.VarHangupReason]
		return s.Down
	})
	return cause, reason
}

// end does what the switch does at the end of a session.
func (l *lab) end(c *call.Call, cause host.Cause) {
	c.Hangup(cause)
	c.Free()
}

// eventually waits for a condition that nothing announces.
func (l *lab) eventually(what string, met func() bool) {
	l.t.Helper()
	require.Eventually(l.t, met, hosttest.Patience, 5*time.Millisecond, what)
}

// clean waits until nothing is left of any call.
func (l *lab) clean(calls int) {
	l.t.Helper()
	l.eventually("handles gone", func() bool { return l.janus.Handles() == 0 })
	l.eventually("rings released", func() bool { return int(l.freed.Load()) == calls })
	require.Contains(l.t, l.engine.Command("status"), fmt.Sprintf("\n%d|0|", calls))
}
