// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"cmp"
	"crypto/rand"
	"os"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/bridge/pool"
	"mod_janus/bridge/pool/store"
	"mod_janus/bridge/server"
)

// openStore opens what the switches of a pool share; nil where there is none, or its address is
// wrong.
func (e *Engine) openStore(cfg config.PoolConfig) pool.Store {
	if cfg.Store == "" {
		return nil
	}
	s, err := store.Open(store.Options{
		Address: cfg.Store, Pool: cfg.Name, Switch: e.switchName(),
		Log:  func(level host.Level, text string) { e.logf(level, "%s", text) },
		Took: e.metrics.Pool(cfg.Name).StoreTook,
		PublicURL: func(name string) string {
			if s := e.server(name); s != nil {
				return s.Config().PublicURL
			}
			return ""
		},
	})
	if err != nil {
		e.logf(host.LevelError, "janus.conf: pool %q: param store: %s; the pool has no store", cfg.Name, err)
		return nil
	}
	return s
}

// changeStore gives a pool another store where its configuration has another one now.
func (e *Engine) changeStore(p *pool.Pool, wanted config.PoolConfig) {
	if p.StoreAddress() != wanted.Store {
		p.Use(e.openStore(wanted))
	}
}

// switchName names this load of the module among the switches of a pool: two machines may have the
// same name.
func (e *Engine) switchName() string {
	e.naming.Do(func() {
		machine, _ := os.Hostname()
		e.named = cmp.Or(e.host.Global("switchname"), e.host.Global("hostname"), machine, "switch") + "-" + rand.Text()[:6]
	})
	return e.named
}

// roomGone tells the pools of a server that a room there was destroyed.
func (e *Engine) roomGone(at *server.Server, room config.DialString) {
	for _, p := range e.currentPools() {
		if p.Has(at) {
			p.Destroyed(room, at)
		}
	}
}
