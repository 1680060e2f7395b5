// SPDX-License-Identifier: MPL-2.0

package hosttest

import (
	"fmt"
	"time"

	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
)

// Session is a session on the switch.
type Session struct {
	Vars     map[string]string
	Progress []string   // "ring", "media opus", "answer", in order
	Cause    host.Cause // once hung up
	Down     bool
}

// Session makes a session with variables.
func (h *Host) Session(uuid string, vars map[string]string) {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	all := make(map[string]string)
	for name, value := range vars {
		all[name] = value
	}
	h.Sessions[uuid] = &Session{Vars: all}
}

// act changes a session under the lock and wakes those who wait for a change.
func (h *Host) act(uuid string, do func(*Session)) error {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	s := h.Sessions[uuid]
	if s == nil {
		return host.ErrGone
	}
	do(s)
	h.wake()
	return nil
}

// Variable returns a variable of a session.
func (h *Host) Variable(uuid, name string) (value string) {
	_ = h.act(uuid, func(s *Session) { value = s.Vars[name] })
	return value
}

// SetVariable sets a variable of a session.
func (h *Host) SetVariable(uuid, name, value string) error {
	return h.act(uuid, func(s *Session) { s.Vars[name] = value })
}

// RingReady has a session ring.
func (h *Host) RingReady(uuid string) error { return h.step(uuid, "ring") }

// MediaReady gives a session its codec. Marked is called then, as by the session's own thread.
func (h *Host) MediaReady(uuid string, codec media.Codec) error {
	err := h.step(uuid, "media "+codec.Name)
	if h.Marked != nil && err == nil {
		h.Marked(uuid)
	}
	return err
}

// PlayKey notes that a key is played into a session.
func (h *Host) PlayKey(uuid string, digit byte, duration time.Duration) error {
	return h.step(uuid, fmt.Sprintf("key %c %s", digit, duration))
}

// ComfortNoise notes that comfort noise begins or ends.
func (h *Host) ComfortNoise(uuid string, on bool) error {
	return h.step(uuid, fmt.Sprintf("noise %t", on))
}

// Deafen notes that a session hears nothing, or hears again.
func (h *Host) Deafen(uuid string, on bool) error {
	return h.step(uuid, fmt.Sprintf("deaf %t", on))
}

// HoldMusic notes that a session has music on hold, or none.
func (h *Host) HoldMusic(uuid string, on bool) error {
	return h.step(uuid, fmt.Sprintf("hold music %t", on))
}

// Play notes that a file is played to a session.
func (h *Host) Play(uuid, path string) error { return h.step(uuid, "play "+path) }

// Record notes that a session is recorded.
func (h *Host) Record(uuid, path string) error { return h.step(uuid, "record "+path) }

// RecordStop notes that a session is no longer recorded.
func (h *Host) RecordStop(uuid, path string) error { return h.step(uuid, "record stop "+path) }

// Execute notes that an application runs on a session.
func (h *Host) Execute(uuid, application, data string) error {
	return h.step(uuid, "execute "+application+" "+data)
}

// Answer notes that a session is answered.
func (h *Host) Answer(uuid string) error { return h.step(uuid, "answer") }

func (h *Host) step(uuid, what string) error {
	return h.act(uuid, func(s *Session) { s.Progress = append(s.Progress, what) })
}

// Hangup hangs a session up.
func (h *Host) Hangup(uuid string, cause host.Cause) error {
	return h.act(uuid, func(s *Session) {
		if !s.Down {
			s.Down, s.Cause = true, cause
		}
	})
}
