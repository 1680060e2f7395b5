// SPDX-License-Identifier: MPL-2.0

package impair

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Config says where a Relay stands and how bad it is.
type Config struct {
	// Listen is the address of the near side, port 0 for any. The zero value is 127.0.0.1:0.
	Listen netip.AddrPort
	// Target is the far end that packets are passed on to.
	Target netip.AddrPort
	// ToTarget and FromTarget are the two directions.
	ToTarget, FromTarget Link
	// Seed makes a run repeatable as far as the order of packets is.
	Seed uint64
}

// Relay passes UDP packets between whoever talks to its near side and its
// target, over a bad network. It carries one conversation: what comes from the
// target goes to the address that spoke last. Methods are for any goroutine.
type Relay struct {
	near, far *net.UDPConn
	target    netip.AddrPort
	client    atomic.Pointer[netip.AddrPort]
	to, from  *line
	readers   sync.WaitGroup
}

// NewRelay binds a relay and starts it. Close ends it.
func NewRelay(cfg Config) (*Relay, error) {
	if !cfg.Target.IsValid() {
		return nil, fmt.Errorf("%w: no target", ErrLink)
	}
	if !cfg.Listen.IsValid() {
		cfg.Listen = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0)
	}
	out, err := NewChannel(cfg.ToTarget, cfg.Seed)
	if err != nil {
		return nil, err
	}
	back, err := NewChannel(cfg.FromTarget, cfg.Seed+1)
	if err != nil {
		return nil, err
	}
	r := &Relay{target: cfg.Target}
	if r.near, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(cfg.Listen)); err != nil {
		return nil, fmt.Errorf("near side of the relay: %w", err)
	}
	far := netip.AddrPortFrom(cfg.Listen.Addr(), 0)
	if r.far, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(far)); err != nil {
		_ = r.near.Close()
		return nil, fmt.Errorf("far side of the relay: %w", err)
	}
	r.to = newLine(out, func(b []byte) { _, _ = r.far.WriteToUDPAddrPort(b, r.target) })
	r.from = newLine(back, r.toClient)
	r.readers.Go(func() { r.read(r.near, r.to, func(from netip.AddrPort) { r.client.Store(&from) }) })
	r.readers.Go(func() { r.read(r.far, r.from, func(netip.AddrPort) {}) })
	return r, nil
}

func (r *Relay) toClient(b []byte) {
	if client := r.client.Load(); client != nil {
		_, _ = r.near.WriteToUDPAddrPort(b, *client)
	}
}

func (r *Relay) read(conn *net.UDPConn, l *line, seen func(netip.AddrPort)) {
	buf := make([]byte, 1<<16)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // an ICMP error of something sent before
		}
		seen(netip.AddrPortFrom(from.Addr().Unmap(), from.Port()))
		l.send(buf[:n])
	}
}

// Addr is the near side's address: what to send to instead of the target.
func (r *Relay) Addr() netip.AddrPort { return localAddr(r.near) }

// FarAddr is the address from which the target hears.
func (r *Relay) FarAddr() netip.AddrPort { return localAddr(r.far) }

func localAddr(conn *net.UDPConn) netip.AddrPort {
	addr, ok := conn.LocalAddr().(*net.UDPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(addr.AddrPort().Addr().Unmap(), addr.AddrPort().Port())
}

// SetLinks makes the network another one, for the packets that come from now on.
func (r *Relay) SetLinks(toTarget, fromTarget Link) error {
	return errors.Join(r.to.set(toTarget), r.from.set(fromTarget))
}

// Stats are the counts of both directions so far.
func (r *Relay) Stats() (toTarget, fromTarget Stats) { return r.to.stats(), r.from.stats() }

// Close ends the relay. Packets on their way are lost. No goroutine is left
// when it returns. It may be called once.
func (r *Relay) Close() error {
	err := errors.Join(r.near.Close(), r.far.Close())
	r.readers.Wait()
	r.to.close()
	r.from.close()
	return err
}

// line delivers a channel's packets at their time.
type line struct {
	deliver func([]byte)
	wake    chan struct{}
	done    chan struct{}
	ended   sync.WaitGroup

	mu      sync.Mutex
	channel *Channel
	pending schedule
}

func newLine(channel *Channel, deliver func([]byte)) *line {
	l := &line{channel: channel, deliver: deliver, wake: make(chan struct{}, 1), done: make(chan struct{})}
	l.ended.Go(l.run)
	return l
}

// send takes a copy of a packet.
func (l *line) send(packet []byte) {
	l.mu.Lock()
	copies, at := l.channel.Send(time.Now(), len(packet))
	for i := range copies {
		l.pending.add(at[i], append([]byte(nil), packet...))
	}
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *line) run() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Reset(l.flush(time.Now()))
		select {
		case <-l.done:
			return
		case <-l.wake:
		case <-timer.C:
		}
	}
}

// flush delivers what is due and returns how long to wait for the next.
func (l *line) flush(now time.Time) time.Duration {
	for {
		l.mu.Lock()
		packet, wait := l.pending.take(now)
		l.mu.Unlock()
		if packet == nil {
			return wait
		}
		l.deliver(packet)
	}
}

func (l *line) set(link Link) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.channel.Set(link)
}

func (l *line) stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.channel.Stats()
}

func (l *line) close() {
	close(l.done)
	l.ended.Wait()
}
