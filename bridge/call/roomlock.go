// SPDX-License-Identifier: MPL-2.0

package call

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/server"
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

// roomAllower is a server.RoomHandle whose plugin keeps a list of tokens.
type roomAllower interface {
	Allow(context.Context, audiobridge.AllowedRequest) ([]string, error)
	ListParticipants(context.Context, janusclient.ID) ([]audiobridge.Participant, error)
}

// roomLock is a leg's lock of its room. It belongs to the call's goroutine.
type roomLock struct {
	channel  *channel
	janus    *attachment
	room     *room
	progress *progress
	self     func() janusclient.ID // the leg's participant

	token    string // with which this leg has its room locked; "" for none
	borrowed string // the token of the lock of others, with which this leg comes back; "" for none
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

// newToken makes a token that names this participant. Where tokens are signed
// it is signed as well, so that it also admits to a room that checks that.
func (l *roomLock) newToken() string {
	text := lockMark + url.QueryEscape(l.self().String()) + "=" + rand.Text()
	if tokens := l.room.ref.Server.Tokens; tokens != nil {
		realm := tokens.Realms(l.room.ref.Text)[0]
		return tokens.ForRoom(l.room.ref.ID(), config.LongestTokenTTL, realm, text)
	}
	return text
}

func (l *roomLock) allow(ctx context.Context, allower roomAllower, action audiobridge.Action, tokens ...string) ([]string, error) {
	ctx, cancel := l.janus.limited(ctx)
	defer cancel()
	secret := cmp.Or(l.room.life.Secret(), l.room.vars.RoomSecret)
	return allower.Allow(ctx, audiobridge.AllowedRequest{Room: l.room.life.ID(), Secret: secret, Action: action, Allowed: tokens})
}

// abandoned are the locks that no participant of the room holds.
func (l *roomLock) abandoned(ctx context.Context, allower roomAllower, locks []string) ([]string, error) {
	ctx, cancel := l.janus.limited(ctx)
	defer cancel()
	people, err := allower.ListParticipants(ctx, l.room.life.ID())
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(locks), func(token string) bool {
		holder, _ := lockHolder(token)
		return slices.ContainsFunc(people, func(p audiobridge.Participant) bool { return p.ID.String() == holder })
	}), nil
}

// onEntry locks the room where the call asks for that, and refuses a call
// whose room cannot be locked. One that joins again is not dropped for it.
func (l *roomLock) onEntry(ctx context.Context) error {
	if !l.room.vars.RoomLock {
		return nil
	}
	err := l.lock(ctx)
	if err == nil || !l.progress.rejoining() {
		return err
	}
	l.notLocked(err)
	return nil
}

// afterMove locks the room of a leg that was moved back to the one that it has
// dialled; another room stays as it is. The result is what to say if it cannot be
// locked.
func (l *roomLock) afterMove(ctx context.Context) string {
	switch {
	case l.room.vars.RoomLock:
	case l.room.dialled.vars.RoomLock:
		l.channel.setVariable(host.VarRoomLocked, "false")
		return ""
	default:
		return ""
	}
	if err := l.lock(ctx); err != nil {
		l.notLocked(err)
		return failure.Reason(err)
	}
	return ""
}

func (l *roomLock) notLocked(err error) {
	l.channel.setVariable(host.VarRoomLocked, "false")
	l.channel.logf(host.LevelWarning, "Janus call %s: %s", l.room.describe(), failure.Reason(err))
}

// lock lets nobody else in as long as this leg is in the room.
func (l *roomLock) lock(ctx context.Context) error {
	cannot := func(why string) error {
		return failure.New(host.CauseCallRejected, "janus-room-lock: the room cannot be locked: "+why)
	}
	l.room.life.Acquire()
	defer l.room.life.Release()
	allower, ok := l.janus.handle.(roomAllower)
	if !ok {
		return cannot(l.janus.lacks("allowed").Error())
	}
	token := l.newToken()
	tokens, err := l.allow(ctx, allower, audiobridge.ActionAdd, token)
	if err != nil {
		return cannot(failure.Reason(err))
	}
	locks, others := sortLocks(tokens)
	if len(others) > 0 {
		_, _ = l.allow(ctx, allower, audiobridge.ActionRemove, token) // it admits nobody but us
		return cannot(fmt.Sprintf("it has %d tokens of its own, which would still admit", len(others)))
	}
	if _, err := l.allow(ctx, allower, audiobridge.ActionEnable); err != nil {
		_, _ = l.allow(ctx, allower, audiobridge.ActionRemove, token)
		return cannot(failure.Reason(err))
	}
	l.token = token
	l.room.life.Lock(l.room.leg, token)
	l.channel.setVariable(host.VarRoomLocked, "true")
	l.channel.logf(host.LevelInfo, "Janus call %s: the room is locked", l.room.describe())
	if stale, err := l.abandoned(ctx, allower, locks); err == nil && len(stale) > 0 {
		_, _ = l.allow(ctx, allower, audiobridge.ActionRemove, stale...) // they lock nothing any more
	}
	return nil
}

