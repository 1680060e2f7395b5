// SPDX-License-Identifier: MPL-2.0

package media

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
)

// Leg is the media of one call: offer, answer, ICE, DTLS, then RTP both ways
// between a Janus and the rings. Its methods may be called from any goroutine.
type Leg struct {
	engine  *Engine
	cfg     LegConfig
	log     hclog.Logger
	sockets []*socket
	agent   *ice.Agent
	dtls    *packetQueue // to DTLS
	states  notifier
	session uint64 // of the SDP's o= line
	ctx     context.Context
	cancel  context.CancelFunc
	work    sync.WaitGroup // the leg's goroutines

	mu       sync.Mutex
	answered bool
	closed   bool
	up       bool // the loop serves the leg
	early    []ice.Candidate
	remote   description
	conn     *dtls.Conn
	loop     *loop

	serving sync.Mutex // held while the loop serves the leg
	stream  *stream    // nil until DTLS is up; guarded by serving
	ended   bool       // guarded by serving
	resync  atomic.Bool
	peer    atomic.Pointer[netip.AddrPort] // of the selected pair
	relay   atomic.Pointer[relayPath]      // nil where the pair is a socket's
	counts  counters
}

// NewLeg binds the leg's sockets and gathers its candidates. With ICEServers
// that asks the network, for gatherLimit at most, or until ctx ends.
func (e *Engine) NewLeg(ctx context.Context, cfg LegConfig) (*Leg, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	l := &Leg{engine: e, cfg: cfg, log: cfg.Logger, session: newSessionID()}
	l.states = notifier{call: cfg.OnState, busy: &e.busy}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.dtls = newPacketQueue(netip.AddrPort{}, l.writeDTLS)
	if err := e.adopt(l); err != nil {
		return nil, err
	}
	if err := l.open(ctx); err != nil {
		_ = l.Close()
		return nil, err
	}
	return l, nil
}

func (l *Leg) open(ctx context.Context) error {
	for _, addr := range l.cfg.LocalAddrs {
		s, err := bindSocket(addr, l.cfg.PortMin, l.cfg.PortMax)
		if err != nil {
			return err
		}
		l.sockets = append(l.sockets, s)
		if err := s.startReader(l.dtls); err != nil {
			return err
		}
	}
	agent, err := l.newAgent(ctx)
	if err != nil {
		return err
	}
	l.agent = agent
	if err := agent.OnConnectionStateChange(l.onICE); err != nil {
		return fmt.Errorf("ICE agent: %w", err)
	}
	return nil
}

// onICE hears of the agent's state: a connection that was up and whose consent
// has expired (RFC 7675) is lost. While connecting, connect reports.
func (l *Leg) onICE(state ice.ConnectionState) {
	l.mu.Lock()
	up := l.up && !l.closed
	l.mu.Unlock()
	if up && state == ice.ConnectionStateFailed {
		l.states.tell(StateFailed, ErrICEFailed)
	}
}

// Answer takes the SDP answer: it is checked and the codec is chosen at once,
// ICE and DTLS follow in the background, as OnState reports.
func (l *Leg) Answer(sdp string) (Codec, error) {
	remote, err := parseAnswer(sdp, l.cfg.Codecs)
	if err != nil {
		return Codec{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return Codec{}, ErrClosed
	case l.answered:
		return Codec{}, fmt.Errorf("%w: answered twice", ErrState)
	}
	for _, line := range remote.candidates {
		candidate, err := l.parseCandidate(line)
		if err != nil {
			l.log.Debug("candidate of the answer is not used", "error", err)
			continue
		}
		if candidate != nil {
			l.early = append(l.early, candidate)
		}
	}
	l.answered, l.remote = true, remote
	for _, candidate := range l.early {
		if err := l.agent.AddRemoteCandidate(candidate); err != nil {
			l.log.Debug("candidate is not used", "error", err)
		}
	}
	l.early = nil
	l.states.tell(StateConnecting, nil)
	l.work.Add(1)
	go l.connect()
	return remote.codec, nil
}

// AddCandidate takes a candidate that Janus trickles (RFC 8838), before or
// after the answer. One that is not for this leg (TCP, mDNS, not allowed) is
// passed over.
func (l *Leg) AddCandidate(value string) error {
	candidate, err := l.parseCandidate(value)
	if err != nil || candidate == nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return ErrClosed
	case !l.answered:
		l.early = append(l.early, candidate)
		return nil
	}
	return l.agent.AddRemoteCandidate(candidate)
}

// EndOfCandidates says that Janus has no more candidates. ICE needs no telling:
// it fails by its timeout, which late peer reflexive candidates may still beat.
func (l *Leg) EndOfCandidates() {}

// Resync says that the switch's stream starts anew: the next packet has the
// marker bit and a timestamp advanced by the wall clock.
func (l *Leg) Resync() { l.resync.Store(true) }

// Close ends the leg. When it returns, nothing touches the rings any more.
func (l *Leg) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		l.work.Wait()
		return nil
	}
	l.closed = true
	conn, lp := l.conn, l.loop
	l.mu.Unlock()
	l.cancel()
	if lp != nil {
		lp.remove(l)
	}
	l.serving.Lock()
	if l.stream != nil {
		l.stream.bye()
		l.counts.dropped.Store(l.stream.path.dropped())
	}
	l.ended = true
	l.serving.Unlock()
	if conn != nil {
		_ = conn.Close() // sends close_notify
	}
	if l.agent != nil {
		_ = l.agent.GracefulClose()
	}
	_ = l.dtls.Close()
	l.work.Wait()
	for _, s := range l.sockets {
		s.close()
	}
	l.engine.forget(l)
	l.states.tell(StateClosed, nil)
	return nil
}

// serve is the leg's share of a turn of the loop.
func (l *Leg) serve(lp *loop, now time.Time) {
	l.serving.Lock()
	defer l.serving.Unlock()
	if l.ended || l.stream == nil {
		return
	}
	l.stream.receive(lp, now)
	l.stream.play(now)
	l.stream.send(lp, now)
	l.stream.report(now)
}
