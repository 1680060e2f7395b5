// SPDX-License-Identifier: MPL-2.0

// Package zone is a DNS server for tests: names, addresses and SRV records that come and go, and
// the ways in which a DNS fails.
package zone

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"
)

// Zone is a DNS server with records that tests set. Its methods may be called from any goroutine.
type Zone struct {
	udp  net.PacketConn
	tcp  net.Listener
	work sync.WaitGroup

	mu      sync.Mutex
	records map[string][]dnsmessage.ResourceBody // by name, with a dot at the end
	fault   Fault
	asked   map[string]int // how often, by name
}

// Fault is what a zone does instead of answering.
type Fault int

// The faults.
const (
	None     Fault = iota
	ServFail       // it answers that it cannot answer
	Empty          // the names exist, and have no records
	Silent         // it answers nothing
)

// New serves a zone at an address of UDP and TCP, 127.0.0.1:0 say.
func New(address string) (*Zone, error) {
	z := &Zone{records: map[string][]dnsmessage.ResourceBody{}, asked: map[string]int{}}
	err := z.listen(address)
	// with port 0 the system picks one that is free for UDP, and TCP's may be in use
	for tries := 1; errors.Is(err, unix.EADDRINUSE) && tries < mostTries; tries++ {
		err = z.listen(address)
	}
	if err != nil {
		return nil, err
	}
	z.work.Go(z.serveUDP)
	z.work.Go(z.serveTCP)
	return z, nil
}

// mostTries is how often New looks for a port that is free for both.
const mostTries = 20

// listen opens the ports.
func (z *Zone) listen(address string) (err error) {
	if z.udp, err = (&net.ListenConfig{}).ListenPacket(context.Background(), "udp", address); err != nil {
		return err
	}
	if z.tcp, err = (&net.ListenConfig{}).Listen(context.Background(), "tcp", z.udp.LocalAddr().String()); err != nil {
		_ = z.udp.Close()
	}
	return err
}

// Close ends the server.
func (z *Zone) Close() {
	_ = z.udp.Close()
	_ = z.tcp.Close()
	z.work.Wait()
}

// Resolver asks this server alone.
func (z *Zone) Resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, z.udp.LocalAddr().String())
	}}
}

// Fail has all questions answered with a fault.
func (z *Zone) Fail(fault Fault) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.fault = fault
}

// Addresses gives a name these addresses, A and AAAA, and takes away what it had; none: the name
// does not exist any more.
func (z *Zone) Addresses(name string, addrs ...string) {
	var bodies []dnsmessage.ResourceBody
	for _, text := range addrs {
		addr := netip.MustParseAddr(text)
		if addr.Is4() {
			bodies = append(bodies, &dnsmessage.AResource{A: addr.As4()})
		} else {
			bodies = append(bodies, &dnsmessage.AAAAResource{AAAA: addr.As16()})
		}
	}
	z.set(name, bodies)
}

// Target is one SRV record.
type Target struct {
	Name string
	Port uint16
}

// Services gives a name these SRV records, and takes away what it had. Priority and weight are
// those of Kubernetes.
func (z *Zone) Services(name string, targets ...Target) {
	var bodies []dnsmessage.ResourceBody
	for _, t := range targets {
		bodies = append(bodies, &dnsmessage.SRVResource{Weight: 100, Port: t.Port, Target: dnsmessage.MustNewName(dotted(t.Name))})
	}
	z.set(name, bodies)
}

func (z *Zone) set(name string, bodies []dnsmessage.ResourceBody) {
	z.mu.Lock()
	defer z.mu.Unlock()
	delete(z.records, dotted(name))
	if len(bodies) > 0 {
		z.records[dotted(name)] = bodies
	}
}

// Asked is how often a name was asked for.
func (z *Zone) Asked(name string) int {
	z.mu.Lock()
	defer z.mu.Unlock()
	return z.asked[dotted(name)]
}

func dotted(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) + "." }

func (z *Zone) serveUDP() {
	question := make([]byte, 4096)
	for {
		n, from, err := z.udp.ReadFrom(question)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			continue
		}
		if answer := z.answer(question[:n], 1232); answer != nil {
			_, _ = z.udp.WriteTo(answer, from)
		}
	}
}

func (z *Zone) serveTCP() {
	for {
		conn, err := z.tcp.Accept()
		if err != nil {
			return
		}
		z.work.Go(func() {
			defer conn.Close()
			var size [2]byte
			if _, err := io.ReadFull(conn, size[:]); err != nil {
				return
			}
			question := make([]byte, binary.BigEndian.Uint16(size[:]))
			if _, err := io.ReadFull(conn, question); err != nil {
				return
			}
			if answer := z.answer(question, 0xffff); answer != nil {
				_, _ = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
			}
		})
	}
}

// answer makes the answer to a question, of at most so many bytes: one that is longer says that it
// is cut. nil: there is none.
func (z *Zone) answer(raw []byte, most int) []byte {
	var asked dnsmessage.Message
	if asked.Unpack(raw) != nil || len(asked.Questions) != 1 {
		return nil
	}
	question := asked.Questions[0]
	name := dotted(question.Name.String())
	z.mu.Lock()
	defer z.mu.Unlock()
	z.asked[name]++
	reply := dnsmessage.Message{
		Header: dnsmessage.Header{ID: asked.ID, Response: true, Authoritative: true, RecursionAvailable: true}, Questions: asked.Questions,
	}
	switch {
	case z.fault == Silent:
		return nil
	case z.fault == ServFail:
		reply.RCode = dnsmessage.RCodeServerFailure
	case z.fault == Empty:
	case z.records[name] == nil:
		reply.RCode = dnsmessage.RCodeNameError
	default:
		for _, body := range z.records[name] {
			if kind(body) == question.Type {
				header := dnsmessage.ResourceHeader{Name: question.Name, Type: question.Type, Class: dnsmessage.ClassINET, TTL: 5}
				reply.Answers = append(reply.Answers, dnsmessage.Resource{Header: header, Body: body})
			}
		}
	}
	packed, err := reply.Pack()
	if err == nil && len(packed) > most {
		reply.Truncated, reply.Answers = true, nil
		packed, err = reply.Pack()
	}
	if err != nil {
		return nil
	}
	return packed
}

func kind(body dnsmessage.ResourceBody) dnsmessage.Type {
	switch body.(type) {
	case *dnsmessage.AResource:
		return dnsmessage.TypeA
	case *dnsmessage.AAAAResource:
		return dnsmessage.TypeAAAA
	}
	return dnsmessage.TypeSRV
}
