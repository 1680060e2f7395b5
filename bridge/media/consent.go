// SPDX-License-Identifier: MPL-2.0

package media

import (
	"math/rand/v2"
	"net"
	"slices"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/stun/v4"
)

const (
	// consentInterval is the time between two consent checks, give or take a fifth. That of RFC
	// 7675 5.1 is 5 s; shorter also keeps NATs open.
	consentInterval = 4 * time.Second
	// consentRetry is when a check that is not answered is followed by another one.
	consentRetry = time.Second
	// consentPending is how many checks the far end may still answer.
	consentPending = 8
	// peerReflexive is the priority of a candidate that a check would reveal (RFC 8445 7.1.1).
	peerReflexive = 110<<24 | 65535<<8 | 255
)

// pathState is what a path has become.
type pathState int

const (
	pathSame    pathState = iota
	pathDead              // no check was answered for LegConfig.DisconnectedTimeout
	pathAlive             // one is answered again
	pathExpired           // none was for consentExpiry: nothing may be sent any more
)

// directPath is a leg's own socket on the pair that ICE has found. It answers the far end's checks
// and keeps its consent (RFC 7675) itself: pion's agent would do it with timers and goroutines of
// its own for each leg, and is closed. The media loop alone uses it.
type directPath struct {
	*socket
	cfg        *LegConfig
	username   string // of our checks
	theirs     string // of the far end's
	local      stun.MessageIntegrity
	remote     stun.MessageIntegrity
	tieBreaker uint64

	next     time.Time // of the next check
	answered time.Time // the latest one
	dead     bool
	expired  bool
	pending  [consentPending][stun.TransactionIDSize]byte
	asked    int // checks since the latest answer
}

func newDirectPath(s *socket, cfg *LegConfig, local, remote credentials, now time.Time) *directPath {
	return &directPath{
		socket: s, cfg: cfg,
		username: remote.ufrag + ":" + local.ufrag, theirs: local.ufrag + ":" + remote.ufrag,
		local: stun.NewShortTermIntegrity(local.pwd), remote: stun.NewShortTermIntegrity(remote.pwd),
		tieBreaker: rand.Uint64(), answered: now, next: now.Add(cfg.consentInterval()), // #nosec G404 -- no secret
	}
}

// credentials are those of one end's ICE (RFC 8445 5.3).
type credentials struct{ ufrag, pwd string }

// consentInterval is the time until the next check after one that was answered.
func (c *LegConfig) consentInterval() time.Duration {
	interval := min(consentInterval, c.DisconnectedTimeout/2)
	return interval*4/5 + rand.N(interval*2/5+1) // #nosec G404 -- no secret
}

// keep sends a check when one is due, and tells what has become of the path.
func (p *directPath) keep(now time.Time) pathState {
	if p.expired || now.Before(p.next) {
		return pathSame
	}
	silent := now.Sub(p.answered)
	if silent >= p.cfg.consentExpiry {
		p.expired = true
		return pathExpired
	}
	p.check()
	p.next = now.Add(min(consentRetry, p.cfg.DisconnectedTimeout/8))
	if !p.dead && silent >= p.cfg.DisconnectedTimeout {
		p.dead = true
		return pathDead
	}
	return pathSame
}

// check asks the far end whether it still wants what is sent.
func (p *directPath) check() {
	m, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername(p.username),
		ice.AttrControlling(p.tieBreaker), ice.PriorityAttr(peerReflexive), p.remote, stun.Fingerprint)
	if err != nil {
		return
	}
	p.pending[p.asked%consentPending] = m.TransactionID
	p.asked++
	p.send(m.Raw)
}

// takeSTUN takes a packet of STUN from the far end, and tells what has become of the path.
func (p *directPath) takeSTUN(packet []byte, now time.Time) pathState {
	m := &stun.Message{Raw: slices.Clone(packet)}
	if m.Decode() != nil {
		return pathSame
	}
	switch m.Type {
	case stun.BindingRequest:
		p.answer(m)
	case stun.BindingSuccess:
		return p.takeAnswer(m, now)
	}
	return pathSame
}

// takeAnswer notes that a check was answered, by whoever knows the password.
func (p *directPath) takeAnswer(m *stun.Message, now time.Time) pathState {
	asked := p.pending[:min(p.asked, consentPending)]
	if !slices.Contains(asked, m.TransactionID) || p.remote.Check(m) != nil || p.expired {
		return pathSame
	}
	p.answered, p.next = now, now.Add(p.cfg.consentInterval())
	p.asked = 0
	if p.dead {
		p.dead = false
		return pathAlive
	}
	return pathSame
}

// answer answers a check of the far end (RFC 8445 7.3). One with other credentials, of an ICE
// session before or after this one perhaps, is not for this path.
func (p *directPath) answer(request *stun.Message) {
	var username stun.Username
	if username.GetFrom(request) != nil || username.String() != p.theirs || p.local.Check(request) != nil {
		return
	}
	from := net.UDPAddrFromAddrPort(p.from())
	m, err := stun.Build(request, stun.BindingSuccess, &stun.XORMappedAddress{IP: from.IP, Port: from.Port}, p.local, stun.Fingerprint)
	if err != nil {
		return
	}
	p.send(m.Raw)
}
