// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
)

// patience is how long a test waits for what must come.
const patience = time.Minute

// fakeHost is a switch in Go: it keeps sessions' variables and remembers what
// the engine has asked for.
type fakeHost struct {
	config string
	codecs []string // that the switch knows; nil: all
	acl    func(list string, addr netip.Addr) bool
	global map[string]string
	query  func(dsn, sql string) (host.Rows, error) // the database; nil: there is none

	marked func(uuid string) // nil: nobody wants to know

	mu       sync.Mutex
	changed  chan struct{}
	log      []string
	events   []host.Event
	sessions map[string]*fakeSession
	ports    map[netip.AddrPort]bool // that are handed out
}

// fakeSession is a session on the fake switch.
type fakeSession struct {
	vars     map[string]string
	progress []string   // "ring", "media opus", "answer", in order
	cause    host.Cause // once hung up
	down     bool
}

func newFakeHost(config string) *fakeHost {
	return &fakeHost{config: config, changed: make(chan struct{}), sessions: make(map[string]*fakeSession),
		ports: make(map[netip.AddrPort]bool)}
}

// session makes a session with variables.
func (h *fakeHost) session(uuid string, vars map[string]string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make(map[string]string)
	for name, value := range vars {
		all[name] = value
	}
	h.sessions[uuid] = &fakeSession{vars: all}
}

// act changes a session under the lock and wakes whoever waits.
func (h *fakeHost) act(uuid string, do func(*fakeSession)) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.sessions[uuid]
	if s == nil {
		return host.ErrGone
	}
	do(s)
	h.wake()
	return nil
}

func (h *fakeHost) wake() {
	close(h.changed)
	h.changed = make(chan struct{})
}

// wait waits for a condition on the host, asked under its lock.
func (h *fakeHost) wait(t *testing.T, what string, met func() bool) {
	t.Helper()
	limit := time.After(patience)
	for {
		h.mu.Lock()
		changed, ok := h.changed, met()
		h.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-limit:
			h.mu.Lock()
			defer h.mu.Unlock()
			require.Fail(t, "not in time: "+what, "log:\n%s", strings.Join(h.log, "\n"))
		}
	}
}

func (h *fakeHost) Config(bool) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.config == "missing" {
		return "", fmt.Errorf("janus.conf: no such file")
	}
	return h.config, nil
}

func (h *fakeHost) Log(uuid string, level host.Level, text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.log = append(h.log, fmt.Sprintf("%d %s %s", level, uuid, text))
	h.wake()
}

// logged tells whether a line of log has all these words.
func (h *fakeHost) logged(words ...string) bool {
	for _, line := range h.log {
		found := true
		for _, word := range words {
			found = found && strings.Contains(line, word)
		}
		if found {
			return true
		}
	}
	return false
}

// panicAt has the first event of a server panic.
var panicAt atomic.Pointer[atomic.Bool]

func (h *fakeHost) Fire(event host.Event) {
	if once := panicAt.Load(); once != nil && event.Subclass == "janus::server" && once.CompareAndSwap(false, true) {
		panic("a panic of the test")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, event)
	h.wake()
}

// fired tells whether an event of this subclass has this header.
func (h *fakeHost) fired(subclass, name, value string) bool {
	for _, event := range h.events {
		for _, header := range event.Headers {
			if event.Subclass == subclass && header == [2]string{name, value} {
				return true
			}
		}
	}
	return false
}

func (h *fakeHost) Global(name string) string { return h.global[name] }

func (h *fakeHost) Query(dsn, sql string) (host.Rows, error) {
	if h.query == nil {
		return host.Rows{}, errors.New("no database layer")
	}
	return h.query(dsn, sql)
}

func (h *fakeHost) Allowed(list string, addr netip.Addr) bool {
	return h.acl == nil || h.acl(list, addr)
}

func (h *fakeHost) CodecKnown(name string) bool {
	if h.codecs == nil {
		return true
	}
	for _, known := range h.codecs {
		if strings.EqualFold(known, name) {
			return true
		}
	}
	return false
}

func (h *fakeHost) RTPPorts() (first, last uint16) { return firstPort, lastPort }

// The fake switch's RTP ports are below those that systems choose from.
const firstPort, lastPort = 10000, 29998

// RequestPort hands out even ports at random, and does not ask whether they are bound.
func (h *fakeHost) RequestPort(addr netip.Addr) uint16 {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		port := netip.AddrPortFrom(addr, uint16(firstPort+2*rand.IntN((lastPort-firstPort)/2)))
		if !h.ports[port] {
			h.ports[port] = true
			return port.Port()
		}
	}
}

func (h *fakeHost) ReleasePort(addr netip.Addr, port uint16) {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := netip.AddrPortFrom(addr, port)
	if !h.ports[key] {
		panic(fmt.Sprintf("port %s is given back, and nobody has it", key))
	}
	delete(h.ports, key)
}

// portsOut is how many ports are handed out.
func (h *fakeHost) portsOut() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.ports)
}

func (h *fakeHost) Variable(uuid, name string) (value string) {
	_ = h.act(uuid, func(s *fakeSession) { value = s.vars[name] })
	return value
}

func (h *fakeHost) SetVariable(uuid, name, value string) error {
	return h.act(uuid, func(s *fakeSession) { s.vars[name] = value })
}

func (h *fakeHost) RingReady(uuid string) error { return h.step(uuid, "ring") }

// marked is called when a session has media, as by its own thread.
func (h *fakeHost) MediaReady(uuid string, codec media.Codec) error {
	err := h.step(uuid, "media "+codec.Name)
	if h.marked != nil && err == nil {
		h.marked(uuid)
	}
	return err
}

func (h *fakeHost) PlayKey(uuid string, digit byte, duration time.Duration) error {
	return h.step(uuid, fmt.Sprintf("key %c %s", digit, duration))
}

func (h *fakeHost) ComfortNoise(uuid string, on bool) error {
	return h.step(uuid, fmt.Sprintf("noise %t", on))
}

func (h *fakeHost) Deafen(uuid string, on bool) error {
	return h.step(uuid, fmt.Sprintf("deaf %t", on))
}

func (h *fakeHost) HoldMusic(uuid string, on bool) error {
	return h.step(uuid, fmt.Sprintf("hold music %t", on))
}

func (h *fakeHost) Play(uuid, path string) error { return h.step(uuid, "play "+path) }

func (h *fakeHost) Record(uuid, path string) error { return h.step(uuid, "record "+path) }

func (h *fakeHost) RecordStop(uuid, path string) error { return h.step(uuid, "record stop "+path) }

func (h *fakeHost) Execute(uuid, application, data string) error {
	return h.step(uuid, "execute "+application+" "+data)
}

func (h *fakeHost) Answer(uuid string) error { return h.step(uuid, "answer") }

func (h *fakeHost) step(uuid, what string) error {
	return h.act(uuid, func(s *fakeSession) { s.progress = append(s.progress, what) })
}

func (h *fakeHost) Hangup(uuid string, cause host.Cause) error {
	return h.act(uuid, func(s *fakeSession) {
		if !s.down {
			s.down, s.cause = true, cause
		}
	})
}
