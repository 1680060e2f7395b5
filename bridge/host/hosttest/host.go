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
)

// Patience is how long a test waits for what must come.
const Patience = time.Minute

// Host is a switch in Go: it keeps sessions' variables and remembers what it was asked for.
type Host struct {
	XML      string   // the configuration; "missing": there is none
	Codecs   []string // that the switch knows; nil: all
	ACL      func(list string, addr netip.Addr) bool
	Versions [2]string                                // of the switch: the one that the module was built for, and the one that runs
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

// New makes a switch whose configuration is this XML.
func New(config string) *Host {
	return &Host{XML: config, changed: make(chan struct{}), Sessions: make(map[string]*Session),
		ports: make(map[netip.AddrPort]bool)}
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

// Version returns Versions.
func (h *Host) Version() (built, running string) { return h.Versions[0], h.Versions[1] }

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
