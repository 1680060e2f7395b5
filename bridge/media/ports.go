// SPDX-License-Identifier: MPL-2.0

package media

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"

	"golang.org/x/sys/unix"
)

// Ports hands out UDP ports. A switch has one for its own RTP: who binds ports of its range without
// asking takes them away from calls that have nothing to do with Janus. Its methods are called from
// several goroutines and must not block.
type Ports interface {
	// RequestPort returns a port of an address that nobody else has been given, 0 when there is
	// none. It need not be free: another process may have bound it.
	RequestPort(addr netip.Addr) uint16
	// ReleasePort gives a port back, once, after its socket is closed.
	ReleasePort(addr netip.Addr, port uint16)
}

// portTries is how many ports of Ports are tried, one after the other, when other processes have
// bound what the switch takes for free.
const portTries = 32

// bind has try bind a port of an address: one that Ports hands out, or one of PortMin to PortMax,
// or one that the system chooses (0). try returns unix.EADDRINUSE, wrapped or not, where another
// port may work. release must be called once the socket is closed; it may be called again.
func (c *LegConfig) bind(addr netip.Addr, try func(port uint16) error) (release func(), err error) {
	addr = addr.Unmap()
	switch {
	case c.PortMax != 0:
		return func() {}, c.bindInRange(addr, try)
	case c.Ports == nil:
		return func() {}, try(0)
	}
	for range portTries {
		release, err = c.bindRequested(addr, try)
		if err == nil || !errors.Is(err, unix.EADDRINUSE) {
			return release, err
		}
		c.Logger.Debug("a port that the switch takes for free is in use", "address", addr, "error", err)
	}
	return nil, fmt.Errorf("%w: %d ports of %s that the switch takes for free are in use by other programs", ErrNoPort, portTries, addr)
}

// bindRequested tries one port of Ports, which goes back where try fails, or panics.
func (c *LegConfig) bindRequested(addr netip.Addr, try func(port uint16) error) (release func(), err error) {
	port := c.Ports.RequestPort(addr)
	if port == 0 {
		return nil, fmt.Errorf("%w: the switch has no RTP port left on %s; raise rtp-end-port in its switch.conf, or set rtp-port-range", ErrNoPort, addr)
	}
	giveBack := sync.OnceFunc(func() { c.Ports.ReleasePort(addr, port) })
	bound := false
	defer func() {
		if !bound {
			giveBack()
		}
	}()
	if err := try(port); err != nil {
		return nil, err
	}
	bound = true
	return giveBack, nil
}

// bindInRange tries each port of the range once, from a random one on, so that calls that start at
// the same moment seldom meet and a port is not reused at once.
func (c *LegConfig) bindInRange(addr netip.Addr, try func(port uint16) error) error {
	count := int(c.PortMax) - int(c.PortMin) + 1
	start := rand.IntN(count) // #nosec G404 -- no secret
	for i := range count {
		port := int(c.PortMin) + (start+i)%count
		if err := try(uint16(port)); !errors.Is(err, unix.EADDRINUSE) { // #nosec G115 -- at most PortMax
			return err
		}
	}
	return fmt.Errorf("%w: %s, %d-%d", ErrNoPort, addr, c.PortMin, c.PortMax)
}
