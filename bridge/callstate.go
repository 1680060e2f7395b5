// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"mod_janus/bridge/config"
)

// callState is where a call is, as `janus calls` shows it.
type callState int32

const (
	stateDialling   callState = iota // waits for the server's session
	stateCreating                    // of the room
	stateJoining                     // until Janus's SDP answer
	stateConnecting                  // ICE and DTLS, or until webrtcup
	stateWaiting                     // for another participant
	stateUp                          // answered
	stateRejoining                   // after the session was lost
	stateLeaving                     // hung up, the farewell is under way
)

var stateNames = []string{"dialling", "creating", "joining", "connecting", "waiting", "up", "rejoining", "leaving"}

func (s callState) String() string { return stateNames[s] }

func (c *Call) setState(s callState) { c.state.Store(int32(s)) }

// progress is setState on the way into the room, which a call that joins again
// does not show.
func (c *Call) progress(s callState) {
	if callState(c.state.Load()) != stateRejoining {
		c.setState(s)
	}
}

// callInfo is what other goroutines may ask of a call.
type callInfo struct {
	mu                                sync.Mutex
	display, participant, codec, room string
	roomSecret                        string // "" for none
}

func (s *callInfo) set(display, participant, codec string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.display, s.participant, s.codec = display, participant, codec
}

func (s *callInfo) rename(display string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.display = display
}

// move changes the room, and what Janus calls the participant there ("" while
// that is not known).
func (s *callInfo) move(room, participant string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.room, s.participant = room, participant
}

func (s *callInfo) inRoom() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.room
}

func (s *callInfo) setSecret(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.roomSecret = secret
}

func (s *callInfo) secret() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.roomSecret
}

func (s *callInfo) get() (display, participant, codec string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.display, s.participant, s.codec
}

// milliseconds with one decimal, in text and as a JSON number.
type milliseconds float64

func (m milliseconds) String() string { return fmt.Sprintf("%.1f", float64(m)) }

// MarshalJSON rounds as String does.
func (m milliseconds) MarshalJSON() ([]byte, error) { return []byte(m.String()), nil }

// row is the call's row in `janus calls`: seconds since it was dialled, packets
// lost, jitter and round trip in ms.
func (c *Call) row(uuid string) []any {
	display, participant, codec := c.info.get()
	var lost uint64
	var jitter, rtt milliseconds
	if stats, ok := c.stats(); ok {
		lost, jitter, rtt = stats.Lost, milliseconds(stats.JitterMs), milliseconds(stats.RoundTripMs)
	}
	return []any{
		uuid, c.server.name, c.info.inRoom(), display, participant, codec, callState(c.state.Load()).String(),
		int64(time.Since(c.dialled) / time.Second), lost, jitter, rtt,
	}
}

// describe is all that is known of one server, for `janus server <name>`.
func (s *server) describe() fields {
	cfg := s.cfg.Load()
	s.mu.Lock()
	session, connected, enabled, lastErr := s.session, s.connected, s.enabled, s.lastErr
	s.mu.Unlock()
	state, id, rtt := "disabled", uint64(0), milliseconds(0)
	switch {
	case session != nil:
		state, id, rtt = "connected", session.ID(), milliseconds(float64(session.RoundTrip().Microseconds())/1000)
	case enabled:
		state, connected = "connecting", time.Time{}
	default:
		connected = time.Time{}
	}
	reason := ""
	if lastErr != nil {
		reason = failureOf(lastErr).reason
	}
	version, transports := "", ""
	if info := s.info.Load(); info != nil {
		version = info.VersionString
		var names []string
		for name := range info.Transports {
			names = append(names, name)
		}
		transports = strings.Join(sorted(names), ",")
	}
	var f fields
	f.add("name", s.name)
	f.add("state", state)
	f.add("enabled", enabled)
	f.add("url", config.Mask(cfg.URL))
	f.add("plugin", cfg.Plugin)
	f.add("id", id)
	f.add("started", microseconds(connected))
	f.add("roundTripMs", rtt)
	f.add("version", version)
	f.add("transports", transports)
	f.add("stringIds", [...]string{"auto", "true", "false"}[s.ids.Load()])
	f.add("totalCalls", s.counts.total.Load())
	f.add("callsInProgress", s.counts.inProgress.Load())
	f.add("lastError", reason)
	return f
}

func sorted(names []string) []string {
	slices.Sort(names)
	return names
}
