// SPDX-License-Identifier: MPL-2.0

// Package janusclient talks to a Janus WebRTC server as its manual describes
// ("RESTful, WebSockets, ... API"), and stands on its own: it knows nothing of
// telephony.
//
// # The story
//
// A [Client] stands for one Janus server. It makes a [Session], the session
// attaches a [Handle] to a plugin, and the handle sends messages to that
// plugin:
//
//	client, err := janusclient.New(janusclient.Config{URL: "http://127.0.0.1:8088/janus"})
//	session, err := client.Create(ctx, janusclient.SessionOptions{})
//	handle, err := session.Attach(ctx, "janus.plugin.audiobridge", janusclient.AttachOptions{
//		OnEvent: func(e janusclient.Event) { mailbox <- e },
//	})
//	reply, err := handle.Message(ctx, map[string]any{"request": "list"}, nil)
//
// Packages audiobridge, audioroom, videoroom and streaming, below this one, have
// typed requests of those plugins; [Handle.Request] makes those of any other.
// Package admin speaks the Admin API, package janustest is a fake Janus for
// tests, and in examples/ are programs to start from.
//
// # Answers and events
//
// Janus answers a message at once ("success"), or says "ack" and sends an
// event with the same transaction later, by another connection: the long poll. The
// event may overtake the ack. [Handle.Message] hides all of it and returns the
// one final answer. Everything else that Janus has to say arrives as an
// [Event] at the handle's OnEvent.
//
// # Transports
//
// With http and https URLs requests are POSTs, and each session has a long poll.
// With ws and wss ones all requests, answers and events of a client share one
// WebSocket, many at a time: answers are told apart by their transaction,
// events by session and handle. It is made when first needed and ends with the
// client, or 30 s after its last session; a keepalive every PingInterval shows
// that it, and Janus, are alive.
//
// Where there are several addresses (Config.Fallbacks) a session has one of them at a time, and
// goes on by another when that one fails; see Config.
//
// # Goroutines
//
// A session owns two goroutines: one keeps its events coming, by a long poll or
// a WebSocket; the other, the dispatcher, calls OnEvent, one event after the
// other, in the order in which Janus sent them. A callback must not block: it
// would hold up the events of every handle of its session (never the answers),
// and in the end some of them are dropped; see AttachOptions. So an answer can be there
// before the events that Janus sent ahead of it; [Handle.WaitForEvents] waits for them.
// Both end with the session: [Session.Destroy], the loss of the session, or
// [Client.Close], which waits for them. A WebSocket has one goroutine more, its reader.
//
// # Faults
//
// A poll that fails is repeated, and a WebSocket that breaks is made anew and its sessions claimed
// there, with exponential backoff and jitter. It is told to SessionOptions.OnState and does not end
// the session. Only Janus itself can end one: error 458, its "timeout" event. (Without
// reclaim_session_timeout a Janus ends the sessions of a WebSocket that broke.) Then [Session.Done]
// closes and every handle gets [SessionLost]. A request that fails on the way is sent once more if
// that cannot do harm; one whose WebSocket broke before the answer came counts as such. It may have
// been carried out twice then: a second join on the same handle is refused with AudioBridge's 491.
// Errors are [*Error] (Janus said no), [*PluginError] (the plugin said no), [*TransportError] (no
// sensible answer came), or match [ErrTimeout], [ErrSessionLost] or [ErrClosed].
//
// Nothing that this package logs or returns as an error holds a secret, a token
// or a PIN; see [Mask].
package janusclient