// admits is the token with which a leg of ours that was in a locked room comes
// in all the same; "" for none.
func (l *roomLock) admits() string {
	if l.room.life == nil {
		return ""
	}
	l.room.life.Acquire()
	defer l.room.life.Release()
	if own := l.room.life.LockOf(l.room.leg); own != "" || !l.progress.rejoining() {
		return own
	}
	return cmp.Or(l.room.life.AnyLock(), l.borrowed)
}

// pass is for a call that a locked room has refused. It opens the room if
// nobody of the lock is in it any more: the switch of those may have been killed.
// A leg that was in the room before takes the lock's token. False: the room stays
// closed to this call.
func (l *roomLock) pass(ctx context.Context) bool {
	allower, ok := l.janus.handle.(roomAllower)
	if !ok || l.room.life == nil {
		return false
	}
	l.room.life.Acquire()
	defer l.room.life.Release()
	rejoining := l.progress.rejoining()
	if l.room.life.AnyLock() != "" && !rejoining {
		return false // legs of ours hold it, or are just coming back to it
	}
	tokens, err := l.allow(ctx, allower, audiobridge.ActionRemove) // this removes nothing, and tells what there is
	locks, others := sortLocks(tokens)
	if err != nil || len(locks) == 0 {
		return false
	}
	stale, err := l.abandoned(ctx, allower, locks)
	switch {
	case err != nil:
		return false
	case len(stale) < len(locks):
		l.borrowed = locks[0]
		return rejoining
	}
	if _, err := l.allow(ctx, allower, audiobridge.ActionRemove, stale...); err != nil {
		return false
	}
	if len(others) == 0 && !l.open(ctx, allower) {
		return false
	}
	l.channel.logf(host.LevelNotice, "Janus call %s: the room was locked by participants that are gone: it is open again", l.room.describe())
	return true
}

// open has Janus check no tokens, unless another lock has come meanwhile. The
// lock's token is off the list already.
func (l *roomLock) open(ctx context.Context, allower roomAllower) bool {
	if _, err := l.allow(ctx, allower, audiobridge.ActionDisable); err != nil {
		l.channel.logf(host.LevelDebug, "Unlocking the room: %s", err)
		return false
	}
	tokens, err := l.allow(ctx, allower, audiobridge.ActionRemove)
	if locks, _ := sortLocks(tokens); err == nil && len(locks) > 0 {
		_, err = l.allow(ctx, allower, audiobridge.ActionEnable)
		return err == nil
	}
	return true
}

// unlock admits everybody again, if this is the last leg that wants the room
// locked. It is called before the leg leaves.
func (l *roomLock) unlock(ctx context.Context) {
	if l.room.life == nil || l.token == "" {
		return
	}
	l.room.life.Acquire()
	defer l.room.life.Release()
	token := l.token
	l.token = ""
	if !l.room.life.Unlock(l.room.leg, token) {
		return // it was the lock of a room that is gone
	}
	allower, ok := l.janus.handle.(roomAllower)
	if !ok {
		return
	}
	tokens, err := l.allow(ctx, allower, audiobridge.ActionRemove, token)
	if err != nil {
		l.channel.logf(host.LevelDebug, "Unlocking the room: %s", err)
		return
	}
	if locks, others := sortLocks(tokens); len(locks) == 0 && len(others) == 0 {
		l.open(ctx, allower)
	}
}

// leave takes the leg, which is in another room by now, out of the room that it was in.
func (l *roomLock) leave(ctx context.Context, old *server.Room) {
	present := l.room.life
	l.room.life = old
	l.unlock(ctx)
	l.room.goOut()
	l.room.life = present
}
