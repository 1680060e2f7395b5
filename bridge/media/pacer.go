// SPDX-License-Identifier: MPL-2.0

package media

import (
	"net/netip"
	"sync"
)

const (
	paceFree  = 25 // checks of one destination at full rate: half a second at checkInterval
	paceEvery = 5  // afterwards only each fifth goes out
)

// pacer thins out connectivity checks that stay unanswered.
//
// pion/ice checks every pair once per interval, and a new interval begins before a nomination. A
// short interval makes set-up quick, but would send 50 checks a second to each address of a Janus
// that is down, for as long as ICETimeout. So the first half second runs at full rate, the rest at
// a fifth of it. (RFC 8445 14 asks for back-off as well.)
type pacer struct {
	mu    sync.Mutex
	count map[netip.AddrPort]int
}

// due says whether a packet that ICE wants to send goes out. Only binding requests are held back.
func (p *pacer) due(b []byte, to netip.AddrPort) bool {
	if len(b) < 2 || b[0] != 0 || b[1] != 1 { // STUN binding request (RFC 8489 5)
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count == nil {
		p.count = make(map[netip.AddrPort]int)
	}
	p.count[to]++
	n := p.count[to]
	return n <= paceFree || n%paceEvery == 0
}
