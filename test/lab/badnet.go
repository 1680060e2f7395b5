// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"mod_janus/janusclient/realjanus"
	"mod_janus/test/impair"
)

// BadNetwork is a proxy of Janus's REST API that puts a relay into the way of
// each PeerConnection's media, whatever module it is of: Janus sees no candidate
// of the offer, so that it finds the peer by the checks that come through the
// relay; in the answer Janus's candidate is replaced by the relay.
type BadNetwork struct {
	URL string // of the API, to be used instead of Janus's

	server *http.Server
	served chan struct{}
	seed   uint64

	handlers sync.WaitGroup

	mu     sync.Mutex
	relays []*impair.Relay
	failed error
	closed bool

	toJanus, fromJanus impair.Link // of relays to come
}

// NewBadNetwork starts a proxy of an API, an http:// URL. The relays are perfect
// until SetLinks; the seed makes them repeatable. Close ends it.
func NewBadNetwork(api string, seed uint64) (*BadNetwork, error) {
	target, err := url.Parse(api)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	n := &BadNetwork{URL: fmt.Sprintf("http://%s%s", listener.Addr(), target.Path), seed: seed, served: make(chan struct{})}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: target.Scheme, Host: target.Host})
			r.Out.Header.Del("Accept-Encoding") // the body is read here
			n.hideCandidates(r.Out)
		},
		ModifyResponse: n.replaceCandidates,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { // a poll that the module gave up
			w.WriteHeader(http.StatusBadGateway)
		},
	}
	n.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // #nosec G112 -- for this machine only
		n.handlers.Add(1)
		defer n.handlers.Done()
		proxy.ServeHTTP(w, r)
	})}
	go func() {
		defer close(n.served)
		_ = n.server.Serve(listener)
	}()
	return n, nil
}

// candidateLine is one in the JSON of an SDP; candidate is one of UDP, with its
// address and port.
var (
	candidateLine = regexp.MustCompile(`a=(candidate:[^\\"]*|end-of-candidates)(\\r)?\\n`)
	candidate     = regexp.MustCompile(`(a=candidate:\S+ 1 (?i:udp) \d+ )(\S+) (\d+)( typ host)`)
)

// hideCandidates takes those of an offer out of a request.
func (n *BadNetwork) hideCandidates(request *http.Request) {
	if request.Body == nil {
		return
	}
	body, err := io.ReadAll(request.Body)
	_ = request.Body.Close()
	if err != nil {
		n.fail(err)
	}
	body = candidateLine.ReplaceAll(body, nil)
	request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
}

// replaceCandidates puts a relay in the place of each candidate of an answer.
func (n *BadNetwork) replaceCandidates(response *http.Response) error {
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		return err
	}
	body = candidate.ReplaceAllFunc(body, func(line []byte) []byte {
		parts := candidate.FindSubmatch(line)
		relay, err := n.relayTo(string(parts[2]), string(parts[3]))
		if err != nil {
			n.fail(err)
			return line
		}
		return fmt.Appendf(nil, "%s%s %d%s", parts[1], relay.Addr().Addr(), relay.Addr().Port(), parts[4])
	})
	response.Body = io.NopCloser(bytes.NewReader(body))
	response.ContentLength = int64(len(body))
	response.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}

func (n *BadNetwork) relayTo(address, port string) (*impair.Relay, error) {
	target, err := netip.ParseAddrPort(net.JoinHostPort(strings.Trim(address, "[]"), port))
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return nil, http.ErrServerClosed
	}
	relay, err := impair.NewRelay(impair.Config{
		Listen: netip.AddrPortFrom(target.Addr(), 0), Target: target, ToTarget: n.toJanus, FromTarget: n.fromJanus, Seed: n.seed + 2*uint64(len(n.relays)),
	})
	if err == nil {
		n.relays = append(n.relays, relay)
	}
	return relay, err
}

// Begin says how the relays of calls to come are from their first packet on,
// that is for ICE and DTLS as well.
func (n *BadNetwork) Begin(toJanus, fromJanus impair.Link) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.toJanus, n.fromJanus = toJanus, fromJanus
}

func (n *BadNetwork) fail(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.failed = errors.Join(n.failed, err)
}

// Relays are those so far, in the order of the PeerConnections. The target of
// each is Janus. The error is what went wrong inside of the proxy so far.
func (n *BadNetwork) Relays() ([]*impair.Relay, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]*impair.Relay(nil), n.relays...), n.failed
}

// flowing is how many packets from Janus show that a PeerConnection is up.
const flowing = 20

// Flows waits until media comes from Janus through the nth relay, counted from
// 1, for at most 10 s: a call is answered before its media is up.
func (n *BadNetwork) Flows(nth int) error {
	var failed error
	err := realjanus.Until(10*time.Second, "media flows", func() bool {
		var relays []*impair.Relay
		if relays, failed = n.Relays(); failed != nil || len(relays) < nth {
			return failed != nil
		}
		_, down := relays[nth-1].Stats()
		return down.Packets > flowing
	})
	return errors.Join(failed, err)
}

// Close ends proxy and relays. No goroutine is left when it returns.
func (n *BadNetwork) Close() error {
	err := n.server.Close()
	<-n.served
	n.mu.Lock()
	n.closed = true
	n.mu.Unlock()
	n.handlers.Wait()
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, relay := range n.relays {
		err = errors.Join(err, relay.Close())
	}
	n.relays = nil
	return err
}
