// SPDX-License-Identifier: MPL-2.0

// Package bridge is the engine of mod_janus: it takes the calls of a switch
// into AudioBridge rooms of Janus servers.
//
// An [Engine] lives as long as the module is loaded. It owns the configured
// servers and the calls. Each [server.Server] keeps one session to its Janus, made
// anew with backoff whenever it is lost. Each [Call] is one leg: it is dialled
// (checked), run (joined, in a goroutine of its own), hung up and freed, in
// step with the session on the switch.
//
// The switch is known only as the interface [host.Host]; nothing here is cgo.
//
//	dial ── attach ── create ── join with offer ── answer ── ICE, DTLS ── up ── leave ── detach
//
// One goroutine owns a call's state. What happens to the call (a hangup, a
// key, an event from Janus, a change of its media) is put in its mailbox and
// dealt with in order; no lock is held while the host is called. Contexts form
// one tree: engine, server, call.
package bridge
