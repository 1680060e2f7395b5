// SPDX-License-Identifier: MPL-2.0

// Package janustest is a fake Janus for tests, in the manner of httptest: the
// REST API with its long poll, the WebSocket API, and AudioBridge, with faults on
// demand.
//
//	server := janustest.NewServer(janustest.WithRoom("1234"))
//	defer server.Close()
//	server.Fault(janustest.Match{Janus: "message", Request: "join", Nth: 1}, janustest.Drop())
//
// It moves no media: [Server.Answer] makes the SDP answer to an offer, and a
// test that wants media plugs a WebRTC peer in there. PeerConnections come up
// when [Server.WebRTCUp] says so, or by themselves with [WithAutoWebRTCUp].
package janustest
