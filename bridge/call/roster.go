// SPDX-License-Identifier: MPL-2.0

package call

import (
	"unique"

	"mod_janus/bridge/host"
	"mod_janus/bridge/server"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// maxRoster bounds what is remembered of a room: what a Janus says beyond that
// is told as if it were news.
const maxRoster = 10000

// roster is the participants of a call's room as Janus last told of them, and
// tells the switch what becomes of them. It belongs to the call's goroutine.
type roster struct {
	room     *room
	fire     func(subclass string, headers [][2]string)
	ready    func(who string)   // another participant can hear and speak
	announce func(sound string) // lets the caller hear that somebody came or went

	self     janusclient.ID   // this participant
	bulletin *server.Bulletin // that is being read; nil for none
	entries  rosterEntries    // nil before the first of them
}

// rosterEntries are by id. A room of hundreds is remembered by each leg in it:
// so ids and names are kept once for all.
type rosterEntries map[unique.Handle[janusclient.ID]]rosterEntry

type rosterEntry struct {
	display                          unique.Handle[string]
	setup, muted, suspended, talking bool
}

func (r *roster) get(id janusclient.ID) (p audiobridge.Participant, known bool) {
	who, known := r.entries[unique.Make(id)]
	if known {
		p = audiobridge.Participant{
			ID: id, Display: who.display.Value(), Setup: who.setup, Muted: who.muted, Suspended: who.suspended, Talking: who.talking,
		}
	}
	return p, known
}

// known is what is known of a participant: at least the id.
func (r *roster) known(id janusclient.ID) audiobridge.Participant {
	p, _ := r.get(id)
	p.ID = id
	return p
}

// others is how many there are besides the leg itself.
func (r *roster) others() int {
	if _, known := r.entries[unique.Make(r.self)]; known {
		return len(r.entries) - 1
	}
	return len(r.entries)
}

// present takes the list that a join is answered with: they were here before.
func (r *roster) present(list []audiobridge.Participant) {
	r.entries = make(rosterEntries)
	for _, p := range list {
		r.remember(p)
	}
}

func (r *roster) remember(p audiobridge.Participant) {
	if r.entries == nil {
		r.entries = make(rosterEntries) // an event before the answer to the join
	}
	id := unique.Make(p.ID)
	if _, known := r.entries[id]; known || len(r.entries) < maxRoster {
		r.entries[id] = rosterEntry{unique.Make(p.Display), p.Setup, p.Muted, p.Suspended, p.Talking}
	}
	if (p.Setup || !server.TellsReadiness(r.room.ref.Config.Plugin)) && p.ID != r.self {
		r.ready(p.ID.String())
	}
}

// joined: others came in.
func (r *roster) joined(list []audiobridge.Participant) {
	for _, p := range list {
		if p.ID == r.self {
			continue
		}
		r.remember(p)
		r.tell("joined", p)
		r.announce("join-sound")
	}
}

// changed: muted or unmuted, renamed, PeerConnection up. The result tells whether
// others have unmuted the leg itself.
func (r *roster) changed(list []audiobridge.Participant) (unmuted bool) {
	for _, p := range list {
		before, _ := r.get(p.ID)
		p.Talking = before.Talking
		r.remember(p)
		if p.Muted != before.Muted {
			r.tell(server.MuteAction(p.Muted), p)
			unmuted = unmuted || p.ID == r.self && !p.Muted
		}
	}
	return unmuted
}

// left: another participant left, or was thrown out.
func (r *roster) left(id janusclient.ID) {
	p := r.known(id)
	delete(r.entries, unique.Make(id))
	r.tell("left", p)
	r.announce("leave-sound")
}

// tell tells of a participant of the room, perhaps the leg itself.
func (r *roster) tell(action string, p audiobridge.Participant) {
	if r.room.ref.Config.QuietRooms {
		return
	}
	headers := [][2]string{{host.HeaderAction, action}, {host.HeaderParticipantID, p.ID.String()}}
	if p.Display != "" {
		headers = append(headers, [2]string{host.HeaderParticipantDisplay, p.Display})
	}
	news := &r.room.ref.Server.News
	news.Tell(r.bulletin, r.room.ref.ID().String(), p.ID.String(), action, func() { r.fire(host.EventParticipant, headers) })
}
