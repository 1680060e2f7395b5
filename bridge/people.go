// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// maxPeople bounds what is remembered of a room: what a Janus says beyond that
// is told as if it were news.
const maxPeople = 10000

// people are the participants of a call's room as Janus last told of them.
type people map[janusclient.ID]audiobridge.Participant

// present takes the list that a join is answered with: they were here before.
func (c *Call) present(list []audiobridge.Participant) {
	c.people = make(people)
	for _, p := range list {
		c.remember(p)
	}
}

func (c *Call) remember(p audiobridge.Participant) {
	if _, known := c.people[p.ID]; known || len(c.people) < maxPeople {
		c.people[p.ID] = p
	}
	if p.Setup && p.ID != c.self {
		c.participantReady(p.ID.String())
	}
}

// peopleJoined: others came in.
func (c *Call) peopleJoined(list []audiobridge.Participant) {
	for _, p := range list {
		if p.ID == c.self {
			continue
		}
		c.remember(p)
		c.participant("joined", p)
		c.announce("join-sound")
	}
	c.gateChanged()
}

// peopleChanged: muted or unmuted, renamed, PeerConnection up.
func (c *Call) peopleChanged(list []audiobridge.Participant) {
	for _, p := range list {
		before := c.people[p.ID]
		p.Talking = before.Talking
		c.remember(p)
		if p.Muted != before.Muted {
			c.participant(map[bool]string{true: "muted", false: "unmuted"}[p.Muted], p)
		}
	}
	c.gateChanged()
}

// personLeft: another participant left, or was thrown out.
func (c *Call) personLeft(id janusclient.ID) {
	p := c.known(id)
	delete(c.people, id)
	c.participant("left", p)
	c.announce("leave-sound")
}

func (c *Call) personTalks(id janusclient.ID, talking bool) {
	p := c.known(id)
	p.Talking = talking
	c.remember(p)
	c.participant(map[bool]string{true: "talking", false: "stopped-talking"}[talking], p)
}

func (c *Call) known(id janusclient.ID) audiobridge.Participant {
	p := c.people[id]
	p.ID = id
	return p
}

// participant tells of a participant of the room, perhaps the leg itself.
func (c *Call) participant(action string, p audiobridge.Participant) {
	headers := [][2]string{{"Action", action}, {"Participant-ID", p.ID.String()}}
	if p.Display != "" {
		headers = append(headers, [2]string{"Participant-Display", p.Display})
	}
	c.fire("janus::participant", headers)
}

// personSuspended: taken out of the mix, or put back into it. Of the leg itself
// it is news only when somebody else has done it.
func (c *Call) personSuspended(id janusclient.ID, suspended bool) {
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
	}
	p.Suspended = suspended
	c.remember(p)
	c.participant(map[bool]string{true: "suspended", false: "resumed"}[suspended], p)
}
