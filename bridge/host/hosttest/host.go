// SPDX-License-Identifier: MPL-2.0

// Package hosttest is a switch in Go, for tests: [Host] keeps the variables of sessions and
// remembers what it was asked for.
package hosttest

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

// Patience is how long a test waits for what must come.
const Patience = time.Minute

// Host is a switch in Go: it keeps sessions' variables and remembers what it was asked for.
type Host struct {
	XML      string   // the configuration; "missing": there is none
	Codecs   []string // that the switch knows; nil: all
	ACL      func(list string, addr netip.Addr) bool
	Globals  map[string]string                        // variables of the switch
	Database func(dsn, sql string) (host.Rows, error) // the database; nil: there is none

	Marked func(uuid string) // nil: nobody wants to know

	Mu       sync.Mutex // guards what follows
	changed  chan struct{}
	Lines    []string // of log: level, session and text
	Events   []host.Event
	Sessions map[string]*Session
	ports    map[netip.AddrPort]bool // that are handed out
}

// Session is a session on the switch.
type Session struct {
	Vars     map[string]string
	Progress []string   // "ring", "media opus", "answer", in order
	Cause    host.Cause // once hung up
	Down     bool
}

// New makes a switch whose configuration is this XML.
func New(config string) *Host {
	return &Host{XML: config, changed: make(chan struct{}), Sessions: make(map[string]*Session),
		ports: make(map[netip.AddrPort]bool)}
}

// Session makes a session with variables.
func (h *Host) Session(uuid string, vars map[string]string) {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	all := make(map[string]string)
	for name, value := range vars {
		all[name] = value
	}
	h.Sessions[uuid] = &Session{Vars: all}
}

// act changes a session under the lock and wakes whoever waits.
func (h *Host) act(uuid string, do func(*Session)) error {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	s := h.Sessions[uuid]
	if s == nil {
		return host.ErrGone
	}
	do(s)
	h.wake()
	return nil
}

func (h *Host) wake() {
	close(h.changed)
	h.changed = make(chan struct{})
}

// Wait waits for a condition on the host, asked under its lock.
func (h *Host) Wait(t *testing.T, what string, met func() bool) {
	t.Helper()
	limit := time.After(Patience)
	for {
		h.Mu.Lock()
		changed, ok := h.changed, met()
		h.Mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-limit:
			h.Mu.Lock()
			defer h.Mu.Unlock()
			require.Fail(t, "not in time: "+what, "log:\n%s", strings.Join(h.Lines, "\n"))
		}
	}
}

// Config returns the configuration.
func (h *Host) Config(bool) (string, error) {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	if h.XML == "missing" {
		return "", fmt.Errorf("janus.conf: no such file")
	}
	return h.XML, nil
}

// Log keeps a line of log.
func (h *Host) Log(uuid string, level host.Level, text string) {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	h.Lines = append(h.Lines, fmt.Sprintf("%d %s %s", level, uuid, text))
	h.wake()
}

