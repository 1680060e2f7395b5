// SPDX-License-Identifier: MPL-2.0

package console

import (
	"fmt"
	"slices"

	"mod_janus/bridge/call"
	"mod_janus/bridge/host"
)

// leg returns the Janus leg with this UUID, or nil.
func (c *Console) leg(uuid string) *call.Call {
	for _, leg := range c.env.Calls() {
		if uuid != "" && leg.UUID() == uuid {
			return leg
		}
	}
	return nil
}

// legNamed is leg for a UUID that somebody has typed.
func (c *Console) legNamed(uuid string) (*call.Call, error) {
	leg := c.leg(uuid)
	if leg == nil {
		return nil, fmt.Errorf("no Janus leg has the uuid %q", uuid)
	}
	return leg, nil
}

// legOf returns the Janus leg that a session is, is bridged to, or has dialled.
// It returns nil where the session has to do with no Janus leg.
func (c *Console) legOf(uuid string) *call.Call {
	if leg := c.leg(uuid); leg != nil {
		return leg
	}
	for _, name := range host.PartnerVariables {
		if leg := c.leg(c.env.Host.Variable(uuid, name)); leg != nil {
			return leg
		}
	}
	for _, leg := range c.env.Calls() {
		if uuid != "" && leg.Status().ALeg == uuid {
			return leg
		}
	}
	return nil
}

// Legs returns the UUIDs of the legs there are, oldest first.
func (c *Console) Legs() []string {
	var uuids []string
	for _, leg := range c.env.Calls() {
		if uuid := leg.UUID(); uuid != "" {
			uuids = append(uuids, uuid)
		}
	}
	return uuids
}

// Rooms returns the rooms that our legs are in, sorted, on whatever server.
func (c *Console) Rooms() []string {
	var rooms []string
	for _, leg := range c.env.Calls() {
		rooms = append(rooms, leg.Status().Room)
	}
	slices.Sort(rooms)
	return slices.Compact(rooms)
}

// legsIn are the UUIDs of our legs in a room, by their participant ids.
func (c *Console) legsIn(server, room string) map[string]string {
	legs := make(map[string]string)
	for _, leg := range c.env.Calls() {
		if now := leg.Status(); leg.Server().Name == server && now.Room == room && now.Participant != "" {
			legs[now.Participant] = leg.UUID()
		}
	}
	return legs
}
