// SPDX-License-Identifier: MPL-2.0

package console

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/pool"
	"mod_janus/bridge/server"
)

// poolNamed is the pool of a name that somebody has typed.
func (c *Console) poolNamed(name string) (*pool.Pool, error) {
	p := c.env.Pool(name)
	if p == nil {
		return nil, NoPoolError(name)
	}
	return p, nil
}

// NoPoolError is for the name of a pool that is not configured.
type NoPoolError string

func (e NoPoolError) Error() string { return fmt.Sprintf("no pool %q is configured", string(e)) }

// RoomNameError is for what cannot be the name of a room.
type RoomNameError struct{ error }

// Where tells where a room of a pool is, or would be made, as [pool.Pool.Where] does. An error is
// a [NoPoolError], a [RoomNameError], or why nobody knows.
func (c *Console) Where(ctx context.Context, name, room string) (pool.Whereabouts, error) {
	p, err := c.poolNamed(name)
	if err != nil {
		return pool.Whereabouts{}, err
	}
	dial, err := config.ParseRoomName(room)
	if err != nil {
		return pool.Whereabouts{}, RoomNameError{err}
	}
	return p.Where(ctx, dial)
}

// poolsTable is `janus pools`.
func (c *Console) poolsTable() table {
	t := table{columns: []string{"pool", "servers", "up", "rooms", "legs", "store"}}
	for _, p := range c.env.Pools() {
		members, up, legs := p.Members(), 0, 0
		rooms := make(map[string]bool)
		for _, s := range members {
			if s.Connection.Up() {
				up++
			}
		}
		for _, leg := range c.env.Calls() {
			if leg.PoolName() == p.PoolName() {
				rooms[leg.Status().Room] = true
				legs++
			}
		}
		t.add(p.PoolName(), len(members), up, len(rooms), legs, p.Store())
	}
	return t
}

// commandPool is `janus pool <pool>`: its servers. Rooms and participants are those that Janus
// tells of, and "" where it does not.
func (c *Console) commandPool(text string) string {
	args, asJSON := cutJSON(strings.Fields(text))
	if len(args) != 1 {
		return usageOf("pool")
	}
	p, err := c.poolNamed(args[0])
	if err != nil {
		return outcome("", err)
	}
	t := table{columns: []string{"server", "state", "weight", "rooms", "participants", "legs", "source", "url", "lastError"}}
	for _, m := range p.Overview(context.Background()) {
		cfg := m.Server.Config()
		var rooms, participants any // what is not known is empty, in JSON null
		if m.Load != nil {
			rooms, participants = m.Load.Rooms, m.Load.Participants
		}
		t.add(m.Server.Name, m.State, cfg.Weight, rooms, participants, m.Server.State().Calls, cfg.Source, config.Mask(m.Server.State().URL), m.LastErr)
	}
	return show(t, asJSON)
}

// commandWhere is `janus where <pool> <room>`.
func (c *Console) commandWhere(text string) string {
	words, err := splitWords(text)
	if err != nil {
		return outcome("", err)
	}
	args, asJSON := cutJSON(words)
	if len(args) != 2 {
		return usageOf("where")
	}
	w, err := c.Where(context.Background(), args[0], args[1])
	if err != nil {
		return outcome("", err)
	}
	var f fields
	f.add("pool", args[0])
	f.add("room", w.Room)
	f.add("server", w.Server)
	f.add("url", w.URL)
	f.add("state", w.State)
	f.add("exists", w.Exists)
	f.add("epoch", w.Epoch)
	f.add("why", w.Why)
	f.add("others", strings.Join(w.Others, ","))
	return show(f, asJSON)
}

// listPoolRooms is `janus rooms <pool>`: the rooms of all servers that are connected. A server
// that does not answer is named after the table.
func (c *Console) listPoolRooms(p *pool.Pool, asJSON bool) string {
	type answer struct {
		table *table
		err   error
	}
	members := p.Members()
	answers := make([]answer, len(members))
	p.AtOnce(members, func(i int, s *server.Server) { // it ends with its cmd-timeout
		answers[i].err = errors.New("internal error") // where it panics
		if !s.Connection.Up() {
			answers[i].err = s.Connection.NotUp()
			return
		}
		d := &roomCommand{RoomRef: server.RoomRef{Server: s, Config: s.Config()}}
		answers[i].err = s.Manage(d.Config, func(ctx context.Context, m server.Management) error {
			d.rooms, d.admin = m.Rooms, m.Admin
			reply, err := c.listRooms(ctx, d)
			answers[i].table = reply.table
			return err
		})
	})
	var all table
	var silent []string
	for i, s := range members {
		if answers[i].err != nil {
			silent = append(silent, fmt.Sprintf("%s: %s", s.Name, failure.Reason(answers[i].err)))
			continue
		}
		all.columns = append([]string{"server"}, answers[i].table.columns...)
		for _, row := range answers[i].table.rows {
			all.add(append([]any{s.Name}, row...)...)
		}
	}
	if len(silent) == len(members) {
		return "-ERR no server of the pool answers: " + strings.Join(silent, "; ") + "\n"
	}
	out := show(all, asJSON)
	if len(silent) > 0 && !asJSON {
		out += "-ERR not listed: " + strings.Join(silent, "; ") + "\n"
	}
	return out
}
