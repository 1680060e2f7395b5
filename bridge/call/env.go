// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"
	"net/netip"
	"sync"

	"mod_janus/bridge/background"
	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
	"mod_janus/bridge/server"
)

// Env is what the calls need of the engine.
type Env struct {
	Context   context.Context // ends all calls
	Host      host.Host
	Work      *background.Group
	Farewells *background.Tally // which an unload waits for
	Archive   Archive
	Controls  func() config.ControlGroups // of the keypad
	Sound     func(name string) string    // the setting of a prompt; "none" is silence
	NewLeg    func(context.Context, media.LegConfig) (*media.Leg, error)
	// PublicAddr is the address that is offered in place of a local one; not valid: none.
	PublicAddr func(ctx context.Context, cfg *config.ServerConfig, local netip.Addr) (netip.Addr, error)
	// Report takes an RTCP report of a leg, and the SIP Call-ID of its caller, or else the leg's
	// UUID. The media loop calls it: it does not block.
	Report func(callID string, report media.RTCP)
	// SettingUp takes note that a call is being set up, until over is called.
	SettingUp func() (over func())
	Ended     func()      // a call exists no more on the switch
	Freed     func(*Call) // the host has freed a call

	noOpus sync.Once // the notice that calls use G.711
}

// Archive is a server.Archive that says whether recordings are archived at all.
type Archive interface {
	server.Archive
	// On tells whether recordings are archived.
	On() bool
}
