// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"runtime/debug"

	"mod_janus/bridge/background"
	"mod_janus/bridge/call"
	"mod_janus/bridge/host"
	"mod_janus/bridge/metrics"
	"mod_janus/bridge/pool"
	"mod_janus/bridge/web"
)

// newMetrics makes the metrics of this load, which read the engine when somebody asks for them.
func (e *Engine) newMetrics() *metrics.Metrics {
	version, revision := version(), stampedRevision
	return metrics.New(metrics.Options{
		Version: version, Revision: revision, States: call.States(), Panics: background.Panics, Late: e.media.Late,
		Servers: func() (states []metrics.ServerState) {
			for _, s := range e.currentServers() {
				states = append(states, s.ForMetrics())
			}
			return states
		},
		PoolStates: pool.States(),
		Pools: func() (states []metrics.PoolState) {
			for _, p := range e.currentPools() {
				states = append(states, p.ForMetrics())
			}
			return states
		},
		Panicked: func(what any) {
			background.Panicked()
			e.host.Log("", host.LevelError, fmt.Sprintf("Internal error in the metrics: %v\n%s", what, debug.Stack()))
		},
	})
}

// serveMetrics has the module's port, where one is opened, answer scrapes.
func (e *Engine) serveMetrics() { e.web.Handle("GET /metrics", web.View, e.metrics.Handler()) }
