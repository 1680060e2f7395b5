// SPDX-License-Identifier: MPL-2.0

package janustest

import (
	"context"
	"io"
	"net"
	"net/url"
	"sync"
)

// Address is another address of a server, which can die and come back while the server lives. Its
// methods may be called from any goroutine.
type Address struct {
	at     string // host and port
	scheme string
	server string // host and port

	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]bool
	mute     bool // connections are taken, and nothing comes of them
	work     sync.WaitGroup
}

// NewAddress opens another address of the server, of the REST API or with webSocket of the other
// one. It is ended by Die.
func (s *Server) NewAddress(webSocket bool) (*Address, error) {
	return s.NewAddressAt("127.0.0.1:0", webSocket)
}

// NewAddressAt is NewAddress at this host and port.
func (s *Server) NewAddressAt(at string, webSocket bool) (*Address, error) {
	u, err := url.Parse(s.REST)
	if err != nil {
		return nil, err
	}
	a := &Address{server: u.Host, scheme: "http", conns: map[net.Conn]bool{}}
	if webSocket {
		a.scheme = "ws"
	}
	if err := a.listen(at); err != nil {
		return nil, err
	}
	a.at = a.listener.Addr().String()
	return a, nil
}

// Host is host and port of the address.
func (a *Address) Host() string { return a.at }

// URL is the URL of the API; user and password in it are not looked at.
func (a *Address) URL() string {
	if a.scheme == "ws" {
		return "ws://" + a.at + "/"
	}
	return "http://" + a.at + "/janus"
}

// listen begins to take connections. mu is held, unless nobody knows the address yet.
func (a *Address) listen(at string) error {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", at)
	if err != nil {
		return err
	}
	a.listener = listener
	a.work.Go(func() { a.accept(listener) })
	return nil
}

func (a *Address) accept(listener net.Listener) {
	for {
		in, err := listener.Accept()
		if err != nil {
			return
		}
		out, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", a.server)
		if err != nil {
			_ = in.Close()
			continue
		}
		if a.keep(listener, in, out) {
			a.work.Go(func() { a.copy(out, in) })
			a.work.Go(func() { a.copy(in, out) })
		}
	}
}

// keep takes note of connections, or closes them where the address has died.
func (a *Address) keep(of net.Listener, conns ...net.Conn) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, conn := range conns {
		if a.listener != of {
			_ = conn.Close()
			continue
		}
		a.conns[conn] = true
	}
	return a.listener == of
}

func (a *Address) copy(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	_, _ = io.Copy(muted{a, to}, from)
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.conns, from)
}

// muted loses what is written while the address is mute.
type muted struct {
	address *Address
	to      net.Conn
}

func (w muted) Write(b []byte) (int, error) {
	w.address.mu.Lock()
	mute := w.address.mute
	w.address.mu.Unlock()
	if mute {
		return len(b), nil
	}
	return w.to.Write(b)
}

// Die refuses connections from now on, and ends those that there are.
func (a *Address) Die() {
	a.mu.Lock()
	if a.listener != nil {
		_ = a.listener.Close()
	}
	a.listener = nil
	for conn := range a.conns {
		_ = conn.Close()
	}
	clear(a.conns)
	a.mu.Unlock()
	a.work.Wait()
}

// Vanish is the death of a host: nothing is refused, and nothing answered.
func (a *Address) Vanish() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.mute = true
}

// Revive takes connections again after Die, at the same port.
func (a *Address) Revive() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.listen(a.at)
}
