// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"mod_janus/bridge/media"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// iceRetry is the pause before an offer is sent again to a Janus that cannot
// gather candidates yet.
const iceRetry = 250 * time.Millisecond

// join takes the call from dialled to joined, step by step. A hangup ends it
// between the steps, and while it waits for the server; a request that is
// under way is waited for, since what it has made at Janus must be undone.
func (c *Call) join() error {
	c.readVariables()
	c.setVariable(varServer, c.server.cfg.Name)
	c.setVariable(varRoom, c.dial.Room.String())
	session, err := c.server.await(c.hung)
	if err != nil {
		return err
	}
	steps := []func(context.Context, *janusclient.Session) error{
		c.attach, c.openMedia, c.create, c.enter,
	}
	for _, step := range steps {
		if err := step(c.engine.ctx, session); err != nil {
			return err
		}
		if err := c.hung.Err(); err != nil {
			return err
		}
	}
	return nil
}

// limited bounds one request by cmd-timeout.
func (c *Call) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, c.server.cfg.CmdTimeout)
}

func (c *Call) attach(ctx context.Context, session *janusclient.Session) error {
	c.attached++
	attachment := c.attached
	handle, err := audiobridge.Attach(ctx, session, janusclient.AttachOptions{
		OpaqueID: c.id4log(),
		OnEvent:  func(event janusclient.Event) { c.post(msgJanus{attachment, event}) },
	})
	if err != nil {
		return err
	}
	c.handle = handle
	c.setVariable(varSessionID, strconv.FormatUint(session.ID(), 10))
	c.setVariable(varHandleID, strconv.FormatUint(handle.ID(), 10))
	return nil
}

// openMedia binds the leg's socket.
func (c *Call) openMedia(ctx context.Context, _ *janusclient.Session) error {
	cfg := &c.server.cfg
	codecs, err := c.usableCodecs()
	if err != nil {
		return err
	}
	local, warn, err := localAddress(c.engine.host, cfg.RTPIP)
	if err != nil {
		return fail(CauseNormalTemporaryFailure, err.Error())
	}
	if warn != "" {
		c.logf(LevelWarning, "Server %s: %s", cfg.Name, warn)
	}
	first, last := cfg.PortMin, cfg.PortMax
	if first == 0 {
		first, last = c.engine.host.RTPPorts()
	}
	leg, err := c.engine.media.NewLeg(media.LegConfig{
		Rings: c.rings, Codecs: codecs, LocalAddrs: []netip.Addr{local},
		ExtAddr: advertisedAddress(ctx, c.engine.host, cfg), PortMin: first, PortMax: last,
		AllowCandidate: c.allowCandidate,
		OnState:        func(state media.State, err error) { c.post(msgMedia{state, err}) },
		Logger:         loggerFor(c.engine.host, c.id4log()),
	})
	if err != nil {
		return fail(CauseNormalTemporaryFailure, "cannot open media: "+err.Error())
	}
	c.leg.Store(leg)
	return nil
}

// usableCodecs leaves out what the switch cannot handle.
func (c *Call) usableCodecs() ([]media.Codec, error) {
	var usable []media.Codec
	var names []string
	for _, codec := range c.codecs() {
		names = append(names, codec.Name)
		if c.engine.host.CodecKnown(codec.Name) {
			usable = append(usable, codec)
		}
	}
	if len(usable) == 0 {
		return nil, fail(CauseIncompatibleDestination,
			fmt.Sprintf("the switch has no codec of %s loaded", strings.Join(names, ", ")))
	}
	return usable, nil
}

func (c *Call) allowCandidate(addr netip.Addr) bool {
	if len(c.server.cfg.CandidateACLs) == 0 {
		return true
	}
	for _, acl := range c.server.cfg.CandidateACLs {
		if c.engine.host.Allowed(acl, addr) {
			return true
		}
	}
	return false
}

// create makes the room unless the call wants an existing one. A room that is
// there already is as good.
func (c *Call) create(ctx context.Context, _ *janusclient.Session) error {
	if c.vars.useExistingRoom {
		return nil
	}
	request := audiobridge.CreateRequest{
		Description: c.vars.roomDescription, PIN: c.vars.roomPIN, RecordFile: c.vars.roomRecordFile,
	}
	if c.vars.roomRecord {
		request.Record = &c.vars.roomRecord
	}
	err := c.withRoom(func(room janusclient.ID) error {
		request.Room = room
		_, _, err := c.handle.Create(ctx, request)
		return err
	})
	if audiobridge.HasCode(err, audiobridge.CodeRoomExists) {
		return nil
	}
	return err
}

