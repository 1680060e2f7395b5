// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/host/hosttest"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// makerHandle is a fakeHandle whose plugin makes rooms.
type makerHandle struct {
	fakeHandle
	made []audiobridge.CreateRequest
}

func (h *makerHandle) Create(_ context.Context, request audiobridge.CreateRequest) (janusclient.ID, bool, error) {
	h.made = append(h.made, request)
	return request.Room, false, h.err
}

// newTestMaking makes the room of a call with these variables.
func newTestMaking(t *testing.T, vars config.Variables) (*roomMaking, *makerHandle) {
	t.Helper()
	r, _, _ := newTestRecorder(t, vars, false)
	handle := new(makerHandle)
	r.janus.handle = handle
	r.room.comeIn()
	return &roomMaking{channel: r.channel, janus: r.janus, room: r.room, recorder: r, progress: new(progress), told: func() {}}, handle
}

func TestRoomIsMadeAsTheVariablesSay(t *testing.T) {
	m, handle := newTestMaking(t, config.Variables{RoomPIN: "1", RoomSecret: "s", UserGroup: "g"})
	require.NoError(t, m.create(t.Context()))
	require.Equal(t, []audiobridge.CreateRequest{{
		Room: m.room.ref.Room, PIN: "1", Secret: "s", AdminKey: "admin-key", Groups: []string{"g"},
	}}, handle.made)
	require.True(t, m.room.life.Making().ByUs)
	require.Equal(t, stateCreating, m.progress.get())
}

func TestRoomThatIsThereAlready(t *testing.T) {
	m, handle := newTestMaking(t, config.Variables{})
	handle.err = &janusclient.PluginError{Code: audiobridge.CodeRoomExists}
	require.NoError(t, m.create(t.Context()))
	require.False(t, m.room.life.Making().ByUs)
	m, handle = newTestMaking(t, config.Variables{UseExistingRoom: true})
	require.NoError(t, m.create(t.Context()))
	require.Empty(t, handle.made)
}

func TestRoomThatJoiningMakes(t *testing.T) {
	m, _ := newTestMaking(t, config.Variables{UseExistingRoom: true})
	handle := new(fakeHandle)
	m.janus.handle = handle
	m.channel.host.(*hosttest.Host).Sessions["leg"].Vars["janus-room-pin"] = "1"
	require.NoError(t, m.create(t.Context()), "it exists")
	require.True(t, m.channel.host.(*hosttest.Host).Logged("Variable janus-room-pin has no effect"))
	handle.err = failure.New(host.CauseDestinationOutOfOrder, "gone")
	require.ErrorIs(t, m.create(t.Context()), handle.err)
}
