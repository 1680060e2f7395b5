// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// AudioBridge has no lock. Its list of tokens serves: each leg that wants its
// room locked puts a token of its own on the list, which names the leg's
// participant, and has Janus check tokens. So whoever finds a locked room, this
// process or another one, can tell from the list and the participants whether
// anybody of the lock is still there.

// lockMark begins what a token of a lock says: the participant, and a secret.
const lockMark = "mod_janus-lock="

// roomAllower is a roomHandle whose plugin keeps a list of tokens.
type roomAllower interface {
	Allow(context.Context, audiobridge.AllowedRequest) ([]string, error)
	ListParticipants(context.Context, janusclient.ID) ([]audiobridge.Participant, error)
}

// newLockToken makes a token that names this participant. Where tokens are signed
// it is signed as well, so that it also admits to a room that checks that.
func (c *Call) newLockToken() string {
	text := lockMark + url.QueryEscape(c.self.String()) + "=" + rand.Text()
	if signer := c.server.signer; signer != nil {
		realm := c.server.realms.order(c.dial.RoomText, signer.plugin)[0]
		return signer.room(c.roomID(), config.LongestTokenTTL, realm, text)
	}
	return text
}

// lockHolder is the participant that a token of a lock names; false: the token is
// of something else.
func lockHolder(token string) (participant string, ok bool) {
	_, rest, found := strings.Cut(token, lockMark)
	name, _, _ := strings.Cut(rest, "=")
	participant, err := url.QueryUnescape(name)
	return participant, found && err == nil
}

// sortLocks parts the tokens of locks from those of the room itself.
func sortLocks(tokens []string) (locks, others []string) {
	for _, token := range tokens {
		if _, ok := lockHolder(token); ok {
			locks = append(locks, token)
		} else {
			others = append(others, token)
		}
	}
	return locks, others
}

func (c *Call) allow(ctx context.Context, allower roomAllower, action audiobridge.Action, tokens ...string) ([]string, error) {
	ctx, cancel := c.janus.limited(ctx)
	defer cancel()
	secret := cmp.Or(c.room.secret, c.vars.RoomSecret)
	return allower.Allow(ctx, audiobridge.AllowedRequest{Room: c.room.ref.id(), Secret: secret, Action: action, Allowed: tokens})
}

// abandoned are the locks that no participant of the room holds.
func (c *Call) abandoned(ctx context.Context, allower roomAllower, locks []string) ([]string, error) {
	ctx, cancel := c.janus.limited(ctx)
	defer cancel()
	people, err := allower.ListParticipants(ctx, c.room.ref.id())
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(locks), func(token string) bool {
		holder, _ := lockHolder(token)
		return slices.ContainsFunc(people, func(p audiobridge.Participant) bool { return p.ID.String() == holder })
	}), nil
}

// lockOnEntry locks the room where the call asks for that, and refuses a call
// whose room cannot be locked. One that joins again is not dropped for it.
func (c *Call) lockOnEntry(ctx context.Context) error {
	if !c.vars.RoomLock {
		return nil
	}
	err := c.lockRoom(ctx)
	if err == nil || callState(c.state.Load()) != stateRejoining {
		return err
	}
	c.notLocked(err)
	return nil
}

// lockAfterMove locks the room of a leg that was moved back to the one that it has
// dialled; another room stays as it is. The result is what to say if it cannot be
// locked.
func (c *Call) lockAfterMove(ctx context.Context) string {
	switch {
	case c.vars.RoomLock:
	case c.dialledTo.vars.RoomLock:
		c.channel.setVariable(host.VarRoomLocked, "false")
		return ""
	default:
		return ""
	}
	if err := c.lockRoom(ctx); err != nil {
		c.notLocked(err)
		return controlReason(err)
	}
	return ""
}

func (c *Call) notLocked(err error) {
	c.channel.setVariable(host.VarRoomLocked, "false")
	c.channel.logf(host.LevelWarning, "Janus call %s: %s", c.describe(), controlReason(err))
}