// enter joins the room with the offer in the same request, and takes Janus's
// answer.
func (c *Call) enter(ctx context.Context, session *janusclient.Session) error {
	leg := c.leg.Load()
	offer, err := leg.Offer()
	if err != nil {
		return fail(CauseNormalTemporaryFailure, "cannot make an SDP offer: "+err.Error())
	}
	if err := c.engine.host.RingReady(c.id4log()); err != nil {
		return err
	}
	joined, answer, err := c.sendJoin(ctx, session, &janusclient.JSEP{Type: "offer", SDP: offer})
	if joined != nil {
		c.joined = true
		c.self = joined.ID
	}
	if err != nil {
		return err
	}
	if err := c.hung.Err(); err != nil {
		return err // it must not be answered any more
	}
	codec, err := leg.Answer(answer.SDP)
	if err != nil {
		return err
	}
	c.setVariable(varParticipantID, c.self.String())
	c.setVariable(varCodec, codec.Name)
	c.fire("janus::call", [][2]string{{"Action", "joined"}})
	if err := c.engine.host.MediaReady(c.id4log(), codec); err != nil {
		if errors.Is(err, ErrGone) {
			return err
		}
		return fail(CauseIncompatibleDestination, fmt.Sprintf("the switch cannot use codec %s", codec.Name))
	}
	if !c.vars.answerOnUp {
		c.answer()
	}
	return nil
}

// sendJoin sends the join, and sends it again to a Janus that has just been
// started: for some 2 s it answers, and cannot gather candidates yet. A handle
// on which that has failed once stays unusable, so each try has its own.
func (c *Call) sendJoin(ctx context.Context, session *janusclient.Session, offer *janusclient.JSEP) (joined *audiobridge.Joined, answer *janusclient.JSEP, err error) {
	request := c.joinRequest()
	giveUp := time.Now().Add(connectPatience)
	for {
		err = c.withRoom(func(room janusclient.ID) error {
			ctx, cancel := c.limited(ctx)
			defer cancel()
			request.Room = room
			joined, answer, err = c.handle.Join(ctx, request, offer)
			return err
		})
		if !isICENotReady(err) || time.Now().After(giveUp) {
			return joined, answer, err
		}
		if err := c.reattach(ctx, session); err != nil {
			return nil, nil, err
		}
	}
}

func (c *Call) joinRequest() audiobridge.JoinRequest {
	request := audiobridge.JoinRequest{
		PIN: c.vars.roomPIN, Token: c.vars.userToken, Filename: c.vars.userRecordFile,
		Media: audiobridge.Media{Display: c.display()},
	}
	if c.vars.startMuted {
		request.Muted = &c.vars.startMuted
	}
	if c.vars.userRecord {
		request.Record = &c.vars.userRecord
	}
	return request
}

// reattach replaces the handle, after a pause.
func (c *Call) reattach(ctx context.Context, session *janusclient.Session) error {
	select {
	case <-time.After(iceRetry):
	case <-c.hung.Done():
		return c.hung.Err()
	}
	if err := c.handle.Detach(ctx); err != nil {
		c.logf(LevelDebug, "Detaching: %s", err)
	}
	return c.attach(ctx, session)
}

func isICENotReady(err error) bool {
	var core *janusclient.Error
	return errors.As(err, &core) && strings.Contains(core.Reason, "Error setting ICE locally")
}

func (c *Call) display() string {
	if c.dial.Display != "" {
		return c.dial.Display
	}
	if len(c.callerName) <= maxDisplay && checkText(c.callerName) == nil {
		return c.callerName
	}
	return ""
}

// withRoom does a request with the room's id as this Janus wants ids to be:
// numbers, or with string_ids = true strings. Where that is not known yet, a
// refusal tells; it is remembered for the server, and the request done again.
func (c *Call) withRoom(request func(janusclient.ID) error) error {
	err := request(c.roomID())
	if c.server.cfg.StringIDs != idAuto {
		return err
	}
	wantsStrings, wrong := audiobridge.WrongIDKind(err)
	switch {
	case !wrong:
		return err
	case wantsStrings && c.roomID().IsNumber():
		c.server.ids.Store(int32(idString))
	case !wantsStrings && !c.roomID().IsNumber() && c.dial.Room.IsNumber():
		c.server.ids.Store(int32(idNumber))
	default:
		return err // no other way to write this id
	}
	return request(c.roomID())
}

func (c *Call) roomID() janusclient.ID {
	if idMode(c.server.ids.Load()) == idString {
		return janusclient.StringID(c.dial.roomText)
	}
	return c.dial.Room
}

// answer answers the session, once.
func (c *Call) answer() {
	if c.answered {
		return
	}
	c.answered = true
	c.setVariable(varSetup, strconv.FormatInt(time.Since(c.began).Milliseconds(), 10))
	if err := c.engine.host.Answer(c.id4log()); err != nil {
		c.logf(LevelDebug, "Answering: %s", err)
	}
}
