// SPDX-License-Identifier: MPL-2.0

package media

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/pion/dtls/v3"
)

const (
	// restAfter is how long after the handshake a DTLS connection is laid to rest, if media has
	// come by then: from a mixer it comes at once. Else it is looked at after twice the time.
	restAfter = 100 * time.Millisecond
	// mostRestAfter is the longest wait until it is looked at again.
	mostRestAfter = time.Minute
	// alertRecord is the type of a DTLS record with an alert (RFC 5246 6.2.1).
	alertRecord = 21
)

// dtlsLink is a leg's DTLS. Once media has come the keys are at both ends and DTLS has nothing to
// do until the end of the call, but pion's connection would keep four goroutines and some 50 kB
// all the time. So it is laid to rest: its keys and its farewell are kept, and should the far end
// send DTLS again the connection is made again from the keys.
type dtlsLink struct {
	leg       *Leg
	restAfter time.Duration
	send      func([]byte) (int, error) // to the far end
	accept    func(netip.AddrPort) bool // packets from there alone

	mu       sync.Mutex
	queue    *packetQueue // of packets to the connection; nil while that rests
	conn     *dtls.Conn   // nil before the handshake, and while it rests
	kept     *dtls.State  // of a connection that rests
	farewell []byte       // the record with its close_notify, sealed and not sent yet
	to       net.Addr     // the far end
	laying   bool         // what the connection writes is not sent any more
	closed   bool
}

func newDTLSLink(l *Leg) *dtlsLink {
	d := &dtlsLink{
		leg: l, restAfter: restAfter,
		send:   func(b []byte) (int, error) { return l.current.Load().write(b) },
		accept: func(from netip.AddrPort) bool { return l.current.Load().comesFrom(from) },
	}
	d.queue = d.newQueue()
	return d
}

func (d *dtlsLink) newQueue() *packetQueue {
	q := newPacketQueue(netip.AddrPort{}, d.write)
	q.accept = d.accept
	return q
}

// put hands over a packet of DTLS. It never blocks.
func (d *dtlsLink) put(packet []byte, from netip.AddrPort) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || d.queue == nil && d.kept == nil {
		return
	}
	if d.queue == nil {
		d.queue = d.newQueue()
		state := d.kept
		d.kept, d.farewell, d.laying = nil, nil, false
		d.leg.work.Add(1)
		go d.resume(state, d.queue)
	}
	d.queue.put(packet, from)
}

// write sends a packet of the connection. While the connection is laid to rest nothing is sent, and
// its close_notify is kept.
func (d *dtlsLink) write(b []byte, _ netip.AddrPort) (int, error) {
	d.mu.Lock()
	laying := d.laying
	if laying && len(b) > 0 && b[0] == alertRecord {
		d.farewell = slices.Clone(b)
	}
	d.mu.Unlock()
	if laying {
		return len(b), nil
	}
	return d.send(b)
}

// begin takes a connection whose handshake is over; false: the leg is closed.
func (d *dtlsLink) begin(conn *dtls.Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	d.conn, d.to = conn, conn.RemoteAddr()
	return true
}

// watch waits for the peer's close_notify, and lays the connection to rest when media has come. The
// end of DTLS ends no call: Janus also says by its API why it hangs up, and that is the better
// reason.
func (d *dtlsLink) watch(conn *dtls.Conn) {
	l := d.leg
	buf := make([]byte, receiveMTU)
	for wait := d.restAfter; ; {
		_ = conn.SetReadDeadline(time.Now().Add(wait))
		_, err := conn.Read(buf)
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			if l.counts.packetsIn.Load() > 0 {
				d.rest(conn)
				return
			}
			wait = min(2*wait, mostRestAfter)
		case err != nil:
			d.ended(err)
			return
		}
	}
}

// rest ends a connection without telling the far end. Nothing that it writes from now on is sent,
// so that no number of a record is used twice should the connection be made again.
func (d *dtlsLink) rest(conn *dtls.Conn) {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return
	}
	d.laying = true
	d.mu.Unlock()
	state, known := conn.ConnectionState()
	state.PeerCertificates = nil // they have been checked
	_ = conn.Close()             // which writes the farewell
	d.mu.Lock()
	defer d.mu.Unlock()
	d.conn, d.queue = nil, nil
	if known {
		d.kept = &state
	}
	if d.closed && d.farewell != nil { // meanwhile
		_, _ = d.send(d.farewell)
	}
}

// resume makes a connection again that was laid to rest.
func (d *dtlsLink) resume(state *dtls.State, queue *packetQueue) {
	l := d.leg
	defer l.work.Done()
	defer l.rescue(nil)
	conn, err := dtls.ResumeWithOptions(state, queue, d.to, dtls.WithLoggerFactory(pionLogs{l.log}))
	if err == nil {
		err = conn.HandshakeContext(l.ctx) // there is none: it takes no time
	}
	switch {
	case err != nil:
		_ = queue.Close()
		d.ended(err)
	case d.begin(conn):
		d.watch(conn)
	default:
		_ = conn.Close()
	}
}

// ended tells that the far end has ended DTLS.
func (d *dtlsLink) ended(err error) {
	l := d.leg
	if l.ctx.Err() == nil {
		l.log.Debug("DTLS has ended", "error", err)
		l.states.tell(StateSilent, nil)
	}
}

// close tells the far end that this end closes.
func (d *dtlsLink) close() {
	d.mu.Lock()
	d.closed = true
	conn, queue, farewell := d.conn, d.queue, d.farewell
	d.mu.Unlock()
	if conn != nil {
		_ = conn.Close() // sends close_notify
	} else if farewell != nil {
		_, _ = d.send(farewell)
	}
	if queue != nil {
		_ = queue.Close()
	}
}