// Logged tells whether a line of log has all these words.
func (h *Host) Logged(words ...string) bool {
	for _, line := range h.Lines {
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

// PanicAt has the first event of a server panic.
var PanicAt atomic.Pointer[atomic.Bool]

// Fire keeps an event.
func (h *Host) Fire(event host.Event) {
	if once := PanicAt.Load(); once != nil && event.Subclass == "janus::server" && once.CompareAndSwap(false, true) {
		panic("a panic of the test")
	}
	h.Mu.Lock()
	defer h.Mu.Unlock()
	h.Events = append(h.Events, event)
	h.wake()
}

// Fired tells whether an event of this subclass has this header.
func (h *Host) Fired(subclass, name, value string) bool {
	for _, event := range h.Events {
		for _, header := range event.Headers {
			if event.Subclass == subclass && header == [2]string{name, value} {
				return true
			}
		}
	}
	return false
}

// Global returns a variable of the switch.
func (h *Host) Global(name string) string { return h.Globals[name] }

// Query asks the database.
func (h *Host) Query(dsn, sql string) (host.Rows, error) {
	if h.Database == nil {
		return host.Rows{}, errors.New("no database layer")
	}
	return h.Database(dsn, sql)
}

// Allowed asks ACL; without one every list admits every address.
func (h *Host) Allowed(list string, addr netip.Addr) bool {
	return h.ACL == nil || h.ACL(list, addr)
}

// CodecKnown tells whether the switch knows a codec.
func (h *Host) CodecKnown(name string) bool {
	if h.Codecs == nil {
		return true
	}
	for _, known := range h.Codecs {
		if strings.EqualFold(known, name) {
			return true
		}
	}
	return false
}

// RTPPorts is the range from which ports are handed out.
func (h *Host) RTPPorts() (first, last uint16) { return firstPort, lastPort }

// The switch's RTP ports are below those that systems choose from.
const firstPort, lastPort = 10000, 29998

// RequestPort hands out even ports at random, and does not ask whether they are bound.
func (h *Host) RequestPort(addr netip.Addr) uint16 {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	for {
		port := netip.AddrPortFrom(addr, uint16(firstPort+2*rand.IntN((lastPort-firstPort)/2)))
		if !h.ports[port] {
			h.ports[port] = true
			return port.Port()
		}
	}
}

// ReleasePort takes a port back, and panics where nobody has it.
func (h *Host) ReleasePort(addr netip.Addr, port uint16) {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	key := netip.AddrPortFrom(addr, port)
	if !h.ports[key] {
		panic(fmt.Sprintf("port %s is given back, and nobody has it", key))
	}
	delete(h.ports, key)
}

// PortsOut is how many ports are handed out.
func (h *Host) PortsOut() int {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	return len(h.ports)
}

// Variable returns a variable of a session.
func (h *Host) Variable(uuid, name string) (value string) {
	_ = h.act(uuid, func(s *Session) { value = s.Vars[name] })
	return value
}

// SetVariable sets a variable of a session.
func (h *Host) SetVariable(uuid, name, value string) error {
	return h.act(uuid, func(s *Session) { s.Vars[name] = value })
}

// RingReady has a session ring.
func (h *Host) RingReady(uuid string) error { return h.step(uuid, "ring") }

// MediaReady gives a session its codec. Marked is called then, as by the session's own thread.
func (h *Host) MediaReady(uuid string, codec media.Codec) error {
	err := h.step(uuid, "media "+codec.Name)
	if h.Marked != nil && err == nil {
		h.Marked(uuid)
	}
	return err
}

// PlayKey notes that a key is played into a session.
func (h *Host) PlayKey(uuid string, digit byte, duration time.Duration) error {
	return h.step(uuid, fmt.Sprintf("key %c %s", digit, duration))
}

// ComfortNoise notes that comfort noise begins or ends.
func (h *Host) ComfortNoise(uuid string, on bool) error {
	return h.step(uuid, fmt.Sprintf("noise %t", on))
}

// Deafen notes that a session hears nothing, or hears again.
func (h *Host) Deafen(uuid string, on bool) error {
	return h.step(uuid, fmt.Sprintf("deaf %t", on))
}

// HoldMusic notes that a session has music on hold, or none.
func (h *Host) HoldMusic(uuid string, on bool) error {
	return h.step(uuid, fmt.Sprintf("hold music %t", on))
}

// Play notes that a file is played to a session.
func (h *Host) Play(uuid, path string) error { return h.step(uuid, "play "+path) }

// Record notes that a session is recorded.
func (h *Host) Record(uuid, path string) error { return h.step(uuid, "record "+path) }

// RecordStop notes that a session is no longer recorded.
func (h *Host) RecordStop(uuid, path string) error { return h.step(uuid, "record stop "+path) }

// Execute notes that an application runs on a session.
func (h *Host) Execute(uuid, application, data string) error {
	return h.step(uuid, "execute "+application+" "+data)
}

// Answer notes that a session is answered.
func (h *Host) Answer(uuid string) error { return h.step(uuid, "answer") }

func (h *Host) step(uuid, what string) error {
	return h.act(uuid, func(s *Session) { s.Progress = append(s.Progress, what) })
}

// Hangup hangs a session up.
func (h *Host) Hangup(uuid string, cause host.Cause) error {
	return h.act(uuid, func(s *Session) {
		if !s.Down {
			s.Down, s.Cause = true, cause
		}
	})
}
