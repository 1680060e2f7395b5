// SPDX-License-Identifier: MPL-2.0

package pool

import "context"

// Store is what the switches of a pool share, Redis say. It decides where a room is that several
// switches make at the same time, and carries the news. A pool works without one, and goes on as
// without one where a method fails: no call fails for it. Each method answers or fails within a
// quarter of a second, whatever has become of the store; all may be called from any goroutine.
type Store interface {
	// Lookup returns who has a room; the zero Claim where nobody has.
	Lookup(ctx context.Context, room string) (Claim, error)
	// Claim takes a room for the server want, where it is free or still with the server from
	// ("": only where it is free). The answer is who has it now, which may be another server.
	Claim(ctx context.Context, room, want, from string) (Claim, error)
	// Renew says that legs of this switch are in rooms, so that the claims do not end, and claims
	// the rooms again that the store has lost; the epoch of a claim without the store is 0. The
	// answer is who has each room now, in their order; the zero Claim where that cannot be read.
	Renew(ctx context.Context, rooms []Held) ([]Claim, error)
	// Release ends a claim of a room that was destroyed, unless somebody else has it
	// meanwhile.
	Release(ctx context.Context, room string, claim Claim) error

	// Report says which servers this switch sees up: by their names.
	Report(ctx context.Context, up map[string]bool) error
	// Views returns what the other switches that live have reported, by their names.
	Views(ctx context.Context) (map[string]map[string]bool, error)

	// Cordon keeps new rooms away from a server on all switches, or lets them come again. by
	// is who says so.
	Cordon(ctx context.Context, server, by string, on bool) error
	// Cordoned returns the servers that are cordoned, each with who has said so.
	Cordoned(ctx context.Context) (map[string]string, error)

	// Load says how much there is on a server; it is kept for half a minute.
	Load(ctx context.Context, server string, load Load) error
	// Loads returns how much there is on each server that is known.
	Loads(ctx context.Context) (map[string]Load, error)

	// Watch calls told with each change that a switch makes, also this one, until ctx ends. It
	// comes back by itself where the connection is lost.
	Watch(ctx context.Context, told func(Change))
	// Publish tells all who watch of a change that is in no other method: a leg that has
	// moved, say.
	Publish(ctx context.Context, change Change) error

	// State is StoreUp, or why the store is not used just now.
	State() string
	// Close ends the connection.
	Close()
}

// StoreUp is the state of a store that can be used.
const StoreUp = "up"

// Claim is who has a room.
type Claim struct {
	Server string
	Epoch  uint64 // goes up each time that another server gets the room
	New    bool   // this call of Claim has made or changed it
}

// Held is a room with who has it, as a switch knows it.
type Held struct {
	Room string
	Claim
}

// Load is how much there is on a server.
type Load struct{ Participants, Rooms int }

// The actions of a Change.
const (
	ActionPlaced     = "placed"     // a room has its first server
	ActionMoved      = "moved"      // … or another one
	ActionReleased   = "released"   // a room was destroyed
	ActionCordoned   = "cordoned"   // a server gets no new rooms
	ActionUncordoned = "uncordoned" // … or gets them again

	actionSplit = "split" // a room is on two servers
)

// Change is one thing that has changed in a pool.
type Change struct {
	Action string // one of the actions of the event janus::pool
	Room   string // "" where it is about a server
	Server string
	From   string // the server before; "" for none
	Epoch  uint64
	By     string // the switch that has made it
	URL    string // the public URL of Server; "" for none
}
