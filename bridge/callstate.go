// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"sync"
	"sync/atomic"
	"time"

	"mod_janus/bridge/media"
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

// progress is the state of a call, which any goroutine may ask for.
type progress struct{ state atomic.Int32 }

func (p *progress) get() callState { return callState(p.state.Load()) }

func (p *progress) set(s callState) { p.state.Store(int32(s)) }

func (p *progress) rejoining() bool { return p.get() == stateRejoining }

// advance is set on the way into the room, which a call that joins again
// does not show.
func (p *progress) advance(s callState) {
	if !p.rejoining() {
		p.set(s)
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

// row is the call's row in `janus calls`: seconds since it was dialled, packets
// lost, jitter and round trip in ms.
func (c *Call) row(uuid string) []any {
	display, participant, codec := c.info.get()
	var lost uint64
	var jitter, rtt media.Milliseconds
	if stats, ok := c.media.figures.stats(); ok {
		lost, jitter, rtt = stats.Lost, media.Milliseconds(stats.JitterMs), media.Milliseconds(stats.RoundTripMs)
	}
	return []any{
		uuid, c.server.Name, c.info.inRoom(), display, participant, codec, c.progress.get().String(),
		int64(time.Since(c.dialled) / time.Second), lost, jitter, rtt,
	}
}
