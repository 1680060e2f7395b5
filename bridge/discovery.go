// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync/atomic"

	"mod_janus/bridge/call"
	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/pool/discover"
	"mod_janus/bridge/server"
)

// resolver asks the DNS for servers, and connectResolver for the names in URLs; nil is Go's
// default. Tests put others in their places.
var resolver, connectResolver = &net.Resolver{PreferGo: true}, (*net.Resolver)(nil)

// discovery looks for the servers of a pool in the DNS, or for the pods of the C module's params.
type discovery struct {
	engine *Engine
	pool   string // "" for pods
	cfg    config.Discovery
	cancel context.CancelFunc
	watch  *discover.Watcher

	template atomic.Pointer[config.ServerConfig] // replaced at reload

	// the engine's reloading guards what follows
	found []discover.Server
	gone  []discover.Server // in use still, and in the DNS no more
	said  map[string]bool   // names that cannot be used
}

// discover makes the discoveries what a configuration says. What those that go on have found
// stays.
func (e *Engine) discover(cfg config.Config) {
	wanted := make(map[string]config.Discovery)
	if cfg.Pods != nil {
		wanted[""] = *cfg.Pods
	}
	for _, p := range cfg.Pools {
		if p.Discover != nil {
			wanted[p.Name] = *p.Discover
		}
	}
	for name, d := range e.discoveries {
		if now, there := wanted[name]; !there || now != d.cfg {
			d.cancel()
			delete(e.discoveries, name)
		}
	}
	for name, found := range wanted {
		d := e.discoveries[name]
		fresh := d == nil
		if fresh {
			d = &discovery{engine: e, pool: name, cfg: found, said: make(map[string]bool)}
		}
		template := templateOf(cfg, name)
		d.template.Store(&template)
		if fresh {
			d.begin()
			e.discoveries[name] = d
		}
	}
	e.pods.Store(nil)
	if d := e.discoveries[""]; d != nil {
		e.pods.Store(d.watch)
	}
}

// templateOf is the configuration that the servers of a discovery have: that of the pool's
// template, or for pods, as the C module has it, that of the first server.
func templateOf(cfg config.Config, name string) config.ServerConfig {
	template := ""
	for _, p := range cfg.Pools {
		if p.Name == name {
			template = p.Template
		}
	}
	for _, s := range cfg.Servers {
		if s.Name == template || name == "" {
			return s
		}
	}
	return config.DefaultServer("")
}

// begin begins to look.
func (d *discovery) begin() {
	e := d.engine
	ctx, cancel := context.WithCancel(e.ctx)
	d.cancel = cancel
	var failed func()
	if d.pool != "" {
		failed = e.metrics.Pool(d.pool).DiscoveryFailed
	}
	d.watch = discover.New(d.cfg, discover.Env{
		Resolver: resolver, Logf: e.logf, Tell: d.take, Failed: failed,
		Ask: func(ctx context.Context, address string) (string, error) {
			at := d.template.Load().Discovered(&d.cfg, "", address, d.certified())
			info, err := e.env.Info(ctx, &at)
			if err != nil {
				return "", err
			}
			return info.ServerName, nil
		},
		Health: func(name string) (up bool, failures int) {
			s := e.server(name)
			if s == nil {
				return false, 0
			}
			return s.Connection.Up(), s.Connection.Failures()
		},
	})
	e.work.Go("the discovery of "+d.cfg.Text, func() { d.watch.Run(ctx) })
}

// certified is the name that a certificate must have where a URL has an address; "" where the URL
// has a name.
func (d *discovery) certified() string {
	if d.cfg.SRV {
		return ""
	}
	return d.cfg.Name
}

// take makes what was found the servers of the engine.
func (d *discovery) take(found []discover.Server) {
	e := d.engine
	lost := d.lost(found)
	gone := slices.DeleteFunc(slices.Clone(lost), func(s discover.Server) bool { return !e.stillNeeded(s.Name) })
	e.reloading.Lock()
	defer e.reloading.Unlock()
	if e.discoveries[d.pool] != d || e.ctx.Err() != nil {
		return
	}
	if slices.Equal(d.found, found) && slices.Equal(d.gone, gone) {
		return
	}
	d.tell(found, gone)
	d.found, d.gone = found, gone
	e.applyServers(e.base, true)
}

// lost are the servers from before that are not found any more.
func (d *discovery) lost(found []discover.Server) (lost []discover.Server) {
	d.engine.reloading.Lock()
	defer d.engine.reloading.Unlock()
	for _, s := range append(slices.Clone(d.found), d.gone...) {
		if !slices.ContainsFunc(found, func(f discover.Server) bool { return f.Name == s.Name }) {
			lost = append(lost, s)
		}
	}
	return lost
}

