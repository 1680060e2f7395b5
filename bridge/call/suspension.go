// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"
	"errors"

	"mod_janus/bridge/server"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// suspension is a leg that is out of the mix.
type suspension struct {
	substitute  bool // muted and deaf, at a Janus that cannot suspend
	muted, deaf bool // as it was before
}

func (p *participant) manageMe() audiobridge.ManageRequest {
	return audiobridge.ManageRequest{Room: p.room.ref.ID(), ID: p.roster.self, Secret: p.room.vars.RoomSecret}
}

// kick throws the leg out of the room; Janus's word of it ends the call.
func (p *participant) kick(ctx context.Context) error {
	manager, ok := p.janus.handle.(server.RoomManager)
	if !ok {
		return p.janus.lacks("kick")
	}
	ctx, cancel := p.janus.limited(ctx)
	defer cancel()
	return manager.Kick(ctx, p.manageMe())
}

// suspend takes the leg out of the mix, both ways. A Janus before 1.2.1 cannot:
// there the leg is muted and deaf.
func (p *participant) suspend(ctx context.Context) (string, error) {
	manager, ok := p.janus.handle.(server.RoomManager)
	if !ok {
		return "", p.janus.lacks("suspend")
	}
	if p.suspended != nil {
		return "", nil
	}
	limited, cancel := p.janus.limited(ctx)
	defer cancel()
	err := manager.Suspend(limited, audiobridge.SuspendRequest{ManageRequest: p.manageMe()})
	before := &suspension{muted: p.me().Muted, deaf: p.deaf}
	words := ""
	if server.LacksRequest(err) {
		before.substitute = true
		words = "muted and deaf: this Janus cannot suspend (since 1.2.1)"
		if err = p.mute(ctx, true); err == nil {
			err = p.deafen(true)
		}
	}
	if err != nil {
		return "", err
	}
	p.suspended = before
	p.mixChanged()
	p.tell(server.SuspendAction(true))
	return words, nil
}

// resume undoes suspend, whoever has done that. Janus is asked in any case: it
// may know of a suspension whose event was lost. One that does not know the
// request has not suspended the leg, whatever is believed here.
func (p *participant) resume(ctx context.Context) error {
	before := p.suspended
	var err error
	if before != nil && before.substitute {
		if err = p.mute(ctx, before.muted); err == nil {
			err = p.deafen(before.deaf)
		}
	} else if manager, ok := p.janus.handle.(server.RoomManager); ok {
		limited, cancel := p.janus.limited(ctx)
		defer cancel()
		err = manager.Resume(limited, audiobridge.ResumeRequest{ManageRequest: p.manageMe()})
	} else {
		err = p.janus.lacks("resume")
	}
	if server.LacksRequest(err) {
		err = nil
		if before == nil {
			err = errors.New("the call is not suspended")
		}
	}
	if err != nil || before == nil {
		return err
	}
	p.suspended = nil
	p.mixChanged()
	p.tell(server.SuspendAction(false))
	return nil
}

// wasSuspended: taken out of the mix, or put back into it. Of the leg itself
// it is news only when somebody else has done it.
func (p *participant) wasSuspended(id janusclient.ID, suspended bool) {
	who := p.roster.known(id)
	if id == p.roster.self {
		who = p.me()
		switch {
		case suspended == (p.suspended != nil):
			return
		case suspended:
			p.suspended = &suspension{muted: who.Muted, deaf: p.deaf}
		default:
			p.suspended = nil
		}
		p.mixChanged()
	}
	who.Suspended = suspended
	p.roster.remember(who)
	p.roster.tell(server.SuspendAction(suspended), who)
}

// outOfMix tells whether the leg is suspended at Janus, which then sends nothing.
func (p *participant) outOfMix() bool { return p.suspended != nil && !p.suspended.substitute }

// outOfMixAsked is what a request to enter a room says of that; nil for nothing.
func (p *participant) outOfMixAsked() *bool {
	if !p.outOfMix() {
		return nil
	}
	out := true
	return &out
}
