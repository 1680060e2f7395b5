// SPDX-License-Identifier: MPL-2.0

// Package console is what is typed at the switch's console and said in its dialplan: `janus ...`,
// and the applications janus and janus_send. There is one table of commands (verbs.go): parsing,
// usage, help, completion and the controls of the application come from its rows. What is printed
// is text, or JSON (table.go).
//
// A [Console] knows the engine only as what [Env] holds, has a leg do things by call.Action, and
// asks a server for a handle where a command is about its rooms or its Admin API.
package console
