// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// SessionOptions are given when a session is made.
type SessionOptions struct {
	// OnState tells of the connection by which events come. It is called with false
	// and the error at every failing poll, or try to regain a WebSocket, and
	// with true when events come again, from the session's listening goroutine:
	// it must not block. What Janus sent meanwhile is waiting over REST, and
	// over a WebSocket it is lost: ask who is in the room, say.
	OnState func(up bool, err error)
	// OnMessage is shown every notification of Janus to the session as it came,
	// events that answer a message among them, from the session's listening
	// goroutine: it must not block. nil: nobody is.
	OnMessage func(json.RawMessage)
	// WantsMessages, if set, is asked before each call of OnMessage whether it is to be
	// made, in the same goroutine.
	WantsMessages func() bool
}

// Session is a session with Janus. Its methods may be called from any goroutine.
type Session struct {
	client  *Client
	id      uint64
	options SessionOptions
	ctx     context.Context // ends with the session; its cause says why
	cancel  context.CancelCauseFunc
	claims  gate
	silent  atomic.Bool // a request had no answer in time, and no event has come since
	events  *queue

	mu                sync.Mutex
	handles           map[uint64]*Handle
	exchanges         map[string]*Exchange     // by transaction
	expected          map[string]chan *message // by transaction, of Send; cap 1, or nil
	answered          history
	attaching         int                // attach requests under way
	unheardAttaches   int                // attach requests that Janus may have acted on unheard
	attached          bool               // somebody has attached handles of their own, by Send
	orphans           map[uint64][]Event // events of handles whose attach is still under way
	connection        uint64             // the connection by which events come since they were last lost; 0 while never
	connectionChanged chan struct{}      // closed, and replaced, when connection changes
}

// maxOrphans bounds what is kept for handles not yet known.
const maxOrphans = 256

// open begins to listen to a session that Janus has made.
func (c *Client) open(id uint64, options SessionOptions) (*Session, error) {
	s := &Session{
		client: c, id: id, options: options,
		claims:            gate{rewound: make(chan struct{})},
		events:            newQueue(&c.cfg),
		handles:           map[uint64]*Handle{},
		exchanges:         map[string]*Exchange{},
		orphans:           map[uint64][]Event{},
		connectionChanged: make(chan struct{}),
	}
	s.ctx, s.cancel = context.WithCancelCause(c.ctx)
	if !c.start(s.listen, s.events.dispatch) {
		s.cancel(ErrClosed)
		return nil, ErrClosed
	}
	return s, nil
}

// listen runs until the session ends; whatever ended it, all is closed then.
func (s *Session) listen() {
	s.receive()
	<-s.ctx.Done()
	s.mu.Lock()
	handles := s.handles
	s.handles = nil
	s.mu.Unlock()
	if err := s.Err(); errors.Is(err, ErrSessionLost) {
		for _, h := range handles {
			s.events.push(h, SessionLost{Err: err})
		}
	}
	s.events.close()
}

// receive takes what Janus sends until the session ends.
func (s *Session) receive() {
	defer rescue(&s.client.cfg, "the reader of a session", func(err error) {
		s.cancel(fmt.Errorf("%w: %w", ErrSessionLost, err))
	})
	s.client.link.listen(s.ctx, s.id, s)
}

// ID returns Janus's number of the session.
func (s *Session) ID() uint64 { return s.id }

// Done is closed when the session is lost, destroyed, or its client closed.
func (s *Session) Done() <-chan struct{} { return s.ctx.Done() }

// Err is nil while the session lives; then it matches ErrSessionLost or ErrClosed.
func (s *Session) Err() error {
	if s.ctx.Err() == nil {
		return nil
	}
	return context.Cause(s.ctx)
}

// RoundTrip is how long the latest request that Janus answers by itself took:
// a keepalive, or an attach. 0 while there was none.
func (s *Session) RoundTrip() time.Duration { return time.Duration(s.client.rtt.Load()) }

