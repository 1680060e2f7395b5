// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/metrics"
	"mod_janus/bridge/server"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// startOver joins again after Janus has lost the call, or ends it.
func (c *Call) startOver(why error) {
	if ended := c.endings.waiting(); ended != nil {
		c.endBy(ended) // it was thrown out before
		return
	}
	if !c.mayRejoin() {
		c.end(lostSession(why))
		return
	}
	c.joinAgain(why)
}

// joinAgain joins with a new handle, or ends the call. Until then the caller
// hears comfort noise. why tells what has become of the handle before.
func (c *Call) joinAgain(why error) {
	reason := failure.Of(why).Reason
	c.channel.logf(host.LevelNotice, "Janus call %s: %s; joining again for at most %s", c.room.describe(), reason, c.vars.RejoinTimeout)
	c.fire(host.EventCall, [][2]string{{host.HeaderAction, "rejoining"}, {host.HeaderReason, reason}})
	c.progress.set(stateRejoining)
	began, from := time.Now(), c.Server()
	c.rehome.since = began
	c.rejoined = true
	c.channel.comfortNoise(true)
	err := c.rejoin(reason)
	result := metrics.ResultOK
	switch {
	case err != nil && c.hung.Err() != nil:
		result = metrics.ResultHungUp
	case err != nil:
		result = metrics.ResultFailed
	}
	c.Server().Metrics.Rejoin(result, time.Since(began))
	if err != nil {
		c.end(c.whyEnded(err))
		return
	}
	c.channel.comfortNoise(false)
	c.progress.set(stateUp)
	c.channel.logf(host.LevelNotice, "Janus call %s: joined again after %s", c.room.describe(), time.Since(began).Round(time.Millisecond))
	c.fire(host.EventCall, [][2]string{{host.HeaderAction, "rejoined"}})
	c.tellRehomed(from, reason)
	c.hold.mute()
	c.gate.changed()
}

// mayRejoin tells whether the call joins again where Janus has lost it.
func (c *Call) mayRejoin() bool { return c.vars.Rejoin && c.gate.open }

// rejoin tries until it succeeds, or the time is up, or another try makes no
// sense.
func (c *Call) rejoin(reason string) error {
	before := c.janus.session
	if ended := c.letGoOfJanus(); ended != nil {
		return ended
	}
	limit, cancel := context.WithTimeout(c.hung, c.vars.RejoinTimeout)
	defer cancel()
	last := errors.New(reason)
	for {
		err := c.rejoinOnce(limit)
		switch {
		case err == nil || c.hung.Err() != nil:
			return err
		case limit.Err() != nil:
			if !errors.Is(err, context.DeadlineExceeded) {
				last = err
			}
			return failure.New(host.CauseDestinationOutOfOrder, fmt.Sprintf("Janus is not back within %s: %s", c.vars.RejoinTimeout, failure.Of(last).Reason))
		case c.janus.session == before && audiobridge.HasCode(err, audiobridge.CodeNoSuchRoom):
			// Janus was not restarted: nobody will make the room again.
			return errDestroyed
		case !worthAnotherTry(err) && c.goBack(err):
		case !worthAnotherTry(err):
			return err
		}
		last = err
		c.rehome.vanished = audiobridge.HasCode(err, audiobridge.CodeNoSuchRoom)
		c.channel.logf(host.LevelInfo, "Janus call %s: joining again failed, trying on: %s", c.room.describe(), failure.Of(err).Reason)
		if ended := c.letGoOfJanus(); ended != nil {
			return ended
		}
		select {
		case <-limit.Done():
		case <-time.After(server.RejoinPause()):
		}
	}
}

// rejoinOnce goes the way of the first join, without the steps that the
// switch has seen already.
func (c *Call) rejoinOnce(limit context.Context) error {
	if err := c.settleAgain(limit); err != nil {
		return err
	}
	session, err := c.regain(limit)
	if err != nil {
		return err
	}
	done, err := c.Server().Connection.BeginRejoin(limit)
	if err != nil {
		return err
	}
	defer done()
	for _, step := range c.steps() {
		if err := step(c.env.Context, session); err != nil {
			return err
		}
		if err := limit.Err(); err != nil {
			return err
		}
	}
	return nil
}

// regain waits for a session that works. In a pool that is not for long: another server may have
// the room meanwhile.
func (c *Call) regain(limit context.Context) (*janusclient.Session, error) {
	if c.place.pool != nil {
		brief, cancel := context.WithTimeout(limit, c.cfg().CmdTimeout)
		defer cancel()
		limit = brief
	}
	return c.Server().Connection.Regain(limit)
}

// worthAnotherTry tells what may be over in a moment from what stays: a wrong
// PIN, say. A room that is not there yet may be made again by whoever made it.
func worthAnotherTry(err error) bool {
	switch failure.Of(err).Cause {
	case host.CauseCallRejected, host.CauseIncompatibleDestination:
		return false
	}
	return !errors.Is(err, host.ErrGone)
}

// letGoOfJanus ends media and handle. The switch keeps the call; its rings are
// free for the next leg. Whether muted or not is taken along. What it returns is
// why the call must not come back after all: Janus has thrown it out meanwhile.
func (c *Call) letGoOfJanus() *failure.Error {
	if me, known := c.roster.get(c.roster.self); known {
		c.vars.StartMuted = me.Muted
	}
	c.media.silence.Stop()
	if !server.DetachesFirst(c.cfg().Plugin) {
		c.media.close()
	}
	told := true
	switch {
	case c.janus.handle == nil:
	case c.place.pool != nil && c.Server().Connection.Away():
		told = c.janus.detachLater() // the room may go on elsewhere, for which the caller should not wait
	default:
		ctx, cancel := context.WithTimeout(context.Background(), config.FarewellLimit)
		defer cancel()
		told = c.janus.detach(ctx)
	}
	c.media.close()
	c.recorder.over(told)
	ended := c.endings.waiting()
	if ended == errDestroyed {
		c.Server().RoomGone(c.room.ref)
	}
	c.word.Stop()
	c.gone, c.inquiries.attachment = nil, 0
	c.media.drop()
	c.janus.drop()
	c.joined, c.roster.self = false, janusclient.ID{}
	return ended
}

// onLost: the session is gone, and with it handle and participant.
func (c *Call) onLost(session *janusclient.Session, err error) {
	if session == c.janus.session {
		c.startOver(err)
	}
}
