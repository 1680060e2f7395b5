// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"fmt"
	"net"

	"github.com/hashicorp/go-hclog"

	"mod_janus/bridge/archive"
	"mod_janus/bridge/background"
	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/bridge/metrics"
	"mod_janus/janusclient"
)

// Leg is a leg as its server sees it.
type Leg interface {
	// SessionLost tells the leg that the server's session with Janus is gone.
	SessionLost(session *janusclient.Session, err error)
	// JanusAway tells the leg that Janus's API is out of reach.
	JanusAway()
}

// Archive gives recordings their names, and makes jobs of those that are over.
type Archive interface {
	// Begin names a recording; nil where nothing is archived. uuid is the leg in whose log a
	// failure stands, or "".
	Begin(uuid string, subject archive.Subject) *archive.Recording
	// Tell fires the event of what has become of a recording.
	Tell(recording *archive.Recording, action, job, reason string)
	// Drop takes note that nothing was recorded after all.
	Drop(recording *archive.Recording)
	// Finish has a recording that is over made a job, in the background.
	Finish(recording *archive.Recording, wait archive.Wait)
}

// Env is what the servers need of the engine.
type Env struct {
	Context   context.Context // ends all servers
	Host      host.Host
	Log       hclog.Logger
	UserAgent string // of HTTP requests
	Work      *background.Group
	Farewells *background.Tally // for which the sessions are needed
	Archive   Archive
	Metrics   *metrics.Metrics                         // nil: nobody sees what is counted
	Debug     func() bool                              // messages from and to Janus are logged
	Legs      func(of *Server) []Leg                   // of a server, oldest first
	Current   func(name string) *Server                // the configured server of a name; nil for none
	Resolver  *net.Resolver                            // of the names in URLs; nil: Go's default
	RoomGone  func(of *Server, room config.DialString) // that was destroyed; nil: nobody wants to know
	Strange   func(s *Server)                          // another Janus has the address of a server that was found in the DNS
}

func (e *Env) logf(level host.Level, format string, args ...any) {
	e.Host.Log("", level, fmt.Sprintf(format, args...))
}
