// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"sync"

	"mod_janus/bridge/media"
	"mod_janus/janusclient"
)

// What can happen to a call.
type (
	// msgHangup: the session on the switch has hung up.
	msgHangup struct{ cause Cause }
	// msgEnd: the engine ends the call.
	msgEnd struct{ why *failure }
	// msgJanus: an event of a handle of the call; only those of its present one count.
	msgJanus struct {
		attachment int
		event      janusclient.Event
	}
	// msgMedia: the state of a leg's media has changed; only that of the present attachment counts.
	msgMedia struct {
		attachment int
		state      media.State
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
// those events, not memory.
const maxMail = 512

// mailbox takes messages from any goroutine without making it wait and gives
// them to the one goroutine that owns the call, in order.
type mailbox struct {
	mu      sync.Mutex
	queue   []any
	dropped uint64
	ready   chan struct{} // holds a token while the queue is not empty
}

func newMailbox() *mailbox { return &mailbox{ready: make(chan struct{}, 1)} }

// put enters a message. A full mailbox drops events from Janus, never what the
// switch or the engine has to say.
func (m *mailbox) put(msg any) {
	m.mu.Lock()
	if _, fromJanus := msg.(msgJanus); fromJanus && len(m.queue) >= maxMail {
		m.dropped++
		m.mu.Unlock()
		return
	}
	m.queue = append(m.queue, msg)
	m.mu.Unlock()
	select {
	case m.ready <- struct{}{}:
	default:
	}
}

// take returns all that has come in, oldest first.
func (m *mailbox) take() []any {
	m.mu.Lock()
	defer m.mu.Unlock()
	queue := m.queue
	m.queue = nil
	return queue
}
