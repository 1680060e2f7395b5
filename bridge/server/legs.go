// SPDX-License-Identifier: MPL-2.0

package server

import (
	"encoding/json"
	"sync"
	"sync/atomic"
)

// Legs counts the legs of a server, and knows their handles.
type Legs struct {
	server *Server
	counts *counts      // of all servers that ever had this name
	held   atomic.Int64 // of this server, those included that still say farewell
	known  sync.Map     // the handles, by their numbers at Janus
}

// counts are the figures of `janus list`.
type counts struct {
	total      atomic.Uint64 // calls ever dialled
	inProgress atomic.Int64  // legs that exist
	fewer      chan struct{} // holds a token when a leg has gone since the drain last looked
}

func newCounts() *counts { return &counts{fewer: make(chan struct{}, 1)} }

// tellFewer wakes the drain, which may be that of the server that has replaced the leg's own.
func (c *counts) tellFewer() {
	select {
	case c.fewer <- struct{}{}:
	default:
	}
}

// Began counts a leg.
func (l *Legs) Began() {
	l.counts.total.Add(1)
	l.counts.inProgress.Add(1)
	l.held.Add(1)
}

// Ended counts a leg that exists no more on the switch.
func (l *Legs) Ended() { l.counts.inProgress.Add(-1) }

// Gone counts a leg whose farewell to Janus is said as well: until then the session is kept.
func (l *Legs) Gone() {
	l.held.Add(-1)
	l.server.Connection.changes()
	l.counts.tellFewer()
}

// HandOver counts a leg at another server from now on: one that has ended is only kept until its
// farewell. A leg that has never been here was not dialled here either.
func (l *Legs) HandOver(to *Legs, ended, was bool) {
	to.counts.total.Add(1)
	to.held.Add(1)
	if !ended {
		to.counts.inProgress.Add(1)
		l.counts.inProgress.Add(-1)
	}
	if !was {
		l.counts.total.Add(^uint64(0))
	}
	l.Gone()
}

// AddHandle takes note of the handle of a leg.
func (l *Legs) AddHandle(id uint64) { l.known.Store(id, nil) }

// RemoveHandle takes note that a handle is no leg's any more.
func (l *Legs) RemoveHandle(id uint64) { l.known.Delete(id) }

// handles is how many handles there are.
func (l *Legs) handles() (n int) {
	l.known.Range(func(any, any) bool { n++; return true })
	return n
}

// Sent tells whether a notification of Janus is about a handle of a leg of ours. The ICE password
// of that one is not for the bus; of a handle that somebody drives by `janus send` the whole SDP
// is.
func (l *Legs) Sent(notification json.RawMessage) bool {
	var said struct {
		Sender uint64 `json:"sender"`
	}
	_ = json.Unmarshal(notification, &said)
	_, ours := l.known.Load(said.Sender)
	return ours
}
