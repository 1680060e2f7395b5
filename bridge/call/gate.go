// SPDX-License-Identifier: MPL-2.0

package call

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
)

// gate says when the session is answered: at Janus's SDP answer, or as the
// call's variables have it, later. It belongs to the call's goroutine.
type gate struct {
	channel  *channel
	vars     *config.Variables
	room     *room
	progress *progress
	figures  *figures
	answered func()               // runs when the session is answered
	end      func(*failure.Error) // ends the call

	began  time.Time // when the call came from the host
	codec  media.Codec
	open   bool        // the SDP answer is in
	up     bool        // Janus has said webrtcup
	ready  bool        // another participant can hear and speak
	media  bool        // the session has media, or will as soon as its thread marks it
	marked bool        // the session's thread has done so
	done   bool        // answered
	limit  *time.Timer // for ready; nil while it is not waited for
	asked  time.Time   // when the SDP answer came
	forced bool        // limit has passed
}

// opened takes note of Janus's SDP answer. Until a participant is ready the
// A-leg hears ringing, so its media waits as well; until webrtcup it does not.
func (g *gate) opened(codec media.Codec) error {
	g.codec, g.open, g.asked = codec, true, time.Now()
	if g.vars.AnswerOnReady && !g.ready {
		g.limit.Reset(g.vars.AnswerTimeout)
		g.channel.logf(host.LevelInfo, "Janus call %s: answer waits for another participant, %s at most", g.room.describe(), g.vars.AnswerTimeout)
		g.progress.advance(stateWaiting)
	}
	return g.try()
}

// try does what may be done by now: early media, answer.
func (g *gate) try() error {
	if !g.open || g.done || (g.vars.AnswerOnReady && !g.ready && !g.forced) {
		return nil
	}
	if !g.media {
		if err := g.startMedia(g.codec); err != nil {
			return err
		}
		g.media = true
	}
	if !g.vars.AnswerOnUp || g.up {
		g.done = true
		g.limit.Stop()
		g.answer()
		g.answered()
	}
	return nil
}

// installed is the codec that the session has; nil for none.
func (g *gate) installed() *media.Codec {
	if !g.media {
		return nil
	}
	return &g.codec
}

// startMedia gives the session the codec that Janus has chosen.
func (g *gate) startMedia(codec media.Codec) error {
	if err := g.channel.host.MediaReady(g.channel.uuid(), codec); err != nil {
		if errors.Is(err, host.ErrGone) {
			return err
		}
		return failure.New(host.CauseIncompatibleDestination, fmt.Sprintf("the switch cannot use codec %s", codec.Name))
	}
	g.figures.leg.Load().Resync()
	return nil
}

// recordable tells whether the switch can record the session: it is answered and has media.
func (g *gate) recordable() bool { return g.done && g.marked }

// changed tries the gate after an event; what fails ends the call.
func (g *gate) changed() {
	if err := g.try(); err != nil {
		g.end(failure.Of(err))
	}
}

// participantReady: another participant has its PeerConnection up.
func (g *gate) participantReady(who string) {
	if g.ready {
		return
	}
	g.ready = true
	if g.vars.AnswerOnReady && g.open {
		g.channel.logf(host.LevelInfo, "Janus call %s: participant %s is ready after %s", g.room.describe(), who, time.Since(g.asked).Round(time.Millisecond))
	}
}

// nobodyReady: the time for another participant is up.
func (g *gate) nobodyReady() {
	g.channel.logf(host.LevelNotice, "Janus call %s: no other participant was ready within %s, answering", g.room.describe(), g.vars.AnswerTimeout)
	g.forced = true
	g.changed()
}

// answered: the session is answered now.
func (c *Call) answered() {
	c.Server().Metrics.Answered(time.Since(c.dialled))
	c.recorder.hereIfDue()
}

// answer answers the session.
func (g *gate) answer() {
	g.progress.answer()
	g.channel.setVariable(host.VarSetup, strconv.FormatInt(time.Since(g.began).Milliseconds(), 10))
	if err := g.channel.host.Answer(g.channel.uuid()); err != nil {
		g.channel.logf(host.LevelDebug, "Answering: %s", err)
	}
}
