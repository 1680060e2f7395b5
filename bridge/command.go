// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"slices"
)

// Command runs a console command, all that follows "janus " on the line, and
// returns its output.
func (e *Engine) Command(line string) string { return e.console.Command(line) }

// Application runs the dialplan application janus on the session with this UUID.
func (e *Engine) Application(uuid, line string) string { return e.console.Application(uuid, line) }

// SendApplication runs the dialplan application janus_send on a session.
func (e *Engine) SendApplication(uuid, line string) { e.console.SendApplication(uuid, line) }

// Servers returns the names of the configured servers, sorted.
func (e *Engine) Servers() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	names := make([]string, 0, len(e.servers))
	for _, s := range e.servers {
		names = append(names, s.Name)
	}
	slices.Sort(names)
	return names
}

// Legs returns the UUIDs of the legs there are, oldest first.
func (e *Engine) Legs() []string { return e.console.Legs() }

// Rooms returns the rooms that our legs are in, sorted, on whatever server.
func (e *Engine) Rooms() []string { return e.console.Rooms() }
