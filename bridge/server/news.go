// SPDX-License-Identifier: MPL-2.0

package server

import (
	"sync"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// News has what Janus says of the participants of a server's rooms told once,
// however many of our legs are in a room. Janus gives each leg a copy of each
// event, and gives all copies of one event before those of the next one of the
// room: that is how copies are known. Whichever leg reads its copy first tells
// it, so that nothing is lost, or told twice, when legs come and go.
type News struct {
	mu     sync.Mutex
	byText map[string]*Bulletin // the latest of each room, by what Janus wrote
	rooms  map[string]*roomNews // by the room's id
}

// roomNews is what is remembered of a room.
type roomNews struct {
	latest *Bulletin
	about  map[string]change // the latest of each participant, until the leg itself tells of it
	told   map[string]string // the latest action of each pair of opposites, by pair and participant
}

// change is what a bulletin says of a participant.
type change struct {
	bulletin *Bulletin
	action   string
}

// Bulletin is one event of a room, of which each leg there has a copy.
type Bulletin struct {
	Event audiobridge.Event
	Err   error // why Event is not understood

	text string
	legs map[Leg]struct{} // that have a copy
	told map[string]struct{}
}

// opposites are the actions of which a participant's latest one is remembered:
// a leg tells what it has done to itself, of which only the others hear of Janus.
var opposites = map[string]string{
	MuteAction(true): "mute ", MuteAction(false): "mute ", SuspendAction(true): "suspend ", SuspendAction(false): "suspend ",
}

// MuteAction is the action of janus::participant for one who is muted, or no longer.
func MuteAction(muted bool) string {
	if muted {
		return "muted"
	}
	return "unmuted"
}

// SuspendAction is the action of janus::participant for one who is out of the mix, or no longer.
func SuspendAction(suspended bool) string {
	if suspended {
		return "suspended"
	}
	return "resumed"
}

// Read takes a leg's copy of an event, in the session's dispatcher. nil: the
// event is an answer, and for this leg alone.
func (n *News) Read(leg Leg, plugin string, event janusclient.Event) *Bulletin {
	said, ok := event.(janusclient.PluginEvent)
	if !ok || said.Transaction != "" || said.JSEP != nil {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if b := n.byText[string(said.Data)]; b != nil {
		if _, has := b.legs[leg]; !has {
			b.legs[leg] = struct{}{}
			return b
		}
	}
	b := &Bulletin{text: string(said.Data), legs: map[Leg]struct{}{leg: {}}}
	b.Event, b.Err = ParseRoomEvent(plugin, said.Data)
	if room := RoomOf(b.Event); b.Err == nil && !room.IsZero() {
		n.replace(room.String(), b)
	}
	return b
}

// replace makes b the latest of a room; mu is held.
func (n *News) replace(room string, b *Bulletin) {
	r := n.room(room)
	if r.latest != nil {
		delete(n.byText, r.latest.text)
	}
	if n.byText == nil {
		n.byText = map[string]*Bulletin{}
	}
	r.latest, n.byText[b.text] = b, b
	switch event := b.Event.(type) {
	case audiobridge.ParticipantsChanged:
		for _, p := range event.Participants {
			r.about[p.ID.String()] = change{b, MuteAction(p.Muted)}
		}
	case audiobridge.Suspended:
		r.about[event.ID.String()] = change{b, SuspendAction(event.Suspended)}
	}
}

// room is what is remembered of a room, from now on; mu is held.
func (n *News) room(room string) *roomNews {
	r := n.rooms[room]
	if r == nil {
		if n.rooms == nil {
			n.rooms = map[string]*roomNews{}
		}
		r = &roomNews{about: map[string]change{}, told: map[string]string{}}
		n.rooms[room] = r
	}
	return r
}

// ofOthers is the event that tells the others of what a leg has done to itself;
// nil for none. Janus sends it before it answers the leg. mu is held.
func (n *News) ofOthers(room, participant, action string) *Bulletin {
	r := n.rooms[room]
	if r == nil {
		return nil
	}
	said := r.about[participant]
	delete(r.about, participant)
	if said.action == action {
		return said.bulletin
	}
	return nil
}

// Tell has a change of a participant told, unless it has been. b is the event
// that says it; nil for what a leg has done to itself. The lock is held
// meanwhile, so that what comes later is told later.
func (n *News) Tell(b *Bulletin, room, participant, action string, fire func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if b == nil {
		b = n.ofOthers(room, participant, action)
	}
	if b != nil {
		key := action + " " + participant
		if _, told := b.told[key]; told {
			return
		}
		if b.told == nil {
			b.told = map[string]struct{}{}
		}
		b.told[key] = struct{}{}
	}
	if pair, ok := opposites[action]; ok && !n.news(room, pair+participant, action) {
		return
	}
	if r := n.rooms[room]; r != nil && action == "left" {
		for _, pair := range opposites {
			delete(r.told, pair+participant)
		}
		delete(r.about, participant)
	}
	fire()
}

// news tells whether an action is another one than the latest; mu is held.
func (n *News) news(room, key, action string) bool {
	r := n.room(room)
	if r.told[key] == action {
		return false
	}
	r.told[key] = action
	return true
}

// forget ends what is remembered of a room in which there is no leg any more.
func (n *News) forget(room string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if r := n.rooms[room]; r != nil && r.latest != nil {
		delete(n.byText, r.latest.text)
	}
	delete(n.rooms, room)
}

// count is how much is remembered.
func (n *News) count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.rooms) + len(n.byText)
}
