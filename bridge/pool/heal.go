// SPDX-License-Identifier: MPL-2.0

package pool

import (
	"cmp"
	"context"
	"slices"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/bridge/server"
)

// judge looks at the servers on which a room is, of which at is one. Copies that nobody is in are
// those of the configurations of the servers, and nobody is parted by them. Of the others the one
// with the most participants stays, and where they are equal the one that the room prefers: so all
// switches judge alike. A copy with our legs alone on a server that we drain does not stay: it is
// being moved, say. Legs of ours in the other copies move to the one that stays. Copies with others
// in them are never destroyed.
func (p *Pool) judge(ctx context.Context, room config.DialString, at *server.Server, with []*server.Server) {
	var counts map[*server.Server]int
	if len(with) > 1 {
		began := time.Now()
		counts = p.participants(ctx, room, with)
		if time.Since(began) > config.CountsTogether {
			p.looks.add(look{when: time.Now().Add(config.SplitLook), room: room, at: at})
			return // people have come and gone since the first was counted
		}
		with = slices.DeleteFunc(with, func(s *server.Server) bool { return counts[s] <= 0 })
		leaves := func(s *server.Server) int {
			if p.isDraining(s) && len(p.legsIn(room, s)) == counts[s] {
				return 1
			}
			return 0
		}
		slices.SortStableFunc(with, func(a, b *server.Server) int {
			return cmp.Or(cmp.Compare(leaves(a), leaves(b)), cmp.Compare(counts[b], counts[a]))
		})
		for _, copied := range with[min(1, len(with)):] {
			p.split(room, with[0], copied, counts)
		}
	}
	key := Key(room)
	switch {
	case len(with) > 1:
		p.lookAfterSplit(room, at, with, counts)
	case p.forgetSplit(key):
		if len(with) == 1 {
			at = with[0] // the copy that was looked from may be the empty one
		}
		p.env.logf(host.LevelNotice, "Pool %s: room %s is on one server again: %s", p.name, key, at.Name)
		p.fire("healed", key, at, nil)
	}
}

// splitRoom is a room that is on several servers.
type splitRoom struct {
	next  time.Time // when it is looked at again
	looks int       // how often it was on several servers still
}

// split tells of two copies of a room, once, and moves the legs of the smaller one.
func (p *Pool) split(room config.DialString, stays, copied *server.Server, counts map[*server.Server]int) {
	key := Key(room)
	p.mu.Lock()
	_, told := p.splits[key]
	if p.splits == nil {
		p.splits = make(map[string]*splitRoom)
	}
	if !told {
		p.splits[key] = &splitRoom{}
	}
	p.mu.Unlock()
	if !told {
		p.figures.Split()
		p.env.logf(host.LevelWarning, "Pool %s: room %s is on %s (%d participants) and on %s (%d): they do not hear each other",
			p.name, key, stays.Name, counts[stays], copied.Name, counts[copied])
		p.fire(actionSplit, key, stays, copied)
	}
	for _, leg := range p.legsIn(room, copied) {
		leg.MoveTo(stays, "the room is on server "+stays.Name+" too, where more are in it")
	}
}

// lookAfterSplit has the servers asked again for a room that is on several of them, once at a time.
// Where nobody moves our legs do.
func (p *Pool) lookAfterSplit(room config.DialString, at *server.Server, with []*server.Server, counts map[*server.Server]int) {
	now := time.Now()
	when := now.Add(config.SplitLook)
	p.mu.Lock()
	split := p.splits[Key(room)]
	due := split != nil && now.After(split.next)
	if due {
		split.next = when
		split.looks++
	}
	stays := due && split.looks > config.SplitLooks
	p.mu.Unlock()
	if due {
		p.looks.add(look{when: when, room: room, at: at})
	}
	if stays {
		p.yield(room, with, counts)
	}
}

// yield moves our legs from the server with the most participants to the one that the hash prefers.
// It is called when nobody leaves that one: browsers cannot be moved, and a switch that has always
// reached its server does not know of the split. Legs move only where all participants are ours,
// and only towards the preferred server, so that two switches do not change places.
func (p *Pool) yield(room config.DialString, with []*server.Server, counts map[*server.Server]int) {
	from, to := with[0], p.ranked(room, with)[0]
	legs := p.legsIn(room, from)
	if to == from || len(legs) != counts[from] {
		return
	}
	for _, leg := range legs {
		leg.MoveTo(to, "the room is on server "+to.Name+" too, and who is in it there does not leave")
	}
}

// forgetSplit takes note that a room is not on several servers any more; true: it was.
func (p *Pool) forgetSplit(key string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, was := p.splits[key]
	delete(p.splits, key)
	return was
}