// stillNeeded tells whether a server that is in the DNS no more has legs of ours, or participants:
// more callers of their rooms must go there.
func (e *Engine) stillNeeded(name string) bool {
	s := e.server(name)
	if s == nil {
		return false
	}
	if s.InUse() {
		return true
	}
	if !s.Connection.Up() {
		return false
	}
	ctx, cancel := context.WithTimeout(e.ctx, s.Config().CmdTimeout)
	defer cancel()
	rooms, err := s.RoomsThere(ctx)
	for _, room := range rooms {
		if room.NumParticipants > 0 {
			return true
		}
	}
	return err != nil && s.Connection.Up()
}

// tell logs what is new.
func (d *discovery) tell(found, gone []discover.Server) {
	e := d.engine
	for _, s := range found {
		i := slices.IndexFunc(d.found, func(was discover.Server) bool { return was.Name == s.Name })
		switch {
		case i < 0:
			e.logf(host.LevelNotice, "Discovery: server %s is found at %s, %s", s.Name, s.Address, d.cfg.Text)
		case d.found[i].Address != s.Address:
			e.logf(host.LevelNotice, "Discovery: server %s is at %s now, before at %s", s.Name, s.Address, d.found[i].Address)
		}
	}
	was := append(slices.Clone(d.found), d.gone...)
	for _, s := range was {
		isIn := func(list []discover.Server) bool {
			return slices.ContainsFunc(list, func(now discover.Server) bool { return now.Name == s.Name })
		}
		switch {
		case isIn(found):
		case !isIn(gone):
			e.logf(host.LevelNotice, "Discovery: server %s is not found any more, and is dropped", s.Name)
		case !isIn(d.gone):
			e.logf(host.LevelNotice, "Discovery: server %s is not found any more; it gets no new rooms, and stays while there are participants", s.Name)
		}
	}
}

// addDiscovered adds the servers that were found to those of the configuration, which win where
// names are the same.
func (e *Engine) addDiscovered(cfg *config.Config) {
	var added []config.ServerConfig
	for _, d := range e.discoveries {
		for _, s := range append(slices.Clone(d.found), d.gone...) {
			found := d.template.Load().Discovered(&d.cfg, s.Name, s.Address, d.certified())
			found.Pool = d.pool
			found.Gone = slices.Contains(d.gone, s)
			added = append(added, found)
		}
	}
	slices.SortStableFunc(added, func(a, b config.ServerConfig) int {
		if a.Name == b.Name {
			return strings.Compare(a.Pool, b.Pool)
		}
		return strings.Compare(a.Name, b.Name)
	})
	cfg.Servers = slices.Clone(cfg.Servers)
	for _, found := range added {
		d, taken := e.discoveries[found.Pool], ""
		switch {
		case slices.ContainsFunc(cfg.Servers, func(s config.ServerConfig) bool { return s.Name == found.Name }):
			taken = "another server"
		case slices.ContainsFunc(cfg.Pools, func(p config.PoolConfig) bool { return p.Name == found.Name }):
			taken = "a pool"
		}
		if taken == "" {
			cfg.Servers = append(cfg.Servers, found)
			delete(d.said, found.Name)
			continue
		}
		if !d.said[found.Name] {
			d.said[found.Name] = true
			e.logf(host.LevelWarning, "Discovery: server %s of %s is not used: %s has this name", found.Name, d.cfg.Text, taken)
		}
	}
}

// strange has servers looked for again: another Janus has the address of one of them.
func (e *Engine) strange(s *server.Server) {
	source := s.Config().Source
	e.work.Go("looking for server "+s.Name, func() {
		e.reloading.Lock()
		defer e.reloading.Unlock()
		for _, d := range e.discoveries {
			if d.cfg.Text == source {
				d.watch.LookNow()
			}
		}
	})
}

// awaited is for a call to a server that is not known: where the C module's params are set the pods
// are looked for once more, and the call waits for that. It returns the server that the call is
// counted at meanwhile; nil: the server need not be waited for.
func (e *Engine) awaited(name string, req *call.Request) *server.Server {
	watch, servers := e.pods.Load(), e.currentServers()
	if watch == nil || len(servers) == 0 || !config.IsServerName(name) {
		return nil
	}
	req.Await = func(ctx context.Context) (*server.Server, error) {
		ctx, cancel := context.WithTimeout(ctx, config.ConnectPatience)
		defer cancel()
		if err := watch.Look(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return nil, err
		}
		s, err := e.serverNamed(name)
		if err != nil {
			return nil, failure.New(host.CauseNoRouteDestination, err.Error()+", and no pod of this name is found")
		}
		return s, nil
	}
	return servers[0]
}
