// SPDX-License-Identifier: MPL-2.0

package call

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mod_janus/janusclient/admin"
)

// state is where a call is, as `janus calls` shows it.
type state int32

const (
	stateDialling   state = iota // waits for the server's session
	stateCreating                // of the room
	stateJoining                 // until Janus's SDP answer
	stateConnecting              // ICE and DTLS, or until webrtcup
	stateWaiting                 // for another participant
	stateUp                      // answered
	stateRejoining               // after the session was lost
	stateLeaving                 // hung up, the farewell is under way
)

var stateNames = []string{"dialling", "creating", "joining", "connecting", "waiting", "up", "rejoining", "leaving"}

// States are the words for where a call can be.
func States() []string { return slices.Clone(stateNames) }

func (s state) String() string { return stateNames[s] }

// progress is the state of a call, which any goroutine may ask for.
type progress struct {
	state    atomic.Int32
	answered atomic.Int64 // when that was, in ns since 1970; 0 while it was not
}

// answer takes note that the call is answered now.
func (p *progress) answer() {
	p.set(stateUp)
	p.answered.Store(time.Now().UnixNano())
}

// answeredAt is when the call was answered; zero while it was not.
func (p *progress) answeredAt() time.Time {
	if at := p.answered.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Time{}
}

func (p *progress) get() state { return state(p.state.Load()) }

func (p *progress) set(s state) { p.state.Store(int32(s)) }

func (p *progress) rejoining() bool { return p.get() == stateRejoining }

// advance is set on the way into the room, which a call that joins again
// does not show.
func (p *progress) advance(s state) {
	if !p.rejoining() {
		p.set(s)
	}
}

// info is what other goroutines may ask of a call.
type info struct {
	mu                                sync.Mutex
	display, participant, codec, room string
	roomSecret                        string // "" for none
}

func (s *info) set(display, participant, codec string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.display, s.participant, s.codec = display, participant, codec
}

func (s *info) rename(display string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.display = display
}

// move changes the room, and what Janus calls the participant there ("" while
// that is not known).
func (s *info) move(room, participant string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.room, s.participant = room, participant
}

func (s *info) inRoom() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.room
}

func (s *info) setSecret(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.roomSecret = secret
}

func (s *info) secret() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.roomSecret
}

func (s *info) get() (display, participant, codec string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.display, s.participant, s.codec
}

// Status is where a call is, as any goroutine may see it.
type Status struct {
	ALeg        string // the UUID of the session that has dialled; "" for none
	Room        string // as it was typed
	Participant string // its id; "" while the leg has none
	Display     string // its name in the room
	Codec       string
	State       string        // one word
	Age         time.Duration // since the call was dialled
}

// Status returns where the call is now.
func (c *Call) Status() Status {
	display, participant, codec := c.info.get()
	return Status{
		ALeg: c.aUUID, Room: c.info.inRoom(), Participant: participant, Display: display, Codec: codec,
		State: c.progress.get().String(), Age: time.Since(c.dialled),
	}
}

// State is where the call is, in one word of States.
func (c *Call) State() string { return c.progress.get().String() }

// Inside is the room that the call is in; "" while it is in none.
func (c *Call) Inside() string {
	c.info.mu.Lock()
	defer c.info.mu.Unlock()
	if c.info.participant == "" {
		return ""
	}
	return c.info.room
}

// RoomSecret is the secret of the call's room, as far as its variables say it; "" for none.
func (c *Call) RoomSecret() string { return c.info.secret() }

// Place is the call's handle at Janus, and the session of the handle; nil before there are any.
func (c *Call) Place() *admin.Handle { return c.janus.place.Load() }

// Figures is what the call's media has counted.
func (c *Call) Figures() MediaFigures { return c.media.figures.now() }
