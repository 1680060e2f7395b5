// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"context"
	"errors"
	"hash/maphash"
	"sync"
)

var errSessionTimeout = errors.New("janus ended the session for lack of activity")

// deliver implements listener: answers go straight to whoever waits for them,
// events to the dispatcher.
func (s *Session) deliver(m *message) {
	if m.SessionID != 0 && uint64(m.SessionID) != s.id {
		s.client.cfg.Logger.Warn("janus event of another session dropped", "session", s.id, "other", m.SessionID)
		return
	}
	s.silent.Store(false)
	if s.options.OnMessage != nil && m.fault == nil && m.Janus != "keepalive" && m.Janus != "ack" {
		s.tell(m)
	}
	switch {
	case s.answers(m):
		return
	case m.Janus == "timeout":
		s.lost(errSessionTimeout)
		return
	case s.resolve(m):
		return
	case m.fault != nil:
		s.client.cfg.Logger.Warn("an event of janus is dropped", "session", s.id, "handle", m.Sender, "kind", m.Janus, "error", m.fault.What)
		return
	}
	if event := m.event(); event != nil && m.Sender != 0 {
		s.route(uint64(m.Sender), event)
	}
}

// tell gives a message to OnMessage, where that is wanted.
func (s *Session) tell(m *message) {
	defer rescue(&s.client.cfg, "OnMessage", nil)
	if s.options.WantsMessages == nil || s.options.WantsMessages() {
		s.options.OnMessage(m.text())
	}
}

// resolve hands an answer to its exchange. An answer that repeats one already
// given is swallowed; one that comes too late is not, and becomes an event.
func (s *Session) resolve(m *message) bool {
	if m.Transaction == "" {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.exchanges[m.Transaction]
	if m.Janus == "ack" {
		return true // a second time, or too late: it says nothing
	}
	if x == nil || m.Sender != 0 && uint64(m.Sender) != x.handle.ID() {
		return s.answered.repeats(m)
	}
	x.push(m)
	return true
}

// route queues an event for its handle. While an attach is under way its
// handle may speak before it is known: that is kept for it.
func (s *Session) route(id uint64, event Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.handles[id]; h != nil {
		s.events.push(h, event)
		return
	}
	if s.attaching > 0 && len(s.orphans[id]) < maxOrphans && len(s.orphans) < maxOrphans {
		s.orphans[id] = append(s.orphans[id], event)
	}
}

// adopt makes a handle known and queues what it said before that.
func (s *Session) adopt(h *Handle) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.handles == nil || s.ctx.Err() != nil {
		return s.Err()
	}
	s.handles[h.ID()] = h
	for _, event := range s.orphans[h.ID()] {
		s.events.push(h, event)
	}
	delete(s.orphans, h.ID())
	return nil
}

// attachStarts and attachEnds bracket an attach request. Of unanswered tries
// handles may be left in Janus.
func (s *Session) attachStarts() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attaching++
}

func (s *Session) attachEnds(unanswered int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unheardAttaches += unanswered
	if s.attaching--; s.attaching == 0 {
		clear(s.orphans)
	}
}

// maxQueued and maxQueuedBytes bound the events that wait for a slow OnEvent.
// To hold those above back would hold back the answers that come by the same
// connection, so they are dropped: first the plugin's, which come in floods, and at
// twice as many the core's, which change the state of a call.
const (
	maxQueued      = 10000
	maxQueuedBytes = 16 << 20 // of what plugins wrote
)

// queue is the line of events before the dispatcher.
type queue struct {
	cfg     *Config
	mu      sync.Mutex
	filled  *sync.Cond
	items   []queued
	bytes   int
	closed  bool
	dropped bool // the log has been told
}

// queued is an event of a handle, or the place of somebody who waits for the events before it.
type queued struct {
	handle  *Handle
	event   Event
	reached chan<- struct{} // closed when it is its turn; nil for an event
}

func newQueue(cfg *Config) *queue {
	q := &queue{cfg: cfg}
	q.filled = sync.NewCond(&q.mu)
	return q
}

func (q *queue) push(h *Handle, event Event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.admits(event) {
		if q.cfg.OnDropped != nil {
			q.cfg.OnDropped()
		}
		if !q.dropped {
			q.dropped = true
			q.cfg.Logger.Warn("janus sends events faster than they are taken: some are dropped", "waiting", len(q.items), "bytes", q.bytes)
		}
		return
	}
	q.items = append(q.items, queued{handle: h, event: event})
	q.bytes += weight(event)
	q.filled.Signal()
}

// wait returns when the dispatcher has dealt with the events that are queued now,
// when the queue is closed, or with the error of ctx.
func (q *queue) wait(ctx context.Context) error {
	reached := make(chan struct{})
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return nil
	}
	q.items = append(q.items, queued{reached: reached})
	q.filled.Signal()
	q.mu.Unlock()
	select {
	case <-reached:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// admits tells whether there is room for an event; q.mu is held.
func (q *queue) admits(event Event) bool {
	switch event.(type) {
	case SessionLost:
		return true
	case PluginEvent:
		return len(q.items) < maxQueued && q.bytes+weight(event) <= maxQueuedBytes
	default:
		return len(q.items) < 2*maxQueued
	}
}

// weight is about how many bytes an event keeps.
func weight(event Event) int {
	e, ok := event.(PluginEvent)
	if !ok {
		return 0
	}
	n := len(e.Data)
	if e.JSEP != nil {
		n += len(e.JSEP.SDP)
	}
	return n
}

// close lets the dispatcher end once the queue is empty.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.filled.Signal()
}

// dispatch is the session's dispatcher goroutine.
func (q *queue) dispatch() {
	for {
		q.mu.Lock()
		for len(q.items) == 0 && !q.closed {
			q.filled.Wait()
		}
		items := q.items
		q.items, q.bytes = nil, 0
		q.mu.Unlock()
		if len(items) == 0 {
			return
		}
		for _, item := range items {
			if item.reached != nil {
				close(item.reached)
				continue
			}
			item.handle.emit(item.event)
		}
	}
}

// history remembers the latest answers, to know one that comes twice.
type history struct {
	entries [64]answered
	next    int
}

type answered struct {
	transaction string
	sum         uint64
	resent      bool // the request was: a second answer must be expected
}

var historySeed = maphash.MakeSeed()

// sum tells answers apart by their plugindata and JSEP.
func sum(m *message) uint64 {
	var h maphash.Hash
	h.SetSeed(historySeed)
	if m.PluginData != nil {
		h.Write(m.PluginData.Data)
	}
	if m.JSEP != nil {
		h.WriteString(m.JSEP.Type + m.JSEP.SDP)
	}
	return h.Sum64()
}

func (h *history) add(transaction string, sum uint64, resent bool) {
	h.entries[h.next] = answered{transaction, sum, resent}
	h.next = (h.next + 1) % len(h.entries)
}

// repeats reports whether m answers again what was answered before.
func (h *history) repeats(m *message) bool {
	for _, e := range h.entries {
		if e.transaction == m.Transaction && (e.resent || e.sum == sum(m)) {
			return true
		}
	}
	return false
}
