// SPDX-License-Identifier: MPL-2.0

// Package bridge is the engine of mod_janus: it takes the calls of a switch
// into AudioBridge rooms of Janus servers.
//
// An [Engine] lives as long as the module is loaded. It owns the configured
// servers and the calls. Each [server.Server] keeps one session to its Janus, made
// anew with backoff whenever it is lost. Each [call.Call] is one leg. Contexts form
// one tree: engine, server, call.
//
// The switch is known only as the interface [host.Host]; nothing here is cgo.
package bridge
