// SPDX-License-Identifier: MPL-2.0

package call

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/bridge/server"
	"mod_janus/janusclient"
	"mod_janus/janusclient/admin"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/audioroom"
)

// attachment is the leg's handle at Janus, and the session that the handle
// belongs to. It belongs to the call's goroutine, but for its place.
type attachment struct {
	channel *channel
	server  *server.Server
	cfg     *config.ServerConfig
	hung    context.Context                           // ends with the call
	callID  string                                    // the SIP Call-ID of the A-leg; "" for none
	onEvent func(number int, event janusclient.Event) // runs in the session's dispatcher
	who     func() server.Occupant                    // the leg in its room

	place   atomic.Pointer[admin.Handle] // session and handle, for any goroutine; nil before there are any
	session *janusclient.Session
	handle  server.RoomHandle // nil while there is none
	number  int               // handles so far: which one an event is of
}

// limited bounds one request by cmd-timeout.
func (a *attachment) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, a.cfg.CmdTimeout)
}

// opaqueID is how Janus's logs, events and Admin API name the leg's handle: by the
// caller's SIP Call-ID, which ties them to the SIP trace, else by the leg's UUID.
func (a *attachment) opaqueID() string { return cmp.Or(a.callID, a.channel.uuid()) }

func (a *attachment) attach(ctx context.Context, session *janusclient.Session) error {
	a.number++
	number := a.number
	handle, err := server.AttachRoom(ctx, session, a.cfg.Plugin, janusclient.AttachOptions{
		OpaqueID: a.opaqueID(),
		OnEvent:  func(event janusclient.Event) { a.onEvent(number, event) },
	})
	if err != nil {
		return err
	}
	a.handle, a.session = handle, session
	a.server.Legs.AddHandle(handle.ID())
	a.forgetPlace(a.place.Swap(&admin.Handle{Session: session.ID(), ID: handle.ID()}))
	a.channel.setVariable(host.VarSessionID, strconv.FormatUint(session.ID(), 10))
	a.channel.setVariable(host.VarHandleID, strconv.FormatUint(handle.ID(), 10))
	return nil
}

// forgetPlace takes a handle from those of legs; nil for none.
func (a *attachment) forgetPlace(place *admin.Handle) {
	if place != nil {
		a.server.Legs.RemoveHandle(place.ID)
	}
}

// leaveServer forgets what there was at a server that the call goes away from. The handle is
// detached, or waits among those that are.
func (a *attachment) leaveServer() { a.forgetPlace(a.place.Swap(nil)) }

// forget takes the present handle from those of legs.
func (a *attachment) forget() { a.forgetPlace(a.place.Load()) }

// detach gives the handle up; what Janus cannot be told now it is told later, and
// the result is false.
func (a *attachment) detach(ctx context.Context) bool {
	err := a.handle.Detach(ctx)
	if err != nil {
		a.channel.logf(host.LevelDebug, "Detaching: %s", err)
		return a.detachLater()
	}
	return true
}

// detachLater has Janus, which does not answer now, told of the detach when it does; true: the
// handle has gone with its session.
func (a *attachment) detachLater() bool {
	a.server.Detaches.Add(a.handle, a.session, a.who())
	return a.session.Err() != nil
}

// reattach replaces the handle, after a pause.
func (a *attachment) reattach(ctx context.Context, session *janusclient.Session, wait time.Duration) error {
	select {
	case <-time.After(wait):
	case <-a.hung.Done():
		return a.hung.Err()
	}
	a.detach(ctx)
	return a.attach(ctx, session)
}

// drop ends what there was with Janus: events of the old handle count no more.
func (a *attachment) drop() {
	a.number++
	a.handle, a.session = nil, nil
}

// readEvents has the events read that Janus sent before its latest answer.
func (a *attachment) readEvents() {
	ctx, cancel := a.limited(a.hung)
	defer cancel()
	if err := a.handle.WaitForEvents(ctx); err != nil && a.hung.Err() == nil {
		a.channel.logf(host.LevelDebug, "The events of Janus are read later: %s", err)
	}
}

// configure changes the participant.
func (a *attachment) configure(ctx context.Context, request audiobridge.ConfigureRequest) error {
	ctx, cancel := a.limited(ctx)
	defer cancel()
	_, err := a.handle.Configure(ctx, request, nil)
	return err
}

// lacks is the error of a request that the plugin does not have.
func (a *attachment) lacks(request string) error {
	return fmt.Errorf("plugin %s has no request %q", a.cfg.Plugin, request)
}

// jsep is an offer as it is sent. It holds all candidates there are, which must
// be said to a Janus that would wait for more before it connects: any before
// 0.7.2, and that of janus.plugin.cm.audioroom.
func (a *attachment) jsep(ctx context.Context, offer string) *janusclient.JSEP {
	jsep := &janusclient.JSEP{Type: "offer", SDP: offer}
	if a.cfg.Plugin == audioroom.Plugin || a.server.Connection.WaitsForCandidates(ctx) {
		more := false
		jsep.Trickle = &more
	}
	return jsep
}
