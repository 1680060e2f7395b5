// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
	"mod_janus/bridge/metrics"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// join takes the call from dialled to joined, step by step. A hangup ends it
// between the steps, and while it waits for the server; a request that is
// under way is waited for, since what it has made at Janus must be undone.
func (c *Call) join() error {
	c.readVariables()
	c.room.remember()
	if err := c.awaitServer(); err != nil {
		return err
	}
	c.tellPlace()
	if c.place.pool != nil {
		return c.joinFound()
	}
	giveUp := time.Now().Add(config.ConnectPatience)
	err := c.joinOnce()
	for errors.Is(err, janusclient.ErrSessionLost) && c.hung.Err() == nil && time.Now().Before(giveUp) {
		// Janus was restarted, and this call is the first to learn of it:
		// nothing of it is left there.
		c.channel.logf(host.LevelInfo, "Janus call %s: %s; once more on a new session", c.room.describe(), failure.Of(err).Reason)
		if ended := c.letGoOfJanus(); ended != nil {
			return ended
		}
		err = c.joinOnce()
	}
	return err
}

func (c *Call) joinOnce() error {
	began := time.Now()
	session, err := c.Server().Connection.Await(c.hung)
	if err != nil {
		return err
	}
	c.took(metrics.StageServer, began)
	for _, step := range c.steps() {
		if err := step(c.env.Context, session); err != nil {
			return err
		}
		if err := c.hung.Err(); err != nil {
			return err
		}
	}
	return nil
}

// took observes a stage of the call's set-up that is over, unless the call joins again: that has
// a time of its own.
func (c *Call) took(stage metrics.Stage, began time.Time) {
	if !c.rejoined {
		c.Server().Metrics.Stage(stage, time.Since(began))
	}
}

// steps take a call from a session into its room.
func (c *Call) steps() []func(context.Context, *janusclient.Session) error {
	comeIn := func(context.Context, *janusclient.Session) error { c.room.comeIn(); return nil }
	attach := func(ctx context.Context, session *janusclient.Session) error {
		began := time.Now()
		err := c.janus.attach(ctx, session)
		if err == nil {
			c.took(metrics.StageAttach, began)
		}
		return err
	}
	create := func(ctx context.Context, _ *janusclient.Session) error { return c.making.create(ctx) }
	openMedia := func(context.Context, *janusclient.Session) error { return c.media.open(c.gate.installed()) }
	return []func(context.Context, *janusclient.Session) error{comeIn, attach, openMedia, create, c.enter}
}

// enter joins the room with the offer in the same request, and takes Janus's
// answer.
func (c *Call) enter(ctx context.Context, session *janusclient.Session) error {
	c.progress.advance(stateJoining)
	leg := c.media.leg()
	offer, err := leg.Offer()
	if err != nil {
		return failure.New(host.CauseNormalTemporaryFailure, "cannot make an SDP offer: "+err.Error())
	}
	if !c.gate.open {
		if err := c.env.Host.RingReady(c.channel.uuid()); err != nil {
			return err
		}
	}
	began := time.Now()
	joined, answer, err := c.sendJoin(ctx, session, c.janus.jsep(ctx, offer))
	if joined != nil {
		c.joined = true
		c.roster.self = joined.ID
	}
	if err != nil {
		return err
	}
	c.took(metrics.StageJoin, began)
	if err := c.hung.Err(); err != nil {
		return err // it must not be answered any more
	}
	if err := c.lock.onEntry(ctx); err != nil {
		return err
	}
	codec, err := leg.Answer(answer.SDP)
	if errors.Is(err, media.ErrNoCandidate) && len(c.cfg().CandidateACLs) > 0 {
		return fmt.Errorf("%w (apply-candidate-acl: %s)", err, strings.Join(c.cfg().CandidateACLs, ", "))
	}
	if err != nil {
		return err
	}
	c.channel.setVariable(host.VarParticipantID, c.roster.self.String())
	c.channel.setVariable(host.VarCodec, codec.Name)
	c.info.set(c.self.display(), c.roster.self.String(), codec.Name)
	c.progress.advance(stateConnecting)
	if !c.progress.rejoining() {
		c.fire(host.EventCall, [][2]string{{host.HeaderAction, "joined"}})
	}
	c.roster.present(joined.Participants)
	if c.gate.media {
		c.media.resume()
		return nil // a rejoin: the session has its codec
	}
	return c.gate.opened(codec)
}

// sendJoin sends the join, and sends it again where that may help. A handle
// that has taken an offer once takes no other (Janus 1.1.2: "Error setting ICE
// locally"), so each try has a handle of its own. Tried again is
//
//   - with a Janus that has just been started: for some 2 s it answers, and
//     cannot gather candidates yet,
//   - where the answer of the first join was lost with its connection, and
//   - what tokens may mend, see admission.
func (c *Call) sendJoin(ctx context.Context, session *janusclient.Session, offer *janusclient.JSEP) (joined *audiobridge.Joined, answer *janusclient.JSEP, err error) {
	request := c.joinRequest()
	giveUp := time.Now().Add(config.ConnectPatience)
	admission := newAdmission(&c.room, &c.lock)
	for {
		err = c.room.ref.With(func(room janusclient.ID) error {
			ctx, cancel := c.janus.limited(ctx)
			defer cancel()
			request.Room, request.Token = room, admission.token(room)
			joined, answer, err = c.janus.handle.Join(ctx, request, offer)
			return err
		})
		wait := config.ICERetry
		switch {
		case err == nil:
			admission.granted()
			c.recorder.begun()
			return joined, answer, nil
		case admission.again(ctx, err):
			wait = 0
		case !isICENotReady(err) && !audiobridge.HasCode(err, audiobridge.CodeAlreadyJoined), time.Now().After(giveUp):
			return joined, answer, err
		}
		if err := c.janus.reattach(ctx, session, wait); err != nil {
			return nil, nil, err
		}
	}
}

func (c *Call) joinRequest() audiobridge.JoinRequest {
	v := &c.vars
	request := audiobridge.JoinRequest{
		PIN: v.RoomPIN, Filename: v.UserRecordFile,
		Codec: strings.ToLower(c.media.offered[0].Name), Prebuffer: v.UserPrebuffer,
		Media: audiobridge.Media{
			Display: c.self.display(), Group: v.UserGroup,
			Volume: v.UserVolume, Quality: v.UserQuality, ExpectedLoss: c.loss.expected(),
			Bitrate: v.UserBitrate, SpatialPosition: v.UserPosition, Denoise: v.UserDenoise,
		},
	}
	if v.UserAdmin {
		request.Secret = v.RoomSecret // whoever presents it is spared by mute-all, or refused where it is not the room's
	}
	if v.StartMuted {
		request.Muted = &v.StartMuted
	}
	if v.UserRecord {
		request.Record = &v.UserRecord
		if request.Filename == "" {
			request.Filename = c.recorder.name()
		}
	}
	request.Suspended = c.self.outOfMixAsked()
	return request
}

func isICENotReady(err error) bool {
	var core *janusclient.Error
	return errors.As(err, &core) && strings.Contains(core.Reason, "Error setting ICE locally")
}
