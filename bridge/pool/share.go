// SPDX-License-Identifier: MPL-2.0

package pool

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/server"
)

// sharing is what a pool knows from its store, and what it tells the other switches there.
type sharing struct {
	viewing   sync.Mutex // one at a time reads what the others see
	cordoning sync.Mutex // one at a time tells the store of cordons, so that the last word stays

	mu        sync.Mutex
	store     Store                      // nil: the switches share nothing
	end       context.CancelFunc         // of the work for this store
	views     map[string]map[string]bool // of the other switches, as last read
	viewed    time.Time                  // when the store was asked for them last
	viewsTold time.Time                  // when it has answered last
	claims    map[string]Claim           // of rooms with legs of ours, as last told, by their keys
	cordoned  map[string]string          // servers that get no new rooms, with who has said so
	placed    map[string]int             // calls that this switch has sent to a server since the loads were read
}

// share is the store; nil where the switches share nothing.
func (p *Pool) share() Store {
	p.sharing.mu.Lock()
	defer p.sharing.mu.Unlock()
	return p.sharing.store
}

// Use makes a store the pool's, and closes the one before; nil is none. The store belongs to the
// pool from then on.
func (p *Pool) Use(store Store) {
	ctx, cancel := context.WithCancel(p.ctx)
	s := &p.sharing
	s.mu.Lock()
	before := s.end
	s.store, s.end = store, cancel
	s.views, s.viewed, s.viewsTold = nil, time.Time{}, time.Time{}
	s.claims, s.cordoned, s.placed = make(map[string]Claim), make(map[string]string), make(map[string]int)
	s.mu.Unlock()
	if before != nil {
		before()
	}
	if store == nil {
		cancel()
		return
	}
	p.env.Work.Go("pool "+p.name, func() {
		var watching sync.WaitGroup
		defer store.Close()
		defer watching.Wait()
		defer cancel()
		watching.Go(func() {
			p.env.Work.Guard("pool "+p.name, func() { store.Watch(ctx, func(c Change) { p.told(store, c) }) })
		})
		p.keepShared(ctx, store)
	})
}

// keepShared tells the store, until ctx ends, what this switch sees and where its rooms are, and
// reads what the others have said.
func (p *Pool) keepShared(ctx context.Context, store Store) {
	tick := time.NewTicker(config.ShareTick)
	defer tick.Stop()
	var reported, measured, renewed time.Time
	var seen map[string]bool
	was := ""
	// a Janus that does not answer must not keep this switch from telling that it lives
	var asking sync.WaitGroup
	defer asking.Wait()
	var busy atomic.Bool
	for {
		state := store.State()
		if state != was { // a store that is back may have forgotten everything
			was, reported, renewed = state, time.Time{}, time.Time{}
		}
		p.shareCordons(ctx, store) // it may have been away for so short that nobody has seen it
		if see := p.seen(); time.Since(reported) >= config.ViewRenewal || !maps.Equal(see, seen) {
			reported, seen = time.Now(), see
			_ = store.Report(ctx, see) // the store says itself that it is away, here and below
			p.readCordons(ctx, store)
		}
		if time.Since(renewed) >= config.RoomRenewal {
			renewed = time.Now()
			p.renew(ctx, store)
		}
		if time.Since(measured) >= config.PoolLook {
			measured = time.Now()
			if busy.CompareAndSwap(false, true) {
				asking.Go(func() {
					defer busy.Store(false)
					p.env.Work.Guard("pool "+p.name, func() { p.shareLoads(ctx, store) })
				})
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// told hears what a switch has changed.
func (p *Pool) told(store Store, change Change) {
	switch change.Action {
	case ActionCordoned, ActionUncordoned:
		p.readCordons(p.ctx, store)
	case ActionMoved:
		p.moved(change)
	case actionSplit:
		p.lookNow(change.Room)
	}
}

// publish tells whoever listens to the store of a change that the scripts of the store do not tell
// of.
func (p *Pool) publish(action, room string, at, old *server.Server) {
	store := p.share()
	if store == nil || slices.Contains([]string{ActionPlaced, ActionMoved, ActionCordoned, ActionUncordoned}, action) {
		return
	}
	change := Change{Action: action, Room: room, Server: at.Name, Epoch: p.claimOf(room).Epoch, URL: at.Config().PublicURL}
	if old != nil {
		change.From = old.Name
	}
	p.env.Work.Go("pool "+p.name, func() { _ = store.Publish(p.ctx, change) })
}
