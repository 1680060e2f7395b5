// SPDX-License-Identifier: MPL-2.0

package media

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
)

// Leg is the media of one call: offer, answer, ICE, DTLS, then RTP both ways
// between a Janus and the rings. Its methods may be called from any goroutine.
type Leg struct {
	engine  *Engine
	cfg     LegConfig
	log     hclog.Logger
	dtls    *dtlsLink
	states  notifier
	session uint64 // of the SDP's o= line
	ctx     context.Context
	cancel  context.CancelFunc
	work    sync.WaitGroup        // the leg's goroutines
	current atomic.Pointer[route] // that carries the leg

	mu           sync.Mutex
	closed       bool
	up           bool   // the loop serves the leg
	disconnected bool   // StateDisconnected is the latest that was told of the path
	pending      *route // of an ICE restart
	version      int    // of the latest offer
	loop         *loop
	gathering    sync.WaitGroup // Restart is at it

	serving sync.Mutex // held while the loop serves the leg
	stream  *stream    // nil until DTLS is up; guarded by serving
	ended   bool       // guarded by serving
	resync  atomic.Bool
	expired atomic.Bool // consent has: nothing may be sent
	// restarting: Janus has answered an ICE restart, and its path is sought.
	restarting atomic.Bool
	counts     counters
	timings    struct {
		ice, dtls, audio atomic.Int64 // ns
	}
	// lossHere is what our reports say of the packets to us.
	lossHere gradeOf
}

// NewLeg binds the leg's sockets and gathers its candidates. With ICEServers
// that asks the network, for gatherLimit at most, or until ctx ends.
func (e *Engine) NewLeg(ctx context.Context, cfg LegConfig) (*Leg, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	l := &Leg{engine: e, cfg: cfg, log: cfg.Logger, session: newSessionID(), version: firstVersion}
	l.states = notifier{call: cfg.OnState, busy: &e.busy}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.dtls = newDTLSLink(l)
	if err := e.adopt(l); err != nil {
		return nil, err
	}
	r, err := l.newRoute(ctx, cfg.LocalAddrs, cfg.ExtAddr, firstVersion)
	if err != nil {
		_ = l.Close()
		return nil, err
	}
	l.current.Store(r)
	return l, nil
}

// firstVersion is what the o= line of the first offer says.
const firstVersion = 2

// Answer takes the SDP answer: it is checked and the codec is chosen at once,
// ICE and DTLS follow in the background, as OnState reports. It also takes the
// answer to the offer of Restart.
func (l *Leg) Answer(sdp string) (Codec, error) {
	remote, err := parseAnswer(sdp, l.cfg.Codecs)
	if err != nil {
		return Codec{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.awaited()
	switch {
	case l.closed:
		return Codec{}, ErrClosed
	case r.answered:
		return Codec{}, fmt.Errorf("%w: answered twice", ErrState)
	case r == l.pending:
		return l.answerRestart(remote)
	}
	if err := r.answer(remote); err != nil {
		return Codec{}, err
	}
	l.states.tell(StateConnecting, nil)
	l.work.Add(1)
	go l.connect(r)
	return remote.codec, nil
}

// awaited is the route to which an answer and candidates belong. Called with mu held.
func (l *Leg) awaited() *route {
	if l.pending != nil {
		return l.pending
	}
	return l.current.Load()
}

// AddCandidate takes a candidate that Janus trickles (RFC 8838), before or
// after the answer. One that is not for this leg (TCP, mDNS, not allowed) is
// passed over; of too many, the later ones are ErrTooManyCandidates.
func (l *Leg) AddCandidate(value string) error {
	candidate, err := l.parseCandidate(value)
	if err != nil || candidate == nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	return l.awaited().add(candidate)
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
	lp, pending := l.loop, l.pending
	l.mu.Unlock()
	l.cancel()
	if lp != nil {
		lp.remove(l)
	}
	l.serving.Lock()
	if l.stream != nil && !l.ended {
		l.stream.bye()
		l.counts.dropped.Store(l.stream.dropped())
	}
	l.ended = true
	l.serving.Unlock()
	l.dtls.close()
	l.work.Wait()
	l.gathering.Wait()
	for _, r := range []*route{pending, l.current.Load()} {
		if r != nil {
			r.close()
		}
	}
	l.engine.forget(l)
	l.states.tell(StateClosed, nil)
	return nil
}

// rescue, deferred, keeps a panic in the leg's goroutines from ending the
// program: it ends this leg and no other. also may be nil.
func (l *Leg) rescue(also func()) {
	p := recover()
	if p == nil {
		return
	}
	l.log.Error("internal error in media", "panic", p, "stack", string(debug.Stack()))
	if l.engine != nil && l.engine.onPanic != nil {
		l.engine.onPanic()
	}
	if also != nil {
		also()
	}
	l.states.tell(StateFailed, ErrInternal)
}

// listen is the leg's share of the first half of a tick: what has come from Janus goes to the
// switch.
func (l *Leg) listen(lp *loop, now time.Time) {
	l.serve(func(st *stream) {
		st.receive(lp, now)
		st.play(lp, now)
	})
}

// speak is the leg's share of the second half: what the switch has written goes to Janus.
func (l *Leg) speak(lp *loop, now time.Time) {
	l.serve(func(st *stream) {
		st.send(lp, now)
		st.report(now)
		st.followPath(st.path.keep(now))
	})
}

// serve does something with a leg that is up. A panic in it, at what the network brings, ends this
// leg and no other.
func (l *Leg) serve(do func(*stream)) {
	l.serving.Lock()
	defer l.serving.Unlock()
	defer l.rescue(func() { l.ended = true })
	if l.ended || l.stream == nil {
		return
	}
	do(l.stream)
}
