// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"

	"mod_janus/janusclient/realjanus"
)

// Phone is a SIP phone without a registration: it calls and is called, holds
// and transfers. What it says in RTP is what a test tells it to say.
type Phone struct {
	Address netip.AddrPort // where it takes SIP over UDP

	ua      *sipgo.UserAgent
	client  *sipgo.Client
	socket  net.PacketConn
	served  chan struct{}
	arrived chan *PhoneCall

	mu      sync.Mutex
	calls   map[string]*PhoneCall // by Call-ID
	answers *PhoneConfig          // of calls that come in; nil refuses them
}

// PhoneConfig is what a phone does in one call.
type PhoneConfig struct {
	Sends   PhoneMedia
	Headers map[string]string // of the INVITE, beside the usual
	Name    string            // that the caller shows
}

// NewPhone makes a phone on PhoneAddress.
func NewPhone() (*Phone, error) {
	address, err := netip.ParseAddr(PhoneAddress())
	if err != nil {
		return nil, err
	}
	socket, err := listenUDP(address)
	if err != nil {
		return nil, err
	}
	p := &Phone{
		Address: socket.LocalAddr().(*net.UDPAddr).AddrPort(), socket: socket,
		served: make(chan struct{}), arrived: make(chan *PhoneCall, 16), calls: map[string]*PhoneCall{},
	}
	if err := p.start(); err != nil {
		_ = socket.Close()
		return nil, err
	}
	return p, nil
}

// quiet takes what the SIP library logs: it is the tests' business only where it becomes an error.
var quiet = slog.New(slog.DiscardHandler)

// beQuiet is done once, since the library's goroutines read what it writes.
var beQuiet = sync.OnceFunc(func() { sip.SetDefaultLogger(quiet) })

func (p *Phone) start() (err error) {
	beQuiet()
	if p.ua, err = sipgo.NewUA(sipgo.WithUserAgent("lab-phone")); err != nil {
		return err
	}
	if p.client, err = sipgo.NewClient(p.ua, sipgo.WithClientLogger(quiet), sipgo.WithClientConnectionAddr(p.Address.String())); err != nil {
		return err
	}
	server, err := sipgo.NewServer(p.ua, sipgo.WithServerLogger(quiet))
	if err != nil {
		return err
	}
	server.OnInvite(p.onInvite)
	server.OnAck(func(*sip.Request, sip.ServerTransaction) {})
	server.OnBye(p.onBye)
	server.OnNotify(p.onNotify)
	server.OnNoRoute(p.onOther)
	go func() {
		defer close(p.served)
		_ = server.ServeUDP(p.socket) // until the socket is closed
	}()
	return realjanus.Until(realjanus.StartLimit, "the phone takes SIP", func() bool {
		connection, err := p.ua.TransportLayer().GetConnection("udp", p.Address.String())
		return err == nil && connection != nil
	})
}

// Close hangs up what is up and ends the phone.
func (p *Phone) Close() {
	p.mu.Lock()
	var calls []*PhoneCall
	for _, call := range p.calls {
		calls = append(calls, call)
	}
	p.mu.Unlock()
	for _, call := range calls {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		_ = call.Hangup(ctx)
		cancel()
	}
	_ = p.ua.Close()
	_ = p.socket.Close()
	<-p.served
}

// Dial calls a SIP URI and returns when it has been answered.
func (p *Phone) Dial(ctx context.Context, uri string, cfg PhoneConfig) (*PhoneCall, error) {
	var target sip.Uri
	if err := sip.ParseUri(uri, &target); err != nil {
		return nil, fmt.Errorf("dial %s: %w", uri, err)
	}
	call, err := p.newCall(cfg, rand.Uint32()&0xffff) // #nosec G404 -- a number, no secret
	if err != nil {
		return nil, err
	}
	call.id = sip.GenerateTagN(16) + "@" + p.Address.Addr().String()
	call.target = target
	call.local = party{uri: sip.Uri{Scheme: "sip", User: "phone", Host: p.Address.Addr().String(), Port: int(p.Address.Port())}, name: cfg.Name, tag: sip.GenerateTagN(8)}
	call.remote = party{uri: target}
	p.add(call)
	if err := call.invite(ctx, sendrecv, cfg.Headers); err != nil {
		call.end()
		return nil, fmt.Errorf("dial %s: %w", uri, err)
	}
	return call, nil
}

