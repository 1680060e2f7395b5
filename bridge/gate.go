// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
)

// gate says when the session is answered: at Janus's SDP answer, or as the
// call's variables have it, later. It belongs to the call's goroutine.
type gate struct {
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

// openGate takes note of Janus's SDP answer. Until a participant is ready the
// A-leg hears ringing, so its media waits as well; until webrtcup it does not.
func (c *Call) openGate(codec media.Codec) error {
	c.gate.codec, c.gate.open, c.gate.asked = codec, true, time.Now()
	if c.vars.AnswerOnReady && !c.gate.ready {
		c.gate.limit.Reset(c.vars.AnswerTimeout)
		c.channel.logf(host.LevelInfo, "Janus call %s: answer waits for another participant, %s at most", c.room.describe(), c.vars.AnswerTimeout)
		c.progress.advance(stateWaiting)
	}
	return c.tryGate()
}

// tryGate does what may be done by now: early media, answer.
func (c *Call) tryGate() error {
	g := &c.gate
	if !g.open || g.done || (c.vars.AnswerOnReady && !g.ready && !g.forced) {
		return nil
	}
	if !g.media {
		if err := c.startMedia(g.codec); err != nil {
			return err
		}
		g.media = true
	}
	if !c.vars.AnswerOnUp || g.up {
		g.done = true
		g.limit.Stop()
		c.answer()
		c.recorder.hereIfDue(c.gate.done && c.gate.marked)
	}
	return nil
}

// startMedia gives the session the codec that Janus has chosen.
func (c *Call) startMedia(codec media.Codec) error {
	if err := c.engine.host.MediaReady(c.channel.uuid(), codec); err != nil {
		if errors.Is(err, host.ErrGone) {
			return err
		}
		return fail(host.CauseIncompatibleDestination, fmt.Sprintf("the switch cannot use codec %s", codec.Name))
	}
	c.figures.leg.Load().Resync()
	return nil
}

// gateChanged tries the gate after an event; what fails ends the call.
func (c *Call) gateChanged() {
	if err := c.tryGate(); err != nil {
		c.end(failureOf(err))
	}
}

// participantReady: another participant has its PeerConnection up.
func (c *Call) participantReady(who string) {
	if c.gate.ready {
		return
	}
	c.gate.ready = true
	if c.vars.AnswerOnReady && c.gate.open {
		c.channel.logf(host.LevelInfo, "Janus call %s: participant %s is ready after %s", c.room.describe(), who, time.Since(c.gate.asked).Round(time.Millisecond))
	}
}

// nobodyReady: the time for another participant is up.
func (c *Call) nobodyReady() {
	c.channel.logf(host.LevelNotice, "Janus call %s: no other participant was ready within %s, answering", c.room.describe(), c.vars.AnswerTimeout)
	c.gate.forced = true
	c.gateChanged()
}

// answer answers the session.
func (c *Call) answer() {
	c.progress.set(stateUp)
	c.channel.setVariable(host.VarSetup, strconv.FormatInt(time.Since(c.began).Milliseconds(), 10))
	if err := c.engine.host.Answer(c.channel.uuid()); err != nil {
		c.channel.logf(host.LevelDebug, "Answering: %s", err)
	}
}
