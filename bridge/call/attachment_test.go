// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
	"mod_janus/bridge/server"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/audioroom"
)

// fakeHandle is a handle at a Janus that agrees to everything.
type fakeHandle struct {
	configured []audiobridge.ConfigureRequest
	limits     []time.Time // of the requests
	err        error       // of every request
}

func (h *fakeHandle) ID() uint64 { return 1 }

func (h *fakeHandle) Join(context.Context, audiobridge.JoinRequest, *janusclient.JSEP) (*audiobridge.Joined, *janusclient.JSEP, error) {
	return &audiobridge.Joined{}, &janusclient.JSEP{}, h.err
}

func (h *fakeHandle) Exists(context.Context, janusclient.ID) (bool, error) { return true, h.err }

func (h *fakeHandle) Configure(ctx context.Context, request audiobridge.ConfigureRequest, _ *janusclient.JSEP) (*janusclient.JSEP, error) {
	limit, _ := ctx.Deadline()
	h.configured, h.limits = append(h.configured, request), append(h.limits, limit)
	return nil, h.err
}

func (h *fakeHandle) Leave(context.Context) error { return h.err }

func (h *fakeHandle) WaitForEvents(context.Context) error { return h.err }

func (h *fakeHandle) Detach(context.Context) error { return h.err }

// newTestServer is a server that is not connected.
func newTestServer() *server.Server {
	cfg := config.DefaultServer("demo")
	cfg.URL = "http://127.0.0.1:1/janus"
	s, err := server.New(&server.Env{Log: hclog.NewNullLogger()}, cfg, nil)
	if err != nil {
		panic(err)
	}
	return s
}

// newTestAttachment is an attachment with a fake handle.
func newTestAttachment(ch *channel) (*attachment, *fakeHandle) {
	handle := new(fakeHandle)
	cfg := config.DefaultServer("demo")
	cfg.Plugin = audiobridge.Plugin
	return &attachment{channel: ch, server: newTestServer(), cfg: &cfg, hung: context.Background(), handle: handle, number: 1}, handle
}

func TestAttachment(t *testing.T) {
	ch, _ := newTestChannel(nil)
	a, handle := newTestAttachment(ch)
	require.Equal(t, "leg", a.opaqueID())
	a.callID = "call-id"
	require.Equal(t, "call-id", a.opaqueID())
	require.NoError(t, a.configure(t.Context(), audiobridge.ConfigureRequest{}))
	require.WithinDuration(t, time.Now().Add(a.cfg.CmdTimeout), handle.limits[0], time.Second)
	require.EqualError(t, a.lacks("kick"), `plugin janus.plugin.audiobridge has no request "kick"`)
	a.forget() // it has no place yet, which does no harm
	a.drop()
	require.Nil(t, a.handle)
	require.Equal(t, 2, a.number, "events of the handle count no more")
}

func TestOfferSaysThatItIsWhole(t *testing.T) {
	ch, _ := newTestChannel(nil)
	a, _ := newTestAttachment(ch)
	a.cfg.Plugin = audioroom.Plugin
	offer := a.jsep(t.Context(), "sdp")
	require.Equal(t, "offer", offer.Type)
	require.False(t, *offer.Trickle)
}
