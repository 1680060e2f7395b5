// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"
	"sync/atomic"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/media"
	"mod_janus/bridge/server"
	"mod_janus/janusclient"
)

// lastHandle numbers the calls of this process. It outlives an engine, so that
// a handle from before an unload can never name a call from after it.
var lastHandle atomic.Uint64

// New puts a call together that was checked and goes to this server, or to one of the pool, of
// which this one is the likeliest; pool is nil for a call to a server. It is run by Call.Run. Its
// parts know each other and what else they are given here; none of them knows the call.
func New(env *Env, pool Pool, s *server.Server, dial config.DialString, req *Request) *Call {
	c := &Call{
		id: lastHandle.Add(1), env: env, place: placing{pool: pool, dial: dial, await: req.Await}, dialled: time.Now(),
		aUUID: req.AUUID, release: req.Release, box: newMailbox(),
	}
	at := &location{s, s.Config()}
	c.place.now.Store(at)
	c.hung, c.hangUp = context.WithCancel(env.Context)
	c.channel.host, c.channel.sound = env.Host, env.Sound
	c.janus = attachment{
		channel: &c.channel, server: s, cfg: at.cfg, hung: c.hung, callID: env.callIDOf(req.AUUID), onEvent: c.onEvent,
		who: func() server.Occupant {
			return server.Occupant{Room: c.room.ref.ID().String(), Participant: c.roster.self.String()}
		},
	}
	c.newRoom(dial)
	c.newParticipant(dial, req)
	c.newMedia(req)
	c.endings = endings{plugin: at.cfg.Plugin, janus: &c.janus, room: &c.room, roster: &c.roster, info: &c.info, box: c.box}
	c.inquiries = inquiries{janus: &c.janus, background: env.Work.Go, post: c.post}
	c.holders.Store(1)
	c.info.move(dial.Room.String(), "")
	return c
}

// newRoom makes what has to do with the room.
func (c *Call) newRoom(dial config.DialString) {
	c.room = room{ref: c.refTo(dial), leg: c, vars: &c.vars}
	c.lock = roomLock{
		channel: &c.channel, janus: &c.janus, room: &c.room, progress: &c.progress,
		self: func() janusclient.ID { return c.roster.self },
	}
	c.recorder = recorder{channel: &c.channel, janus: &c.janus, room: &c.room, archive: c.env.Archive, tell: c.self.tell, ready: c.gate.recordable}
	c.making = roomMaking{channel: &c.channel, janus: &c.janus, room: &c.room, recorder: &c.recorder, progress: &c.progress, told: c.roomMade}
	c.roster = roster{room: &c.room, fire: c.fire, ready: c.gate.participantReady, announce: c.self.announce}
}

// newParticipant makes what has to do with the leg as a participant, and with
// the caller.
func (c *Call) newParticipant(dial config.DialString, req *Request) {
	c.self = participant{
		channel: &c.channel, janus: &c.janus, room: &c.room, roster: &c.roster, hold: &c.hold, info: &c.info,
		mixChanged: c.media.mixChanged, unmuted: c.listenAfterMove, named: dial.Display, who: caller{req.CallerName, req.CallerNumber, req.HideName, req.HideNumber},
	}
	c.hold = hold{channel: &c.channel, room: &c.room, hung: c.hung, leg: &c.self}
	c.keypad = keypad{
		channel: &c.channel, janus: &c.janus, room: &c.room, self: &c.self,
		controls: c.env.Controls, joined: func() bool { return c.joined }, post: c.post, fire: c.fire, end: c.end,
	}
}

// newMedia makes what has to do with media.
func (c *Call) newMedia(req *Request) {
	c.media = legMedia{
		channel: &c.channel, janus: &c.janus, room: &c.room, rings: req.Rings,
		onRTCP: func(r media.RTCP) { c.env.Report(c.janus.opaqueID(), r) },
		newLeg: c.env.NewLeg, advertised: c.env.PublicAddr,
		onState:  func(leg int, state media.State, err error) { c.post(msgMedia{leg, state, err}) },
		outOfMix: c.self.outOfMix, codecs: codecChoice{&c.channel, c.cfg(), &c.vars, req.AUUID, req.ACodec, &c.env.noOpus},
	}
	c.loss = lossReport{channel: &c.channel, janus: &c.janus, room: &c.room, figures: &c.media.figures}
	c.gate = gate{
		channel: &c.channel, vars: &c.vars, room: &c.room, progress: &c.progress, figures: &c.media.figures,
		answered: c.answered, end: c.end,
	}
}
