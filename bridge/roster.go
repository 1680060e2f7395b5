// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"unique"

	"mod_janus/bridge/host"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// maxRoster bounds what is remembered of a room: what a Janus says beyond that
// is told as if it were news.
const maxRoster = 10000

// roster is the participants of a call's room as Janus last told of them. A room of hundreds is remembered by each leg in it:
// so ids and names are kept once for all.
type roster map[unique.Handle[janusclient.ID]]rosterEntry

type rosterEntry struct {
	display                          unique.Handle[string]
	setup, muted, suspended, talking bool
}

func (all roster) get(id janusclient.ID) (p audiobridge.Participant, known bool) {
	who, known := all[unique.Make(id)]
	if known {
		p = audiobridge.Participant{
			ID: id, Display: who.display.Value(), Setup: who.setup, Muted: who.muted, Suspended: who.suspended, Talking: who.talking,
		}
	}
	return p, known
}

func (all roster) set(p audiobridge.Participant) {
	id := unique.Make(p.ID)
	if _, known := all[id]; known || len(all) < maxRoster {
		all[id] = rosterEntry{unique.Make(p.Display), p.Setup, p.Muted, p.Suspended, p.Talking}
	}
}

func (all roster) remove(id janusclient.ID) { delete(all, unique.Make(id)) }

// besides is how many there are besides one of them.
func (all roster) besides(id janusclient.ID) int {
	if _, known := all[unique.Make(id)]; known {
		return len(all) - 1
	}
	return len(all)
}

// present takes the list that a join is answered with: they were here before.
func (c *Call) present(list []audiobridge.Participant) {
	c.roster = make(roster)
	for _, p := range list {
		c.remember(p)
	}
}

func (c *Call) remember(p audiobridge.Participant) {
	if c.roster == nil {
		c.roster = make(roster) // an event before the answer to the join
	}
	c.roster.set(p)
	if (p.Setup || !tellsReadiness(c.cfg.Plugin)) && p.ID != c.self {
		c.gate.participantReady(p.ID.String())
	}
}

// participantsJoined: others came in.
func (c *Call) participantsJoined(list []audiobridge.Participant) {
	for _, p := range list {
		if p.ID == c.self {
			continue
		}
		c.remember(p)
		c.participant("joined", p)
		c.announce("join-sound")
	}
	c.gate.changed()
}

// participantsChanged: muted or unmuted, renamed, PeerConnection up.
func (c *Call) participantsChanged(list []audiobridge.Participant) {
	for _, p := range list {
		before, _ := c.roster.get(p.ID)
		p.Talking = before.Talking
		c.remember(p)
		if p.Muted != before.Muted {
			c.participant(map[bool]string{true: "muted", false: "unmuted"}[p.Muted], p)
			c.mutedByOthers(p)
		}
	}
	c.gate.changed()
}

// participantLeft: another participant left, or was thrown out.
func (c *Call) participantLeft(id janusclient.ID) {
	p := c.known(id)
	c.roster.remove(id)
	c.participant("left", p)
	c.announce("leave-sound")
}

// participantTalks: somebody begins or ends to talk, perhaps the leg itself: its own name it knows by itself.
func (c *Call) participantTalks(id janusclient.ID, talking bool) {
	p := c.known(id)
	if id == c.self {
		p = c.me()
	}
	p.Talking = talking
	c.remember(p)
	c.participant(map[bool]string{true: "talking", false: "stopped-talking"}[talking], p)
}

func (c *Call) known(id janusclient.ID) audiobridge.Participant {
	p, _ := c.roster.get(id)
	p.ID = id
	return p
}

// participant tells of a participant of the room, perhaps the leg itself.
func (c *Call) participant(action string, p audiobridge.Participant) {
	if c.cfg.QuietRooms {
		return
	}
	headers := [][2]string{{host.HeaderAction, action}, {host.HeaderParticipantID, p.ID.String()}}
	if p.Display != "" {
		headers = append(headers, [2]string{host.HeaderParticipantDisplay, p.Display})
	}
	c.server.news.tell(c.bulletin, c.room.ref.id().String(), p.ID.String(), action, func() { c.fire(host.EventParticipant, headers) })
}

// participantSuspended: taken out of the mix, or put back into it. Of the leg itself
// it is news only when somebody else has done it.
func (c *Call) participantSuspended(id janusclient.ID, suspended bool) {
	p := c.known(id)
	if id == c.self {
		p = c.me()
		switch {
		case suspended == (c.suspended != nil):
			return
		case suspended:
			c.suspended = &suspension{muted: p.Muted, deaf: c.deaf}
		default:
			c.suspended = nil
		}
		c.mixChanged()
	}
	p.Suspended = suspended
	c.remember(p)
	c.participant(map[bool]string{true: "suspended", false: "resumed"}[suspended], p)
}

// announce lets the caller hear that somebody came or went.
func (c *Call) announce(sound string) {
	if c.vars.Announce && !c.deaf {
		c.channel.prompt(sound)
	}
}
