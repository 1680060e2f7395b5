// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"sync/atomic"

	"mod_janus/bridge/background"
	"mod_janus/bridge/hep"
	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
)

// reporting sends the RTCP reports of all legs to a capture server, where one is configured.
type reporting struct {
	ctx  context.Context // of the engine
	host host.Host
	work *background.Group

	current atomic.Pointer[hep.Sender] // nil: no reports are sent
	stop    context.CancelFunc         // of the current one; guarded by the engine's reloading
}

// use makes the capture server the one of the configuration.
func (r *reporting) use(cfg hep.Config) {
	if present := r.current.Load(); present != nil {
		if present.Config() == cfg {
			return
		}
		r.current.Store(nil)
		r.stop()
	}
	if cfg.Server == "" {
		return
	}
	sender := hep.NewSender(cfg, func(wrong bool, text string) {
		level := host.LevelNotice
		if wrong {
			level = host.LevelWarning
		}
		r.host.Log("", level, "HEP: "+text)
	})
	ctx, stop := context.WithCancel(r.ctx)
	r.stop = stop
	r.work.Go("HEP", func() { sender.Run(ctx) })
	r.current.Store(sender)
}

// report sends one report of a leg. The media loop calls it.
func (r *reporting) report(callID string, report media.RTCP) {
	if sender := r.current.Load(); sender != nil {
		sender.Send(hep.Report{At: report.At, From: report.From, To: report.To, CorrelationID: callID, Packet: report.Packet})
	}
}
