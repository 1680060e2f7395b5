// SPDX-License-Identifier: MPL-2.0

package web

import (
	"encoding/json"

	"mod_janus/bridge/call"
	"mod_janus/bridge/console"
	"mod_janus/bridge/server"
)

// now is how the engine is now.
type now struct {
	*console.Console
	Calls   func() []*call.Call
	Servers func() []*server.Server
}

// calls are the rows of all calls that have a session.
func (n now) calls() []json.RawMessage {
	rows := []json.RawMessage{}
	for _, leg := range n.Calls() {
		if leg.UUID() != "" {
			rows = append(rows, console.CallNow(leg))
		}
	}
	return rows
}

// servers is what is known of all servers.
func (n now) servers() []json.RawMessage {
	rows := []json.RawMessage{}
	for _, s := range n.Servers() {
		rows = append(rows, console.ServerNow(s))
	}
	return rows
}