// UnheardAttaches is how many handles Janus may hold that nobody here knows, since the
// answers to their attaches were lost. It is rid of them when the session ends.
func (s *Session) UnheardAttaches() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unheardAttaches
}

// InUse tells whether somebody holds a handle of the session, or is about to.
// Whether handles attached by Send were detached is not known: they count for ever.
func (s *Session) InUse() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.handles) > 0 || s.attaching > 0 || s.attached
}

// KeepAlive tells Janus that the session is in use. The long poll does the same,
// and so does what a WebSocket sends every Config.PingInterval.
func (s *Session) KeepAlive(ctx context.Context) error {
	_, _, err := s.ask(ctx, address{session: s.id}, "keepalive", nil)
	return err
}

// Claim regains the session after its connection to Janus broke; its handles
// stay (manual: "claim"). Events that Janus held back for the old connection
// are lost; they are not sent again.
func (s *Session) Claim(ctx context.Context) error {
	s.claims.begin()
	_, _, err := s.ask(ctx, address{session: s.id}, "claim", nil)
	var refusal *Error
	// If no answer came, Janus may have done it all the same.
	s.claims.end(!errors.As(err, &refusal))
	return err
}

// Destroy ends the session: on this side at once, then in Janus. That Janus does
// not know it any more is no error. Messages still waiting for an answer fail
// with ErrClosed, and events not yet fetched are lost. To destroy a session that
// has ended is no error either, and sends nothing.
func (s *Session) Destroy(ctx context.Context) error {
	if s.ctx.Err() != nil {
		return nil
	}
	// Before Janus is told: or the poll would take it for a loss.
	s.cancel(ErrClosed)
	_, _, err := s.client.ask(ctx, address{session: s.id}, "destroy", nil)
	if hasCode(err, CodeSessionNotFound) {
		return nil
	}
	return err
}

// ask is [Client.ask] for the session or one of its handles, while the session lives.
func (s *Session) ask(ctx context.Context, to address, name string, fields map[string]any) (*message, int, error) {
	ctx, cancel := joinContext(ctx, s.ctx, s.client.cfg.CmdTimeout)
	defer cancel()
	m, unanswered, err := s.client.ask(ctx, to, name, fields)
	s.missed(err)
	s.notice(err)
	return m, unanswered, err
}

// missed takes note of a request that had no answer in time.
func (s *Session) missed(err error) {
	if errors.Is(err, ErrTimeout) {
		s.silent.Store(true)
	}
}

// notice ends the session if err says that Janus does not know it.
func (s *Session) notice(err error) {
	if hasCode(err, CodeSessionNotFound) {
		s.lost(err)
	}
}

// lost implements listener, and serves requests that learn of the loss first.
func (s *Session) lost(err error) { s.cancel(fmt.Errorf("%w: %w", ErrSessionLost, err)) }

// state implements listener.
func (s *Session) state(up bool, err error) {
	if !up {
		s.client.cfg.Logger.Debug("janus events do not come", "session", s.id, "error", err)
	}
	if s.options.OnState != nil {
		s.options.OnState(up, err)
	}
}

// measured implements listener.
func (s *Session) measured(d time.Duration) { s.client.rtt.Store(int64(d)) }

// regained implements listener: exchanges whose answer is lost ask once more.
func (s *Session) regained(connection uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connection = connection
	close(s.connectionChanged)
	s.connectionChanged = make(chan struct{})
}

// eventConnection returns the connection by which events come, and a channel that is closed
// when that changes.
func (s *Session) eventConnection() (connection uint64, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connection, s.connectionChanged
}

// probe implements listener.
func (s *Session) probe(ctx context.Context) error {
	_, _, err := s.client.ask(ctx, address{session: s.id}, "keepalive", nil)
	return err
}

// admit implements listener.
func (s *Session) admit(ctx context.Context) <-chan struct{} { return s.claims.admit(ctx) }