// lockRoom lets nobody else in as long as this leg is in the room.
func (c *Call) lockRoom(ctx context.Context) error {
	cannot := func(why string) error {
		return fail(host.CauseCallRejected, "janus-room-lock: the room cannot be locked: "+why)
	}
	c.room.acquire()
	defer c.room.release()
	allower, ok := c.janus.handle.(roomAllower)
	if !ok {
		return cannot(c.janus.lacks("allowed").Error())
	}
	token := c.newLockToken()
	tokens, err := c.allow(ctx, allower, audiobridge.ActionAdd, token)
	if err != nil {
		return cannot(controlReason(err))
	}
	locks, others := sortLocks(tokens)
	if len(others) > 0 {
		_, _ = c.allow(ctx, allower, audiobridge.ActionRemove, token) // it admits nobody but us
		return cannot(fmt.Sprintf("it has %d tokens of its own, which would still admit", len(others)))
	}
	if _, err := c.allow(ctx, allower, audiobridge.ActionEnable); err != nil {
		_, _ = c.allow(ctx, allower, audiobridge.ActionRemove, token)
		return cannot(controlReason(err))
	}
	c.lock, c.room.locks[c] = token, token
	c.channel.setVariable(host.VarRoomLocked, "true")
	c.channel.logf(host.LevelInfo, "Janus call %s: the room is locked", c.describe())
	if stale, err := c.abandoned(ctx, allower, locks); err == nil && len(stale) > 0 {
		_, _ = c.allow(ctx, allower, audiobridge.ActionRemove, stale...) // they lock nothing any more
	}
	return nil
}

// lockToken admits to a locked room who may come in all the same: a leg of ours
// that was in it.
func (c *Call) lockToken() string {
	if c.room == nil {
		return ""
	}
	c.room.acquire()
	defer c.room.release()
	if own := c.room.locks[c]; own != "" || callState(c.state.Load()) != stateRejoining {
		return own
	}
	for _, token := range c.room.locks {
		return token
	}
	return c.borrowed
}

// passLock is for a call that a locked room has refused. It opens the room if
// nobody of the lock is in it any more: the switch of those may have been killed.
// A leg that was in the room before takes the lock's token. False: the room stays
// closed to this call.
func (c *Call) passLock(ctx context.Context) bool {
	allower, ok := c.janus.handle.(roomAllower)
	if !ok || c.room == nil {
		return false
	}
	c.room.acquire()
	defer c.room.release()
	rejoining := callState(c.state.Load()) == stateRejoining
	if len(c.room.locks) > 0 && !rejoining {
		return false // legs of ours hold it, or are just coming back to it
	}
	tokens, err := c.allow(ctx, allower, audiobridge.ActionRemove) // this removes nothing, and tells what there is
	locks, others := sortLocks(tokens)
	if err != nil || len(locks) == 0 {
		return false
	}
	stale, err := c.abandoned(ctx, allower, locks)
	switch {
	case err != nil:
		return false
	case len(stale) < len(locks):
		c.borrowed = locks[0]
		return rejoining
	}
	if _, err := c.allow(ctx, allower, audiobridge.ActionRemove, stale...); err != nil {
		return false
	}
	if len(others) == 0 && !c.openRoom(ctx, allower) {
		return false
	}
	c.channel.logf(host.LevelNotice, "Janus call %s: the room was locked by participants that are gone: it is open again", c.describe())
	return true
}

// openRoom has Janus check no tokens, unless another lock has come meanwhile. The
// lock's token is off the list already.
func (c *Call) openRoom(ctx context.Context, allower roomAllower) bool {
	if _, err := c.allow(ctx, allower, audiobridge.ActionDisable); err != nil {
		c.channel.logf(host.LevelDebug, "Unlocking the room: %s", err)
		return false
	}
	tokens, err := c.allow(ctx, allower, audiobridge.ActionRemove)
	if locks, _ := sortLocks(tokens); err == nil && len(locks) > 0 {
		_, err = c.allow(ctx, allower, audiobridge.ActionEnable)
		return err == nil
	}
	return true
}

// unlock admits everybody again, if this is the last leg that wants the room
// locked. It is called before the leg leaves.
func (c *Call) unlock(ctx context.Context) {
	if c.room == nil || c.lock == "" {
		return
	}
	c.room.acquire()
	defer c.room.release()
	token := c.lock
	c.lock = ""
	if c.room.locks[c] != token {
		return // it was the lock of a room that is gone
	}
	delete(c.room.locks, c)
	allower, ok := c.janus.handle.(roomAllower)
	if !ok {
		return
	}
	tokens, err := c.allow(ctx, allower, audiobridge.ActionRemove, token)
	if err != nil {
		c.channel.logf(host.LevelDebug, "Unlocking the room: %s", err)
		return
	}
	if locks, others := sortLocks(tokens); len(locks) == 0 && len(others) == 0 {
		c.openRoom(ctx, allower)
	}
}