// Answer has calls that come in answered; each is what Arrived returns.
func (p *Phone) Answer(cfg PhoneConfig) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers = &cfg
}

// Arrived waits for a call that has come in.
func (p *Phone) Arrived(ctx context.Context) (*PhoneCall, error) {
	select {
	case call := <-p.arrived:
		return call, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("no call has come in: %w", ctx.Err())
	}
}

func (p *Phone) newCall(cfg PhoneConfig, version uint32) (*PhoneCall, error) {
	audio, err := newPhoneAudio(p.Address.Addr(), cfg.Sends)
	if err != nil {
		return nil, err
	}
	return &PhoneCall{phone: p, audio: audio, version: version, ended: make(chan struct{})}, nil
}

func (p *Phone) add(call *PhoneCall) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[call.id] = call
}

// call is the one that a request belongs to, nil if there is none.
func (p *Phone) call(req *sip.Request) *PhoneCall {
	p.mu.Lock()
	defer p.mu.Unlock()
	if id := req.CallID(); id != nil {
		return p.calls[id.Value()]
	}
	return nil
}

func respond(req *sip.Request, tx sip.ServerTransaction, code int, reason string) {
	_ = tx.Respond(sip.NewResponseFromRequest(req, code, reason, nil))
}

func (p *Phone) onInvite(req *sip.Request, tx sip.ServerTransaction) {
	if call := p.call(req); call != nil {
		call.reinvited(req, tx)
		return
	}
	p.mu.Lock()
	answers := p.answers
	p.mu.Unlock()
	if answers == nil {
		respond(req, tx, sip.StatusBusyHere, "Busy Here")
		return
	}
	call, err := p.newCall(*answers, 1)
	if err != nil {
		respond(req, tx, sip.StatusInternalServerError, "No Media")
		return
	}
	from, to := req.From(), req.To()
	tag, _ := from.Params.Get("tag")
	call.id, call.target = req.CallID().Value(), from.Address
	if contact := req.Contact(); contact != nil {
		call.target = contact.Address
	}
	call.local = party{uri: to.Address, tag: sip.GenerateTagN(8)}
	call.remote = party{uri: from.Address, tag: tag}
	p.add(call)
	if !call.reinvited(req, tx) {
		call.end()
		return
	}
	p.arrived <- call
}

func (p *Phone) onBye(req *sip.Request, tx sip.ServerTransaction) {
	call := p.call(req)
	if call == nil {
		respond(req, tx, sip.StatusCallTransactionDoesNotExists, "No Such Call")
		return
	}
	respond(req, tx, sip.StatusOK, "OK")
	call.end()
}

func (p *Phone) onNotify(req *sip.Request, tx sip.ServerTransaction) {
	respond(req, tx, sip.StatusOK, "OK")
	if call := p.call(req); call != nil {
		call.notified(req)
	}
}

func (p *Phone) onOther(req *sip.Request, tx sip.ServerTransaction) {
	respond(req, tx, sip.StatusOK, "OK")
}

// listenUDP takes an even port above those of a switch of the lab.
func listenUDP(address netip.Addr) (conn *net.UDPConn, err error) {
	for range 100 {
		port := 41000 + 2*rand.IntN(9000)                                                                    // #nosec G404 -- a port, no secret
		conn, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(address, uint16(port)))) // #nosec G115 -- below 65536
		if err == nil {
			return conn, nil
		}
	}
	return nil, err
}
