// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// AttachOptions are given when a handle is made.
type AttachOptions struct {
	// OpaqueID is shown by Janus in its event handlers and its Admin API.
	OpaqueID string
	// OnEvent is called with every event of the handle, in Janus's order, from
	// the session's dispatcher goroutine. It must not block: put the event
	// into a mailbox. While one blocks, 10,000 events or 16 MiB wait; of those
	// above, PluginEvents are dropped, and at twice as many the others too,
	// which is logged once a session. nil: events are dropped.
	OnEvent func(Event)
}

// Handle is one attachment to a plugin: one participant, one PeerConnection.
// Its methods may be called from any goroutine.
type Handle struct {
	session *Session
	address address
	plugin  string
	onEvent func(Event)

	heardAll func()        // closes detached
	detached chan struct{} // closed once Janus's "detached" has been read: nothing comes after it

	mu    sync.Mutex
	state handleState
}

// handleState is how far a handle has gone.
type handleState int

const (
	handleOpen    handleState = iota
	handleLeaving             // Detach was called: requests are refused, plugin events still come
	handleClosed              // nothing comes any more
)

// lastWords is how long Detach waits, once Janus has answered, for the event that is the last
// of a handle. Over HTTP it comes by another connection than the answer.
const lastWords = time.Second

// Attach makes a handle on a plugin, named in full: janus.plugin.audiobridge.
// No event is missed, not even one that comes before Attach returns.
func (s *Session) Attach(ctx context.Context, plugin string, options AttachOptions) (*Handle, error) {
	fields := map[string]any{"plugin": plugin}
	if options.OpaqueID != "" {
		fields["opaque_id"] = options.OpaqueID
	}
	unanswered := 0
	s.attachStarts()
	defer func() { s.attachEnds(unanswered) }()
	m, unanswered, err := s.ask(ctx, address{session: s.id}, "attach", fields)
	if err != nil {
		return nil, err
	}
	if m.Data == nil || m.Data.ID == 0 {
		return nil, errors.New("janus: attach: the answer holds no handle id")
	}
	return s.Adopt(uint64(m.Data.ID), plugin, options)
}

// Adopt returns a handle that exists in Janus already: one of a session taken
// over with [Client.Claim]. Nothing is sent.
func (s *Session) Adopt(id uint64, plugin string, options AttachOptions) (*Handle, error) {
	h := &Handle{
		session: s, address: address{session: s.id, handle: id}, plugin: plugin, onEvent: options.OnEvent,
		detached: make(chan struct{}),
	}
	h.heardAll = sync.OnceFunc(func() { close(h.detached) })
	if err := s.adopt(h); err != nil {
		return nil, err
	}
	return h, nil
}

// ID returns Janus's number of the handle.
func (h *Handle) ID() uint64 { return h.address.handle }

// Plugin returns the full name of the plugin.
func (h *Handle) Plugin() string { return h.plugin }

// Session returns the session that the handle lives in.
func (h *Handle) Session() *Session { return h.session }

// Message sends a message to the plugin and returns its one answer, be it sent
// at once or as an event after an ack. body is written as JSON; jsep may be
// nil. Errors: *Error, *PluginError, *TransportError, or one that matches
// ErrTimeout, ErrSessionLost or ErrClosed. An answer that comes after a timeout
// is a [PluginEvent] with its transaction.
func (h *Handle) Message(ctx context.Context, body any, jsep *JSEP) (*PluginReply, error) {
	// One limit for both parts, the acceptance and the answer.
	ctx, cancel := h.session.client.limit(ctx)
	defer cancel()
	x, err := h.Start(ctx, body, jsep)
	if err != nil {
		return nil, err
	}
	defer x.Close()
	return x.Next(ctx)
}

// Trickle sends candidates of this side (RFC 8838).
func (h *Handle) Trickle(ctx context.Context, candidates ...Candidate) error {
	switch len(candidates) {
	case 0:
		return nil
	case 1:
		return h.request(ctx, "trickle", map[string]any{"candidate": candidates[0]})
	default:
		return h.request(ctx, "trickle", map[string]any{"candidates": candidates})
	}
}

