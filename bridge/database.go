// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"slices"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
)

// addDatabase adds the servers of the database, if there is one, to those of
// janus.conf. When it cannot be read those that were read last stay, and the
// error says so. The caller holds e.reloading.
func (e *Engine) addDatabase(cfg *config.Config, asked *query, limit time.Duration) error {
	db := cfg.Database
	if db.DSN == "" {
		e.fromDatabase = nil
		return nil
	}
	var servers []config.ServerConfig
	var problems []config.Problem
	rows, err := asked.wait(e.ctx, limit)
	if err == nil {
		servers, problems, err = db.Servers(rows)
	}
	if err != nil {
		err = fmt.Errorf("%s cannot be read: %w", db, err)
		e.logf(host.LevelError, "%s; the %d servers that came from it before stay, and `janus reload` tries again", err, len(e.fromDatabase))
	} else {
		e.fromDatabase = servers
	}
	for _, p := range problems {
		e.logf(p.Level, "%s: %s", db, p.Text)
	}
	for _, server := range e.fromDatabase {
		if slices.ContainsFunc(cfg.Servers, func(s config.ServerConfig) bool { return s.Name == server.Name }) {
			e.logf(host.LevelError, "%s: server %q is ignored: janus.conf has one of this name", db, server.Name)
			continue
		}
		cfg.Servers = append(cfg.Servers, server)
	}
	if len(cfg.Servers) == 0 {
		e.logf(host.LevelWarning, "no usable <server> in janus.conf, and none in the %s: no call can be placed", db)
	}
	return err
}

// applyWithDatabase applies a configuration at load: the servers of janus.conf
// at once, those of the database when it answers, for which it waits a while. An
// answer that comes after a reload is not heard: that has asked anew.
func (e *Engine) applyWithDatabase(cfg config.Config) {
	e.reloading.Lock()
	defer e.reloading.Unlock()
	cfg.Incomplete = true
	e.apply(cfg)
	cfg.Incomplete = false
	// what apply has refused it need not refuse again
	cfg.Servers = slices.DeleteFunc(cfg.Servers, func(s config.ServerConfig) bool { return e.server(s.Name) == nil })
	asked := e.query(cfg.Database)
	if !asked.answered(e.ctx, config.DatabaseLoadLimit) {
		e.logf(host.LevelWarning, "%s does not answer yet: its servers come when it does", cfg.Database)
		e.work.Go("the database", func() { e.applyLate(cfg, asked) })
		return
	}
	// an error is logged, and the servers of janus.conf are in service
	if e.addDatabase(&cfg, asked, 0) == nil {
		e.apply(cfg)
	}
}
