// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"
	"strings"

	"mod_janus/bridge/failure"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// admission is what tokens a call tries at the door of one room.
type admission struct {
	room    *room
	lock    *roomLock
	realms  []string // of signed tokens; the first one is tried now
	refused bool     // a realm was
	asked   bool     // whether the room's lock is anybody's
}

// newAdmission begins with the realm that the room has taken before.
func newAdmission(room *room, lock *roomLock) *admission {
	a := &admission{room: room, lock: lock}
	if tokens := room.ref.Server.Tokens; tokens != nil {
		a.realms = tokens.Realms(room.ref.Text)
	}
	return a
}

// again tells whether the refusal is one after which another try makes sense:
// with the other realm of signed tokens, or at a room whose lock nobody holds.
func (a *admission) again(ctx context.Context, err error) bool {
	if !audiobridge.HasCode(err, audiobridge.CodeUnauthorized) {
		return false
	}
	reason := failure.Of(err).Reason
	switch {
	case strings.Contains(reason, "allowed list"):
		first := !a.asked
		a.asked = true
		return first && a.lock.pass(ctx)
	case strings.Contains(reason, "(wrong pin)"), strings.Contains(reason, "(wrong secret)"), len(a.realms) < 2:
		return false
	}
	a.realms, a.refused = a.realms[1:], true
	return true
}

// granted remembers what being admitted has proven.
func (a *admission) granted() {
	if a.refused {
		a.room.ref.Server.Tokens.Proven(a.room.ref.Text, a.realms[0])
	}
}

// token is the token that admits to the room: that of its lock, the user's,
// or with hmac-secret a signed one.
func (a *admission) token(room janusclient.ID) string {
	if token := a.lock.admits(); token != "" {
		return token
	}
	if tokens := a.room.ref.Server.Tokens; tokens != nil {
		return tokens.ForRoom(room, a.room.vars.TokenTTL, a.realms[0])
	}
	return a.room.vars.UserToken
}
