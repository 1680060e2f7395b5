// SPDX-License-Identifier: MPL-2.0

package call

import (
	"sync"

	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
	"mod_janus/bridge/server"
	"mod_janus/janusclient"
)

// What can happen to a call.
type (
	// msgHangup: the session on the switch has hung up.
	msgHangup struct{ cause host.Cause }
	// msgEnd: the engine ends the call.
	msgEnd struct{ why *failure.Error }
	// msgJanus: an event of a handle of the call; only those of its present one count.
	msgJanus struct {
		attachment int
		event      janusclient.Event
		ends       bool             // the call, or may: it is never dropped
		bulletin   *server.Bulletin // of which the event is a copy; nil for none
	}
	// msgMedia: the state of the media of a leg has changed; only that of the present one counts. A
	// leg outlives the handle with which it was offered first,
	// where a join is tried again with another one.
	msgMedia struct {
		leg   int
		state media.State
		err   error
	}
	// msgMoved: after a move, or after who has moved was unmuted,
	// there is something to compare with.
	msgMoved struct {
		leg       int
		packetsIn uint64 // so far
	}
	// msgInquired: Janus has answered whether the participant is still in its room.
	msgInquired struct {
		attachment int
		inquiry    inquiry
		err        error
	}
	// msgHost: bridged, unbridged, held or retrieved (JANUS_MESSAGE_...).
	msgHost struct{ message int }
	// msgLost: the server's session with Janus is gone.
	msgLost struct {
		session *janusclient.Session
		err     error
	}
	// msgAway: Janus's API is out of reach.
	msgAway struct{}
	// msgDTMF: the caller pressed a key.
	msgDTMF struct {
		digit      byte
		durationMS uint32
	}
)

// maxMail bounds a mailbox: a Janus that floods a handle with events costs
// those events, not memory. The events of Janus's core, which change the state
// of a call and are few, have twice the room of a plugin's.
const maxMail = 512

// mailbox takes messages from any goroutine without making it wait and gives
// them to the one goroutine that owns the call, in order.
type mailbox struct {
	mu    sync.Mutex
	queue []any
	ready chan struct{} // holds a token while the queue is not empty
}

func newMailbox() *mailbox { return &mailbox{ready: make(chan struct{}, 1)} }

// put enters a message; false: it is dropped. A full mailbox drops events from
// Janus that end nothing, never what the switch or the engine has to say.
func (m *mailbox) put(msg any) bool {
	m.mu.Lock()
	if fromJanus, ok := msg.(msgJanus); ok && !fromJanus.ends && len(m.queue) >= roomFor(fromJanus.event) {
		m.mu.Unlock()
		return false
	}
	m.queue = append(m.queue, msg)
	m.mu.Unlock()
	select {
	case m.ready <- struct{}{}:
	default:
	}
	return true
}

// roomFor is how many messages may wait when an event comes.
func roomFor(event janusclient.Event) int {
	if _, ofPlugin := event.(janusclient.PluginEvent); ofPlugin {
		return maxMail
	}
	return 2 * maxMail
}

// find returns the first message that waits and meets the condition, and leaves
// it there; nil for none.
func (m *mailbox) find(met func(any) bool) any {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, msg := range m.queue {
		if met(msg) {
			return msg
		}
	}
	return nil
}

// next returns the oldest message; nil when there is none. The others stay,
// since what is done about this one may depend on them.
func (m *mailbox) next() any {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.queue) == 0 {
		return nil
	}
	msg := m.queue[0]
	m.queue[0] = nil
	if m.queue = m.queue[1:]; len(m.queue) == 0 {
		m.queue = nil
	}
	return msg
}

// take returns all that has come in, oldest first.
func (m *mailbox) take() []any {
	m.mu.Lock()
	defer m.mu.Unlock()
	queue := m.queue
	m.queue = nil
	return queue
}
