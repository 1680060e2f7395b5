// SPDX-License-Identifier: MPL-2.0

package media

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/pion/ice/v4"
)

// Restart begins an ICE restart (RFC 8445 9, RFC 8839 4.4.1.1.1) and returns
// the SDP offer for it, which Janus gets in a configure request: new
// credentials, new sockets and so new NAT bindings and TURN allocations. Its
// answer goes to Answer, and candidates that Janus trickles to AddCandidate, as
// at first. Media goes on over the path there is until the new one is found:
// then OnState hears StateReconnected. If none is found within
// LegConfig.ICETimeout it hears StateDisconnected, once more, or StateFailed where the
// consent for the old path has expired meanwhile (RFC 7675); nothing else
// has changed, and Restart may be called again.
//
// local and ext are LegConfig.LocalAddrs and ExtAddr, for a machine whose
// addresses have changed; no local: as before. ctx bounds the gathering. A
// Restart before the one before it has ended takes its place. The port range
// must have a port to spare.
//
// Errors: ErrState before StateUp, ErrClosed, and what NewLeg returns.
func (l *Leg) Restart(ctx context.Context, local []netip.Addr, ext netip.Addr) (offer string, err error) {
	if len(local) == 0 {
		local, ext = l.cfg.LocalAddrs, l.cfg.ExtAddr
	}
	l.mu.Lock()
	if err := l.mayRestart(); err != nil {
		l.mu.Unlock()
		return "", err
	}
	given, version := l.pending, l.version+1
	l.pending, l.version = nil, version
	l.restarting.Store(false)
	l.gathering.Add(1)
	l.mu.Unlock()
	defer l.gathering.Done()
	if given != nil {
		given.close()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.ctx, cancel)()
	r, err := l.newRoute(ctx, local, ext, version)
	if err != nil {
		return "", err
	}
	if err := l.await(r); err != nil {
		r.close()
		return "", err
	}
	return r.offered, nil
}

// mayRestart is called with mu held.
func (l *Leg) mayRestart() error {
	switch {
	case l.closed:
		return ErrClosed
	case !l.up:
		return fmt.Errorf("%w: not connected yet", ErrState)
	}
	return nil
}

// await makes a route the one whose answer is awaited.
func (l *Leg) await(r *route) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return ErrClosed
	case l.version != r.version:
		return fmt.Errorf("%w: restarted again meanwhile", ErrState)
	}
	l.pending = r
	return nil
}

// answerRestart takes the answer to the offer of Restart. It must be of the
// same DTLS association: another certificate is another peer. Called with mu held.
func (l *Leg) answerRestart(remote description) (Codec, error) {
	before := l.current.Load().remote
	switch {
	case !remote.codec.Is(before.codec) || remote.codec.PayloadType != before.codec.PayloadType:
		return Codec{}, fmt.Errorf("%w: the answer to an ICE restart has another codec", ErrState)
	case !samePeer(remote.fingerprints, before.fingerprints):
		return Codec{}, fmt.Errorf("%w: the answer to an ICE restart is of another peer", ErrFingerprint)
	}
	r := l.pending
	if err := r.answer(remote); err != nil {
		return Codec{}, err
	}
	l.restarting.Store(true)
	l.work.Add(1)
	go func() {
		defer l.work.Done()
		defer l.rescue(nil)
		l.reconnect(r)
	}()
	return remote.codec, nil
}

// samePeer says whether the two have a fingerprint in common.
func samePeer(some, others []peerFingerprint) bool {
	return slices.ContainsFunc(some, func(f peerFingerprint) bool { return slices.Contains(others, f) })
}

// reconnect finds the path of an ICE restart and moves the leg to it.
func (l *Leg) reconnect(r *route) {
	p, err := r.establish(l.cfg.ICETimeout)
	l.mu.Lock()
	if l.closed || l.pending != r { // who has closed the leg, or restarted again, closes the route
		closed := l.closed
		l.mu.Unlock()
		if !closed {
			l.restarted(false)
		}
		return
	}
	l.pending = nil
	l.restarting.Store(false)
	if err != nil {
		lapsed := l.expired.Load()
		l.mu.Unlock()
		l.restarted(false)
		l.log.Debug("ICE restart has led to no path", "error", err)
		r.close()
		if lapsed {
			l.states.tell(StateFailed, ErrICEFailed)
		} else {
			l.states.tell(StateDisconnected, nil)
		}
		return
	}
	before := l.move(r, p)
	l.states.tell(StateReconnected, nil)
	l.mu.Unlock()
	l.restarted(true)
	before.close()
}

// restarted tells whoever wants to know how an ICE restart has ended.
func (l *Leg) restarted(found bool) {
	if l.cfg.OnRestart != nil {
		l.cfg.OnRestart(found)
	}
}

// establish finds the path and takes it.
func (r *route) establish(limit time.Duration) (path, error) {
	r.busy.Lock()
	defer r.busy.Unlock()
	ctx, cancel := context.WithTimeout(r.ctx, limit)
	defer cancel()
	if err := r.connect(ctx); err != nil {
		return nil, err
	}
	return r.take()
}

// move makes a route the current one and returns the one before. Called with mu held.
func (l *Leg) move(r *route, p path) (before *route) {
	l.serving.Lock()
	defer l.serving.Unlock()
	l.expired.Store(false)
	l.disconnected = false
	l.stream.move(p)
	before = l.current.Load()
	l.current.Store(r)
	return before
}

// move goes on with another path.
func (st *stream) move(p path) {
	st.before += st.path.dropped()
	st.path = p
}

// followPath tells what has become of the path that the media loop keeps itself.
func (st *stream) followPath(state pathState) {
	l := st.leg
	switch state {
	case pathSame:
	case pathDead:
		l.states.tell(StateDisconnected, nil)
	case pathAlive:
		l.states.tell(StateReconnected, nil)
	case pathExpired:
		l.expire()
	}
}

// expire ends sending, as the far end's consent has expired (RFC 7675 5.1). The leg has failed,
// unless a restart may yet find another path.
func (l *Leg) expire() {
	l.expired.Store(true)
	if !l.restarting.Load() {
		l.states.tell(StateFailed, ErrICEFailed)
	}
}

// onICE hears of the state of a relay's agent, which keeps the consent: a path that is silent, or
// answers again, and one whose consent has expired. While connecting, connect and reconnect report.
func (r *route) onICE(state ice.ConnectionState) {
	l := r.leg
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.up || l.closed || l.current.Load() != r {
		return
	}
	switch state {
	case ice.ConnectionStateDisconnected:
		l.disconnected = true
		l.states.tell(StateDisconnected, nil)
	case ice.ConnectionStateConnected:
		if l.disconnected {
			l.disconnected = false
			l.states.tell(StateReconnected, nil)
		}
	case ice.ConnectionStateFailed:
		l.expire()
	default:
	}
}
