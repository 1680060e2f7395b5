// SPDX-License-Identifier: MPL-2.0

package console

import (
	"context"
	"fmt"
	"strings"

	"mod_janus/bridge/failure"
	"mod_janus/bridge/server"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// reply is what a room's command prints. It is a table, or it is fields, which JSON
// shows, with words, which the text shows.
type reply struct {
	table  *table
	words  string
	fields fields
}

func (r reply) output(asJSON bool) string {
	if r.table != nil {
		return show(r.table, asJSON)
	}
	return show(done{r.words, r.fields}, asJSON)
}

// roomCommand is where one command about rooms is dealt with: a handle of its own.
type roomCommand struct {
	server.RoomRef
	rooms  server.RoomLister
	admin  server.RoomAdmin // nil where the plugin has less
	secret string           // of the room: as typed, else that of a leg of ours in it
}

// manage is the ManageRequest of this room.
func (d *roomCommand) manage(room janusclient.ID) audiobridge.ManageRequest {
	return audiobridge.ManageRequest{Room: room, Secret: d.secret}
}

// roomAction is a command about rooms, ready to be done.
type roomAction func(context.Context, *roomCommand) (reply, error)

func (c *Console) commandRooms(text string) string {
	args, asJSON := cutJSON(strings.Fields(text))
	if len(args) != 1 {
		return usageOf("rooms")
	}
	if p := c.env.Pool(args[0]); p != nil {
		return c.listPoolRooms(p, asJSON)
	}
	return c.runRoomCommand(args[0], "", "", asJSON, c.listRooms)
}

func (c *Console) commandParticipants(text string) string {
	args, asJSON := cutJSON(strings.Fields(text))
	if len(args) != 2 {
		return usageOf("participants")
	}
	return c.runRoomCommand(args[0], args[1], "", asJSON, c.listParticipants)
}

// commandRoom runs `janus room <server> <room> <verb> ...`.
func (c *Console) commandRoom(text string) string {
	words, err := splitWords(text)
	if err != nil {
		return fmt.Sprintf("-ERR %s\n", err)
	}
	words, asJSON := cutJSON(words)
	if len(words) < 3 {
		return usageOf("room")
	}
	name, room, verb := words[0], words[1], words[2]
	control, known := roomControlNamed(verb)
	if !known {
		return usageOf("room")
	}
	args, opts := cutOptions(words[3:])
	secret := opts.text("secret")
	do, ok := control.parse(c, args, opts)
	if !ok {
		return roomUsage(verb)
	}
	if err := opts.rest(); err != nil {
		return fmt.Sprintf("-ERR %s\n", err)
	}
	if !control.everywhere {
		do = managed(verb, do)
	}
	return c.runRoomCommand(name, room, secret, asJSON, do)
}

// roomUsage is what a line prints that is not rightly this verb.
func roomUsage(name string) string {
	v, _ := verbNamed(verbs, "room")
	return v.usage(name)
}

// managed refuses what a plugin without management of rooms cannot do.
func managed(verb string, do roomAction) roomAction {
	return func(ctx context.Context, d *roomCommand) (reply, error) {
		if d.admin == nil {
			return reply{}, fmt.Errorf("plugin %s has nothing for %q: of its rooms there is %s", d.Config.Plugin, verb, strings.Join(verbsEverywhere(), ", "))
		}
		return do(ctx, d)
	}
}

// runRoomCommand does an action on a handle of its own, see Manage.
func (c *Console) runRoomCommand(serverName, room, secret string, asJSON bool, do roomAction) string {
	s, err := c.env.Server(serverName)
	if err != nil {
		return outcome("", err)
	}
	d := &roomCommand{RoomRef: server.RoomRef{Server: s, Config: s.Config()}}
	if room != "" {
		if d.RoomRef, err = s.ParseRoom(room); err != nil {
			return fmt.Sprintf("-ERR %s\n", failure.Reason(err))
		}
		d.secret = secret
		if secret == "" {
			d.secret = c.secretOf(s.Name, d.Room.String())
		}
	}
	var answer reply
	err = s.Manage(d.Config, func(ctx context.Context, m server.Management) (err error) {
		d.rooms, d.admin = m.Rooms, m.Admin
		answer, err = do(ctx, d)
		return err
	})
	if err != nil {
		return "-ERR " + failure.Reason(err) + "\n"
	}
	return answer.output(asJSON)
}

// secretOf is the room's secret as one of our legs in it knows it, "" for none.
func (c *Console) secretOf(server, room string) string {
	for _, leg := range c.env.Calls() {
		if secret := leg.RoomSecret(); leg.Server().Name == server && leg.Status().Room == room && secret != "" {
			return secret
		}
	}
	return ""
}

// listRooms shows of a room what its plugin tells.
func (c *Console) listRooms(ctx context.Context, d *roomCommand) (reply, error) {
	rooms, err := d.rooms.List(ctx, d.Config.AdminKey)
	if err != nil {
		return reply{}, err
	}
	t := &table{columns: []string{"room", "description", "participants", "legs", "pin", "record", "muted", "rate"}}
	if d.admin == nil {
		t.columns = []string{"room", "description", "participants", "legs", "record", "rate", "uid"}
	}
	for _, r := range rooms {
		legs := len(c.legsIn(d.Server.Name, r.Room.String()))
		if d.admin == nil {
			t.add(r.Room, r.Description, r.NumParticipants, legs, r.Record, r.SamplingRate, r.UID)
		} else {
			t.add(r.Room, r.Description, r.NumParticipants, legs, r.PINRequired, r.Record, r.Muted, r.SamplingRate)
		}
	}
	return reply{table: t}, nil
}

// listParticipants shows of a participant what the plugin tells.
func (c *Console) listParticipants(ctx context.Context, d *roomCommand) (reply, error) {
	var people []audiobridge.Participant
	err := d.With(func(room janusclient.ID) (err error) {
		people, err = d.rooms.ListParticipants(ctx, room)
		return err
	})
	if err != nil {
		return reply{}, err
	}
	legs := c.legsIn(d.Server.Name, d.Room.String())
	t := &table{columns: []string{"id", "display", "setup", "muted", "talking", "suspended", "uuid"}}
	if !server.TellsReadiness(d.Config.Plugin) {
		t.columns = []string{"id", "display", "muted", "uuid"}
	}
	for _, p := range people {
		if !server.TellsReadiness(d.Config.Plugin) {
			t.add(p.ID, p.Display, p.Muted, legs[p.ID.String()])
		} else {
			t.add(p.ID, p.Display, p.Setup, p.Muted, p.Talking, p.Suspended, legs[p.ID.String()])
		}
	}
	return reply{table: t}, nil
}
