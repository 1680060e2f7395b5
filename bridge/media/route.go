// SPDX-License-Identifier: MPL-2.0

package media

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
)

// route is one generation of a leg's ICE: sockets, an agent, and the path that
// it finds. An ICE restart makes another, while the one before still carries
// what it can (RFC 8445 9); DTLS and SRTP go on over whichever is current.
type route struct {
	leg     *Leg
	local   []netip.Addr
	extAddr netip.Addr
	version int         // of the SDP's o= line
	ours    credentials // of ICE
	offered string      // the SDP
	sockets []*socket
	agent   atomic.Pointer[ice.Agent] // nil once it is not needed any more
	ctx     context.Context
	cancel  context.CancelFunc
	work    sync.WaitGroup // the relay's reader
	writing sync.WaitGroup // the relay's writer
	busy    sync.Mutex     // held while a path is sought and taken

	answered bool // guarded by the leg's mu, as early and remote are until then
	early    []ice.Candidate
	named    int // candidates of Janus so far
	remote   description

	direct atomic.Pointer[socket]    // of the selected pair; nil where that is a relay's
	found  atomic.Bool               // the path is, and needs no agent any more
	relay  atomic.Pointer[relayPath] // nil where the pair is a socket's
	peer   atomic.Pointer[netip.AddrPort]
}

// newRoute binds sockets and gathers candidates.
func (l *Leg) newRoute(ctx context.Context, local []netip.Addr, ext netip.Addr, version int) (*route, error) {
	r := &route{leg: l, local: local, extAddr: ext, version: version}
	r.ctx, r.cancel = context.WithCancel(l.ctx)
	opened := false
	defer func() {
		if !opened { // for whatever reason, a panic among them: its ports go back
			r.close()
		}
	}()
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	opened = true
	return r, nil
}

func (r *route) open(ctx context.Context) error {
	for _, addr := range r.local {
		s, err := bindSocket(addr, &r.leg.cfg)
		if err != nil {
			return err
		}
		r.sockets = append(r.sockets, s)
		if err := s.startReader(r.leg.dtls); err != nil {
			return err
		}
	}
	agent, err := r.newAgent(ctx)
	if err != nil {
		return err
	}
	r.agent.Store(agent)
	if err := agent.OnConnectionStateChange(r.onICE); err != nil {
		return fmt.Errorf("ICE agent: %w", err)
	}
	if r.ours.ufrag, r.ours.pwd, err = agent.GetLocalUserCredentials(); err != nil {
		return fmt.Errorf("ICE credentials: %w", err)
	}
	r.offered, err = r.offer()
	return err
}

// close ends the route. The media loop must have let go of it before.
func (r *route) close() {
	r.cancel()
	r.busy.Lock() // establish gives up, now that its context has ended
	defer r.busy.Unlock()
	r.writing.Wait()
	r.endAgent()
	r.work.Wait()
	for _, s := range r.sockets {
		s.close()
	}
}

// maxCandidates bounds what a Janus may name, as each one is sent checks; a
// Janus on a machine with many interfaces has a dozen.
const maxCandidates = 64

// answer takes what the SDP answer says of ICE; candidates beyond maxCandidates
// are passed over. Called with the leg's mu held.
func (r *route) answer(remote description) error {
	remote.candidates = remote.candidates[:min(len(remote.candidates), maxCandidates-r.named)]
	r.named += len(remote.candidates)
	for _, line := range remote.candidates {
		candidate, err := r.leg.parseCandidate(line)
		if err != nil {
			r.leg.log.Debug("candidate of the answer is not used", "error", err)
			continue
		}
		if candidate != nil {
			r.early = append(r.early, candidate)
		}
	}
	if remote.complete && len(r.early) == 0 && len(remote.candidates) > 0 {
		return fmt.Errorf("%w: %s", ErrNoCandidate, strings.Join(remote.candidates, "; "))
	}
	r.answered, r.remote = true, remote
	r.remote.candidates = nil
	for _, candidate := range r.early {
		if err := r.agent.Load().AddRemoteCandidate(candidate); err != nil {
			r.leg.log.Debug("candidate is not used", "error", err)
		}
	}
	r.early = nil
	return nil
}

// add takes a candidate, before or after the answer. Called with the leg's mu held.
func (r *route) add(candidate ice.Candidate) error {
	if r.named++; r.named > maxCandidates {
		r.named = maxCandidates
		return ErrTooManyCandidates
	}
	if !r.answered {
		r.early = append(r.early, candidate)
		return nil
	}
	agent := r.agent.Load()
	if agent == nil {
		return nil
	}
	if err := agent.AddRemoteCandidate(candidate); err != nil && !r.found.Load() {
		return err
	}
	return nil
}

// endAgent ends the ICE agent, and lets go of it: it is large.
func (r *route) endAgent() {
	if agent := r.agent.Swap(nil); agent != nil {
		_ = agent.GracefulClose()
	}
}

// connect finds a path.
func (r *route) connect(ctx context.Context) error {
	agent := r.agent.Load()
	if agent == nil {
		return net.ErrClosed
	}
	conn, err := agent.Dial(ctx, r.remote.ufrag, r.remote.pwd)
	if err != nil {
		return err
	}
	pair, err := agent.GetSelectedCandidatePair()
	if err != nil || pair == nil {
		return fmt.Errorf("%w: no candidate pair", ErrICEFailed)
	}
	remote, err := addrOf(pair.Remote)
	if err != nil {
		return err
	}
	r.peer.Store(&remote)
	if pair.Local.Type() != ice.CandidateTypeHost {
		local, _ := addrOf(pair.Local) // for reports alone
		relay := newRelayPath(conn, local, remote, r.leg.dtls)
		r.relay.Store(relay)
		r.work.Go(relay.read)
		r.writing.Go(func() { relay.write(r.ctx) })
		r.leg.log.Debug("media goes through a relay", "local", pair.Local.String())
		return nil
	}
	local, err := addrOf(pair.Local)
	if err != nil {
		return err
	}
	direct := r.sockets[0]
	for _, s := range r.sockets {
		if s.local == local {
			direct = s
		}
	}
	r.direct.Store(direct)
	return nil
}

// take makes the path that was found one for the media loop: a socket is connected, nobody else
// reads it any more, and the agent, whose work is done, ends.
func (r *route) take() (path, error) {
	if relay := r.relay.Load(); relay != nil {
		return relay, nil
	}
	direct := r.direct.Load()
	if err := direct.connect(*r.peer.Load()); err != nil {
		return nil, fmt.Errorf("%w: %w", errConnectionBroken, err)
	}
	direct.stopReader()
	r.found.Store(true)
	r.endAgent()
	direct.stun = nil
	return newDirectPath(direct, &r.leg.cfg, r.ours, credentials{r.remote.ufrag, r.remote.pwd}, time.Now()), nil
}

// write sends a packet of DTLS.
func (r *route) write(b []byte) (int, error) {
	if relay := r.relay.Load(); relay != nil {
		relay.send(b) // what is lost DTLS sends again
		return len(b), nil
	}
	if direct := r.direct.Load(); direct != nil {
		return direct.writeTo(b, *r.peer.Load())
	}
	return 0, net.ErrClosed
}

// comesFrom says whether an address is that of the other end.
func (r *route) comesFrom(addr netip.AddrPort) bool {
	peer := r.peer.Load()
	return peer != nil && *peer == addr
}

func addrOf(c ice.Candidate) (netip.AddrPort, error) {
	addr, err := netip.ParseAddr(c.Address())
	return netip.AddrPortFrom(addr.Unmap(), uint16(c.Port())), err // #nosec G115 -- a port
}
