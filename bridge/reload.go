// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"slices"

	"mod_janus/bridge/config"
	"mod_janus/bridge/console"
	"mod_janus/bridge/host"
	"mod_janus/bridge/server"
)

// readConfig reads and parses janus.conf and logs what is wrong with it; with
// reload the switch reads its files again first.
func (e *Engine) readConfig(reload bool) (config.Config, error) {
	text, err := e.host.Config(reload)
	if err != nil {
		return config.Config{}, err
	}
	cfg, problems, err := config.ParseConfig(text)
	if err != nil {
		return config.Config{}, fmt.Errorf("janus.conf: %w", err)
	}
	for _, p := range problems {
		e.logf(p.Level, "janus.conf: %s", p.Text)
	}
	return cfg, nil
}

// reload reads the configuration again. Calls in progress stay up: those of a
// server that is removed, or that has to be connected anew, go on with the
// session that they have. On an error everything stays as it is; a database
// that cannot be read is no such error: its servers alone stay.
func (e *Engine) reload() (console.Changes, error) {
	e.reloading.Lock()
	defer e.reloading.Unlock()
	cfg, err := e.readConfig(true)
	if err != nil {
		return console.Changes{}, err
	}
	e.reloaded = true
	unread := e.addDatabase(&cfg, e.query(cfg.Database), e.databaseLimit)
	did := e.apply(cfg)
	did.Unread = unread
	return did, nil
}

// apply makes the engine what the configuration says.
func (e *Engine) apply(cfg config.Config) console.Changes {
	e.debug.Store(cfg.Debug)
	e.congestion.limit.Store(int64(cfg.MaxLateness))
	e.controls.Store(&cfg.Controls)
	e.sounds.Store(&cfg.Sounds)
	e.base = cfg
	e.discover(cfg)
	did := e.applyServers(cfg, false)
	e.archiving.use(cfg.Archive)
	e.reporting.use(cfg.HEP)
	e.web.Use(cfg.HTTP)
	return did
}

// applyServers makes the servers and pools those of a configuration, and those that were found in
// the DNS. again: what is wrong with the configuration was said before.
func (e *Engine) applyServers(cfg config.Config, again bool) console.Changes {
	e.addDiscovered(&cfg)
	e.fillPools(&cfg, again)
	e.mu.Lock()
	before := e.servers
	e.mu.Unlock()
	did := console.Changes{Added: []string{}, Changed: []string{}, Removed: []string{}}
	var after, fresh, old []*server.Server
	for _, wanted := range cfg.Servers {
		i := slices.IndexFunc(before, func(s *server.Server) bool { return s.Name == wanted.Name })
		var present *server.Server
		if i >= 0 {
			present = before[i]
		}
		if !again || present == nil {
			e.warnOfPorts(&wanted)
		}
		kept, changed, err := server.Match(e.env, present, wanted)
		switch {
		case err != nil && present != nil:
			e.logf(host.LevelError, "janus.conf: server %q stays as it was: %s", wanted.Name, err)
			after = append(after, present)
			continue
		case err != nil:
			e.logf(host.LevelError, "janus.conf: server %q is ignored: %s", wanted.Name, err)
			continue
		case present == nil:
			did.Added, fresh = append(did.Added, wanted.Name), append(fresh, kept)
		case kept != present:
			fresh = append(fresh, kept)
		}
		if changed {
			did.Changed = append(did.Changed, wanted.Name)
		}
		after = append(after, kept)
	}
	for _, s := range before {
		if slices.Contains(after, s) {
			continue
		}
		old = append(old, s)
		if !slices.ContainsFunc(after, func(other *server.Server) bool { return other.Name == s.Name }) {
			did.Removed = append(did.Removed, s.Name)
		}
	}
	e.mu.Lock()
	e.servers = after
	e.mu.Unlock()
	for _, s := range old {
		s.Retire()
	}
	for _, s := range fresh {
		e.work.Go("server "+s.Name, func() { s.Connection.Run(e.ctx) })
	}
	e.applyPools(cfg)
	return did
}

// warnOfPorts tells of ports that the switch gives to its own calls as well.
func (e *Engine) warnOfPorts(cfg *config.ServerConfig) {
	if p, overlap := cfg.PortOverlap(e.host.RTPPorts()); overlap {
		e.logf(p.Level, "janus.conf: %s", p.Text)
	}
}
