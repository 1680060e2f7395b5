// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/server"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// roomMover is a server.RoomHandle whose plugin has *changeroom*.
type roomMover interface {
	ChangeRoom(context.Context, audiobridge.ChangeRoomRequest) (*audiobridge.RoomChanged, error)
}

// move takes the leg to another room, with its PeerConnection. What Janus would
// forget of the participant is said again; its recording ends. A move to the
// room that the leg is in asks nothing of Janus: AudioBridge would refuse it, and
// janus.plugin.cm.audioroom would never answer anybody again.
func (c *Call) move(ctx context.Context, to config.DialString, pin string) (words string, err error) {
	mover, ok := c.janus.handle.(roomMover)
	if !ok {
		return "", c.janus.lacks("changeroom")
	}
	if (server.RoomRef{Server: c.Server(), Config: c.cfg(), Room: to.Room, Text: to.RoomText}).ID() == c.room.ref.ID() {
		return "it is there already", nil
	}
	before := c.room // a copy
	c.room.ref.Room, c.room.ref.Text, c.room.life = to.Room, to.RoomText, nil
	c.room.comeIn()
	muted := c.self.me().Muted
	request := audiobridge.ChangeRoomRequest{PIN: pin, Media: audiobridge.Media{
		Display: c.self.display(), Group: c.vars.UserGroup, Muted: &muted, Volume: c.vars.UserVolume,
		Quality: c.vars.UserQuality, ExpectedLoss: c.loss.expected(),
		Bitrate: c.vars.UserBitrate, SpatialPosition: c.vars.UserPosition, Denoise: c.vars.UserDenoise,
	}, Suspended: c.self.outOfMixAsked()}
	var changed *audiobridge.RoomChanged
	admission := newAdmission(&c.room, &c.lock)
	try := func() error {
		return c.room.ref.With(func(room janusclient.ID) error {
			ctx, cancel := c.janus.limited(ctx)
			defer cancel()
			request.Room, request.Token = room, admission.token(room)
			var err error
			changed, err = mover.ChangeRoom(ctx, request)
			return err
		})
	}
	for err = try(); admission.again(ctx, err); {
		err = try()
	}
	if err != nil {
		c.room.goOut()
		c.room.ref.Room, c.room.ref.Text, c.room.life = before.ref.Room, before.ref.Text, before.life
		return "", err
	}
	admission.granted()
	c.lock.leave(ctx, before.life)
	c.moved(before.ref.Room, changed, pin)
	return c.lock.afterMove(ctx), nil
}

// moved: the leg is in another room, as another participant.
func (c *Call) moved(from janusclient.ID, changed *audiobridge.RoomChanged, pin string) {
	me := c.self.me()
	me.ID = changed.ID
	c.roster.self = changed.ID
	c.room.take(pin)
	c.info.setSecret(c.vars.RoomSecret)
	c.recorder.over(true)
	c.vars.StartMuted = me.Muted
	c.roster.present(changed.Participants)
	c.roster.remember(me)
	c.channel.setVariable(host.VarRoom, c.room.name())
	c.channel.setVariable(host.VarParticipantID, c.roster.self.String())
	c.info.move(c.room.name(), c.roster.self.String())
	c.fire(host.EventCall, [][2]string{{host.HeaderAction, "moved"}, {host.HeaderOldRoom, from.String()}})
	c.gate.changed()
	c.media.moved = true
	c.listenAfterMove()
}

// errSilentSinceMove is for a leg that moves to a room of another sampling rate. A
// Janus from 1.2.4 on then gives the participant a new decoder, and ends the
// participant's thread where that one has to conceal a loss before its first
// packet: from then on nothing comes from the leg, and nothing goes to it.
var errSilentSinceMove = failure.New(host.CauseMediaTimeout, "no audio comes from Janus since the move")

// listenAfterMove looks whether audio goes on to come in. A muted leg sends no
// packet to decode, so that it is only known when it is unmuted.
func (c *Call) listenAfterMove() {
	stats, _ := c.media.figures.stats()
	if !c.media.moved || c.media.down || stats.PacketsIn == 0 {
		return
	}
	leg := c.media.number
	time.AfterFunc(config.MoveSettles, func() {
		stats, _ := c.media.figures.stats()
		time.AfterFunc(config.MoveListens, func() { c.Listened(leg, stats.PacketsIn) })
	})
}

// Listened takes how many packets had come in for a leg when its move had settled, after a time in
// which more of them should have come.
func (c *Call) Listened(leg int, packetsIn uint64) { c.post(msgMoved{leg, packetsIn}) }

// onMoved joins again where Janus has sent nothing since the move.
func (c *Call) onMoved(msg msgMoved) {
	stats, _ := c.media.figures.stats()
	if msg.leg == c.media.number && stats.PacketsIn == msg.packetsIn && c.gate.open && !c.self.outOfMix() {
		c.joinAgain(errSilentSinceMove)
	}
}
