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
	mu      sync.Mutex
	current map[string]*Bulletin            // the latest of each room, by the room's id
	byText  map[string]*Bulletin            // the same, by what Janus wrote
	about   map[string]map[string]*Bulletin // the latest of each participant, by room, until the leg itself tells of it
	told    map[string]map[string]string    // the latest action of each pair of opposites, by room, and participant
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
	"muted": "mute ", "unmuted": "mute ", "suspended": "suspend ", "resumed": "suspend ",
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
	if n.current == nil {
		n.current, n.byText = map[string]*Bulletin{}, map[string]*Bulletin{}
	}
	if before := n.current[room]; before != nil {
		delete(n.byText, before.text)
	}
	n.current[room], n.byText[b.text] = b, b
	for participant := range b.actions() {
		if n.about == nil {
			n.about = map[string]map[string]*Bulletin{}
		}
		if n.about[room] == nil {
			n.about[room] = map[string]*Bulletin{}
		}
		n.about[room][participant] = b
	}
}

// actions are those of opposites that the event is about, by participant.
func (b *Bulletin) actions() map[string]string {
	actions := map[string]string{}
	switch event := b.Event.(type) {
	case audiobridge.ParticipantsChanged:
		for _, p := range event.Participants {
			actions[p.ID.String()] = map[bool]string{true: "muted", false: "unmuted"}[p.Muted]
		}
	case audiobridge.Suspended:
		actions[event.ID.String()] = map[bool]string{true: "suspended", false: "resumed"}[event.Suspended]
	}
	return actions
}

// ofOthers is the event that tells the others of what a leg has done to itself;
// nil for none. Janus sends it before it answers the leg. mu is held.
func (n *News) ofOthers(room, participant, action string) *Bulletin {
	b := n.about[room][participant]
	delete(n.about[room], participant)
	if b != nil && b.actions()[participant] == action {
		return b
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
	if action == "left" {
		for _, pair := range opposites {
			delete(n.told[room], pair+participant)
		}
		delete(n.about[room], participant)
	}
	fire()
}

// news tells whether an action is another one than the latest; mu is held.
func (n *News) news(room, key, action string) bool {
	if n.told == nil {
		n.told = map[string]map[string]string{}
	}
	if n.told[room] == nil {
		n.told[room] = map[string]string{}
	}
	if n.told[room][key] == action {
		return false
	}
	n.told[room][key] = action
	return true
}

// forget ends what is remembered of a room in which there is no leg any more.
func (n *News) forget(room string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if b := n.current[room]; b != nil {
		delete(n.byText, b.text)
	}
	delete(n.current, room)
	delete(n.about, room)
	delete(n.told, room)
}

// count is how much is remembered.
func (n *News) count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.current) + len(n.byText) + len(n.about) + len(n.told)
}
