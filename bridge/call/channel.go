// SPDX-License-Identifier: MPL-2.0

package call

import (
	"fmt"
	"strings"
	"sync/atomic"

	"mod_janus/bridge/host"
)

// channel is the call's session on the switch: its variables, its lines in the
// log, and what is played to it. Any goroutine may use it.
type channel struct {
	host  host.Host
	sound func(name string) string // the setting of a prompt
	id    atomic.Pointer[string]   // the session's UUID; nil until the call is run
}

// uuid is that of the session; "" before the call is run.
func (ch *channel) uuid() string {
	if uuid := ch.id.Load(); uuid != nil {
		return *uuid
	}
	return ""
}

func (ch *channel) logf(level host.Level, format string, args ...any) {
	ch.host.Log(ch.uuid(), level, fmt.Sprintf(format, args...))
}

func (ch *channel) variable(name string) string { return ch.host.Variable(ch.uuid(), name) }

// unusable warns of a variable's value; what stands instead is said in words.
func (ch *channel) unusable(name, value, want, instead string) {
	ch.logf(host.LevelWarning, "Variable %s: %q is not %s; %s", name, value, want, instead)
}

func (ch *channel) setVariable(name, value string) {
	if err := ch.host.SetVariable(ch.uuid(), name, value); err != nil {
		ch.logf(host.LevelDebug, "Setting variable %s: %s", name, err)
	}
}

// caller returns the UUID of the session that the leg is bridged to. A leg that is
// not bridged is its own caller.
func (ch *channel) caller() string {
	for _, name := range host.PartnerVariables {
		if uuid := ch.variable(name); uuid != "" {
			return uuid
		}
	}
	return ch.uuid()
}

// prompt plays a prompt to the caller alone.
func (ch *channel) prompt(name string) {
	if path := ch.sound(name); path != "none" {
		ch.play(path)
	}
}

// play plays a file to whoever listens to the leg, never into the room. A
// relative path is one of the switch's sounds.
func (ch *channel) play(path string) {
	if !strings.Contains(path, "://") && !strings.HasPrefix(path, "/") {
		prefix := ch.variable("sound_prefix")
		if prefix == "" {
			prefix = ch.host.Global("sound_prefix")
		}
		if prefix != "" {
			path = strings.TrimSuffix(prefix, "/") + "/" + path
		}
	}
	if err := ch.host.Play(ch.uuid(), path); err != nil {
		ch.logf(host.LevelDebug, "Playing a prompt: %s", err)
	}
}

// comfortNoise lets the caller hear that the line is not dead.
func (ch *channel) comfortNoise(on bool) {
	if err := ch.host.ComfortNoise(ch.uuid(), on); err != nil {
		ch.logf(host.LevelDebug, "Comfort noise: %s", err)
	}
}
