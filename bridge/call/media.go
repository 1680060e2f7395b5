// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"
	"net/netip"
	"sync/atomic"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
	"mod_janus/janusclient"
)

// legMedia is the media of a call: the present leg to Janus, and whether
// anything comes from there. It belongs to the call's goroutine, but for its
// figures and hears.
type legMedia struct {
	channel    *channel
	janus      *attachment
	room       *room
	rings      *media.Rings
	newLeg     func(context.Context, media.LegConfig) (*media.Leg, error)
	advertised func(context.Context, *config.ServerConfig, netip.Addr) (netip.Addr, error) // in place of a local address
	onState    func(leg int, state media.State, err error)                                 // runs in a goroutine of the leg
	onRTCP     func(media.RTCP)                                                            // the media loop calls it
	outOfMix   func() bool                                                                 // the leg is suspended: no audio is due

	codecs    codecChoice
	figures   figures
	offered   []media.Codec // best first
	number    int           // legs so far: which one a state of media is of
	silence   *time.Timer   // runs while no RTP comes in
	up        bool          // the present leg has connected
	down      bool          // nothing comes any more
	restarted time.Time     // when ICE was last restarted
	heard     bool          // audio has come over the present leg
	hears     atomic.Bool   // audio comes over the present leg; any goroutine may ask
	moved     bool          // the leg has changed its room since it joined
}

// leg is the present one; nil while there has been none.
func (m *legMedia) leg() *media.Leg { return m.figures.leg.Load() }

// open binds the socket of another leg. installed is the codec that the switch has
// for the session already; nil for none.
func (m *legMedia) open(installed *media.Codec) error {
	cfg := m.janus.cfg
	codecs, err := m.codecs.offered()
	if installed != nil {
		codecs, err = []media.Codec{*installed}, nil
	}
	m.offered = codecs
	if err != nil {
		return err
	}
	local, external, err := m.addresses()
	if err != nil {
		return err
	}
	m.number++
	number := m.number
	leg, err := m.newLeg(m.janus.hung, media.LegConfig{
		Rings: m.rings, Codecs: codecs, LocalAddrs: local,
		ExtAddr: external, PortMin: cfg.PortMin, PortMax: cfg.PortMax, Ports: m.channel.host, DTX: m.room.vars.OpusDTX, RepeatAtLoss: cfg.RepeatAtLoss,
		ICEServers: cfg.ICEServers(), AllowCandidate: m.allowCandidate,
		OnState: func(state media.State, err error) { m.onState(number, state, err) },
		OnRTCP:  m.onRTCP, OnReport: m.report, OnRestart: m.janus.server.Metrics.ICERestart,
		Logger: host.LoggerFor(m.channel.host, m.channel.uuid()),
	})
	if err != nil {
		return failure.New(host.CauseNormalTemporaryFailure, "cannot open media: "+err.Error())
	}
	m.figures.next(leg)
	return nil
}

func (m *legMedia) allowCandidate(addr netip.Addr) bool {
	acls := m.janus.cfg.CandidateACLs
	if len(acls) == 0 {
		return true
	}
	for _, acl := range acls {
		if m.channel.host.Allowed(acl, addr) {
			return true
		}
	}
	return false
}

// report counts what an RTCP report says. The media loop calls it.
func (m *legMedia) report(r media.Report) {
	m.janus.server.Metrics.Report(r.Out, r.Loss, r.Jitter, r.RoundTrip, r.Buffer)
}

// trickle takes a candidate of Janus's.
func (m *legMedia) trickle(event janusclient.Trickle) {
	leg := m.leg()
	if event.Completed {
		leg.EndOfCandidates()
		return
	}
	if err := leg.AddCandidate(event.Candidate.Candidate); err != nil {
		m.channel.logf(host.LevelWarning, "A candidate from Janus is not used: %s", err)
	}
}

// resume has a leg that joins again begin with what the switch writes from now on.
func (m *legMedia) resume() {
	m.leg().Resync()
	m.rings.FromSwitch.Discard()
}

// close ends the present leg, if there is one; its figures stay.
func (m *legMedia) close() {
	if leg := m.leg(); leg != nil {
		if err := leg.Close(); err != nil {
			m.channel.logf(host.LevelDebug, "Closing media: %s", err)
		}
	}
}

// drop takes note that there is no leg any more: what becomes of the old one
// counts no more.
func (m *legMedia) drop() {
	m.up, m.down, m.moved, m.heard = false, false, false, false
	m.hears.Store(false)
	m.number++
}

// awaitAudio has the timer run that ends the call when no audio has come for
// long, unless none is due.
func (m *legMedia) awaitAudio() {
	if m.outOfMix() {
		m.silence.Stop()
		return
	}
	m.silence.Reset(config.SilenceLimit)
}

// mixChanged: the leg was suspended, or is no longer. From then on audio is due
// no more, or again.
func (m *legMedia) mixChanged() {
	if m.outOfMix() {
		m.silence.Stop()
	} else if m.down || !m.up {
		m.awaitAudio()
	}
}
