// SPDX-License-Identifier: MPL-2.0

// Package admin speaks Janus's Admin/Monitor API (manual: "Admin/Monitor API";
// janus_process_incoming_admin_request in janus.c), over REST and over a
// WebSocket with the subprotocol janus-admin-protocol.
//
//	client, err := admin.New(admin.Config{
//		URL: "http://127.0.0.1:7088/admin", Secret: "janusoverlord",
//	})
//	sessions, err := client.ListSessions(ctx)
//	handles, err := client.ListHandles(ctx, sessions[0])
//	info, err := client.HandleInfo(ctx, admin.Handle{Session: sessions[0], ID: handles[0]})
//	fmt.Println(info.ICEState(), info.DTLSState(), info.RTT())
//
// There is a method for every request of the manual and of Janus 1.x; [Client.Do]
// makes any other. A request that this Janus does not know is an *janusclient.Error
// with CodeInvalidRequestPath, and so are those that it knew in another version:
// set_max_nack_queue (0.x), set_libnice_debug (up to 1.1).
//
// # Errors
//
// They are those of package janusclient: *janusclient.Error (Janus said no; a
// wrong admin secret is CodeUnauthorized), *janusclient.PluginError (a plugin
// said no), *janusclient.TransportError (no sensible answer came), or one that
// matches janusclient.ErrTimeout or ErrClosed. No error and no log line holds the
// admin secret or a token.
//
// A request that only asks, or sets something to a value, is sent once more if
// it fails on the way. One that does something each time (message_plugin,
// custom_event, start_pcap, destroy_session ...) is not.
package admin
