// SPDX-License-Identifier: MPL-2.0

package hep

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"
)

const (
	// waiting is how many reports may wait to be sent: those of a few hundred legs in a burst.
	waiting = 1024
	// lookupLimit bounds the look-up of the server's name.
	lookupLimit = 5 * time.Second
	// retryPause is the pause before a server that could not be reached is tried again.
	retryPause = 30 * time.Second
	// freshFor is how long an address that was found is used before its name is looked up again.
	freshFor = 5 * time.Minute
)

// Config says where reports go.
type Config struct {
	Server   string // host:port
	ID       uint32 // the capture agent's
	Password string // "" for none
}

// Sender sends reports to one capture server, over one UDP socket.
type Sender struct {
	cfg     Config
	log     func(wrong bool, text string)
	reports chan Report
	dropped atomic.Bool // there were too many reports

	// of Run's goroutine alone
	conn    net.Conn
	until   time.Time // conn is used, or a failed look-up stands, until then
	unknown bool      // the name does not resolve, and that was said
	refused bool      // nobody listens there, and that was said
	late    bool      // reports were dropped, and that was said
}

// NewSender makes a sender, which sends while Run runs. log is told when reports cannot be sent,
// and when the name of a server resolves again. Run's goroutine calls log.
func NewSender(cfg Config, log func(wrong bool, text string)) *Sender {
	return &Sender{cfg: cfg, log: log, reports: make(chan Report, waiting)}
}

// Config is what the sender was made with.
func (s *Sender) Config() Config { return s.cfg }

// Send has a report sent. It never waits, and may be called from any goroutine: a report that
// finds too many waiting is dropped.
func (s *Sender) Send(r Report) {
	select {
	case s.reports <- r:
	default:
		s.dropped.Store(true)
	}
}

// Run sends what Send is given until ctx ends.
func (s *Sender) Run(ctx context.Context) {
	defer func() {
		if s.conn != nil {
			_ = s.conn.Close()
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case r := <-s.reports:
			if s.connected(ctx) {
				s.send(r)
			}
			if s.dropped.Load() && !s.late {
				s.late = true
				s.log(true, fmt.Sprintf("%d reports were waiting to be sent to %s: more were dropped", waiting, s.cfg.Server))
			}
		}
	}
}

// connected looks the server up where that is due. It may wait, for the look-up.
func (s *Sender) connected(ctx context.Context) bool {
	if time.Now().Before(s.until) {
		return s.conn != nil
	}
	limited, cancel := context.WithTimeout(ctx, lookupLimit)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(limited, "udp", s.cfg.Server)
	if err != nil {
		s.until = time.Now().Add(retryPause)
		if ctx.Err() == nil && !s.unknown {
			s.unknown = true
			s.log(true, fmt.Sprintf("%s: %s; it is looked up again each %s", s.cfg.Server, reason(err), retryPause))
		}
		return s.conn != nil // the address from before, if there is one
	}
	if s.conn != nil {
		_ = s.conn.Close()
	}
	s.conn, s.until = conn, time.Now().Add(freshFor)
	if s.unknown {
		s.unknown = false
		s.log(false, fmt.Sprintf("%s is %s now", s.cfg.Server, conn.RemoteAddr()))
	}
	return true
}

// reason is an error of a look-up without the name, which stands before it.
func reason(err error) string {
	var lookup *net.DNSError
	if errors.As(err, &lookup) {
		return "it does not resolve: " + lookup.Err
	}
	return err.Error()
}

func (s *Sender) send(r Report) {
	payload, err := r.payload()
	if err != nil {
		return
	}
	data, err := packet{
		at: r.At, from: r.From, to: r.To, correlationID: r.CorrelationID,
		payload: payload, agent: s.cfg.ID, password: s.cfg.Password,
	}.encode()
	if err != nil {
		return
	}
	// an error is of a packet before this one, mostly: an ICMP message has come back
	if _, err := s.conn.Write(data); err != nil && !s.refused {
		s.refused = true
		s.log(true, fmt.Sprintf("no report gets to %s: %s", s.cfg.Server, err))
	}
}