// TrickleComplete says that no more candidates come.
func (h *Handle) TrickleComplete(ctx context.Context) error {
	return h.request(ctx, "trickle", map[string]any{"candidate": map[string]any{"completed": true}})
}

// Hangup closes the PeerConnection and keeps the handle.
func (h *Handle) Hangup(ctx context.Context) error { return h.request(ctx, "hangup", nil) }

// Detach removes the handle. What the plugin says of the participant before it is
// gone, a kick say, still comes to OnEvent as a [PluginEvent]; no other event does,
// and no call of OnEvent begins after Detach returned, whatever it returns. Janus's
// "detached" tells that nothing more comes: it is waited for, a second at most. Do
// not call Detach from OnEvent. That Janus does not know handle or session any more
// is no error.
func (h *Handle) Detach(ctx context.Context) error {
	h.goOn(handleLeaving)
	defer h.close()
	_, _, err := h.session.ask(ctx, h.address, "detach", nil)
	switch {
	case err == nil || hasCode(err, CodeHandleNotFound):
		h.awaitLastWords(ctx)
		return nil
	case hasCode(err, CodeSessionNotFound) || errors.Is(err, ErrSessionLost):
		return nil
	}
	return err
}

// WaitForEvents waits until OnEvent has returned for each event that came before the call, also
// for those of the session's other handles. An answer can overtake the events that Janus sent
// before it: events wait for the dispatcher, answers do not. Its error is that of ctx. It must not
// be called in OnEvent.
func (h *Handle) WaitForEvents(ctx context.Context) error { return h.session.events.wait(ctx) }

// awaitLastWords waits until OnEvent has had all events of the handle.
func (h *Handle) awaitLastWords(ctx context.Context) {
	if h.in() == handleClosed {
		return // a second Detach
	}
	patience := time.NewTimer(lastWords)
	defer patience.Stop()
	select {
	case <-h.detached:
	case <-h.session.Done():
	case <-ctx.Done():
	case <-patience.C:
	}
}

// close has the session forget the handle.
func (h *Handle) close() {
	h.goOn(handleClosed)
	s := h.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.handles[h.ID()] == h {
		delete(s.handles, h.ID())
	}
}

func (h *Handle) request(ctx context.Context, name string, fields map[string]any) error {
	if h.in() != handleOpen {
		return fmt.Errorf("janus: %s: handle: %w", name, ErrClosed)
	}
	_, _, err := h.session.ask(ctx, h.address, name, fields)
	return err
}

// in returns how far the handle has gone.
func (h *Handle) in() handleState {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.state
}

// goOn moves the handle to a state; it never goes back.
func (h *Handle) goOn(to handleState) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state = max(h.state, to)
}

// register lets the answers to x find it. It is done before the message is
// sent, since the answer may be faster than the ack.
func (h *Handle) register(x *Exchange) error {
	if h.in() != handleOpen {
		return fmt.Errorf("janus: %s: handle: %w", x.request, ErrClosed)
	}
	s := h.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.Err(); err != nil {
		return fmt.Errorf("janus: %s: %w", x.request, err)
	}
	s.exchanges[x.id] = x
	return nil
}

// emit gives an event to OnEvent. It runs on the dispatcher goroutine.
func (h *Handle) emit(event Event) {
	if _, last := event.(Detached); last {
		defer h.heardAll()
	}
	if h.onEvent == nil || !h.admits(event) {
		return
	}
	defer rescue(&h.session.client.cfg, "OnEvent", nil)
	h.onEvent(event)
}

// admits tells whether OnEvent is still to see an event.
func (h *Handle) admits(event Event) bool {
	switch h.in() {
	case handleOpen:
		return true
	case handleLeaving:
		_, ofPlugin := event.(PluginEvent)
		return ofPlugin
	default:
		return false
	}
}
