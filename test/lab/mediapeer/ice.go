// SPDX-License-Identifier: MPL-2.0

package mediapeer

import (
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/stun/v4"
)

const (
	// hostPriority is that of our one candidate (RFC 8445 5.1.2.1), checkPriority of a peer
	// reflexive one.
	hostPriority, checkPriority = 2130706431, 1862270975

	firstChecks = 50 * time.Millisecond // between checks until the media is up
	laterChecks = time.Second           // after that: the other side wants to see us alive
)

// takeSTUN serves a check or its answer. The request comes from the reader.
func (s *Server) takeSTUN(packet []byte, from netip.AddrPort) {
	message := &stun.Message{Raw: append([]byte(nil), packet...)}
	if message.Decode() != nil {
		return
	}
	if message.Type == stun.BindingRequest {
		s.answerCheck(message, from)
	}
	// The answer to a check of ours needs no care: what matters is that the other side has seen it.
}

func (s *Server) answerCheck(request *stun.Message, from netip.AddrPort) {
	var username stun.Username
	if username.GetFrom(request) != nil {
		return
	}
	ours, _, _ := strings.Cut(username.String(), ":")
	s.mu.Lock()
	p := s.byName[ours]
	if p == nil || stun.NewShortTermIntegrity(p.pwd).Check(request) != nil {
		s.mu.Unlock()
		return
	}
	// The peer is where it checks from; a later nomination may move it (RFC 8445 7.3.1.5).
	if known := p.remote.Load(); known == nil || request.Contains(stun.AttrUseCandidate) && *known != from {
		if known != nil {
			delete(s.byAddr, *known)
		}
		p.remote.Store(&from)
		s.byAddr[from] = p
	}
	s.mu.Unlock()
	p.alive()
	answer, err := stun.Build(request, stun.BindingSuccess,
		&stun.XORMappedAddress{IP: net.IP(from.Addr().AsSlice()), Port: int(from.Port())},
		stun.NewShortTermIntegrity(p.pwd), stun.Fingerprint)
	if err == nil {
		_, _ = s.socket.WriteToUDPAddrPort(answer.Raw, from)
	}
	select {
	case p.checked <- struct{}{}:
	default:
	}
}

// check sends checks of ours, as the controlled side.
func (p *peer) check() {
	targets := p.offer.candidates
	if remote := p.remote.Load(); remote != nil {
		targets = []netip.AddrPort{*remote}
	}
	for _, to := range targets {
		request, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername(p.offer.ufrag+":"+p.ufrag),
			ice.AttrControlled(p.tieBreaker), ice.PriorityAttr(checkPriority), stun.NewShortTermIntegrity(p.offer.pwd), stun.Fingerprint)
		if err == nil {
			_, _ = p.server.socket.WriteToUDPAddrPort(request.Raw, to)
		}
	}
}
