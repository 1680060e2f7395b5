// SPDX-License-Identifier: MPL-2.0

package call

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
	"mod_janus/bridge/server"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// newTestRoom is room 1234 of a server that is not connected, as it was dialled.
func newTestRoom(vars config.Variables) *room {
	cfg := config.DefaultServer("demo")
	cfg.AdminKey = "admin-key"
	r := &room{ref: server.RoomRef{Server: newTestServer(), Config: &cfg, Room: janusclient.NumberID(1234), Text: "1234"}, vars: &vars}
	r.remember()
	return r
}

func TestRoomTakesWhatConcernsAnotherRoom(t *testing.T) {
	r := newTestRoom(config.Variables{RoomPIN: "1", RoomSecret: "first", RoomRecord: true, RoomLock: true, UserRecord: true})
	require.Equal(t, "to demo room 1234", r.describe())

	r.ref.Room, r.ref.Text = janusclient.NumberID(5), "5"
	r.comeIn()
	r.take("2")
	require.Equal(t, config.Variables{RoomPIN: "2"}, *r.vars)
	require.Equal(t, audiobridge.CreateRequest{AdminKey: "admin-key", PIN: "2"}, r.createRequest())

	made := audiobridge.CreateRequest{PIN: "3", Secret: "second"}
	r.life.Made(server.Making{Request: made, Secret: "second", Destroy: true})
	r.take("2")
	require.Equal(t, config.Variables{RoomPIN: "2", RoomSecret: "second", RoomAutoDestroy: true}, *r.vars)
	require.Equal(t, made, r.createRequest())

	r.ref.Room, r.ref.Text = janusclient.NumberID(1234), "1234"
	r.take("1")
	require.Equal(t, config.Variables{RoomPIN: "1", RoomSecret: "first", RoomRecord: true, RoomLock: true}, *r.vars)
	require.Nil(t, r.creation)
}

func TestRoomThatWasMade(t *testing.T) {
	r := newTestRoom(config.Variables{RoomSecret: "s", RoomAutoDestroy: true})
	r.comeIn()
	r.life.Lock(r.leg, "of a room that is gone")
	r.made(audiobridge.CreateRequest{PIN: "1"})
	require.Equal(t, server.Making{ByUs: true, Request: audiobridge.CreateRequest{PIN: "1"}, Secret: "s", Destroy: true}, r.life.Making())
	require.Empty(t, r.life.AnyLock())
	r.comeIn() // it is counted already
	r.life = nil
	r.goOut() // there is none to leave
}

func TestProgressOfACallThatJoinsAgain(t *testing.T) {
	var p progress
	p.advance(stateJoining)
	require.Equal(t, stateJoining, p.get())
	p.set(stateRejoining)
	p.advance(stateJoining)
	require.True(t, p.rejoining(), "the way into the room is not shown")
}
