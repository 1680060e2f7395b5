// SPDX-License-Identifier: MPL-2.0

package admin_test

import (
	"context"
	"fmt"

	"mod_janus/janusclient"
	"mod_janus/janusclient/admin"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/janustest"
)

// Every handle of every session, and how its PeerConnection is. The server here
// is a fake one; a real one's URL is http://HOST:7088/admin or ws://HOST:7188/.
func Example() {
	server := janustest.NewServer(janustest.WithAdminSecret("janusoverlord"))
	defer server.Close()
	ctx := context.Background()
	user, _ := janusclient.New(janusclient.Config{URL: server.URL})
	defer user.Close()
	session, _ := user.Create(ctx, janusclient.SessionOptions{})
	_, _ = session.Attach(ctx, audiobridge.Plugin, janusclient.AttachOptions{OpaqueID: "a call"})

	client, err := admin.New(admin.Config{URL: server.Admin, Secret: "janusoverlord"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	sessions, err := client.ListSessions(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, session := range sessions {
		handles, err := client.ListHandles(ctx, session)
		if err != nil {
			continue // it ended meanwhile
		}
		for _, handle := range handles {
			info, err := client.HandleInfo(ctx, admin.Handle{Session: session, ID: handle})
			if err != nil {
				continue
			}
			audio, _ := info.Audio()
			fmt.Printf("%s, %s: ICE %q, DTLS %q, %d packets in, round trip %s\n",
				info.OpaqueID, info.Plugin, info.ICEState(), info.DTLSState(), audio.Stats.In.Packets, info.RTT())
		}
	}
	// Output: a call, janus.plugin.audiobridge: ICE "", DTLS "", 0 packets in, round trip 0s
}

// A Janus is drained before it is replaced: those who are there stay, nobody new
// comes in.
func ExampleClient_AcceptNewSessions() {
	server := janustest.NewServer()
	defer server.Close()
	client, _ := admin.New(admin.Config{URL: server.Admin})
	defer client.Close()
	if _, err := client.AcceptNewSessions(context.Background(), false); err != nil {
		fmt.Println(err)
		return
	}
	user, _ := janusclient.New(janusclient.Config{URL: server.URL})
	defer user.Close()
	_, err := user.Create(context.Background(), janusclient.SessionOptions{})
	fmt.Println(err)
	// Output: janus: create refused: Currently not accepting new sessions (472)
}

// A plugin can be asked without a session.
func ExampleClient_MessagePlugin() {
	server := janustest.NewServer(janustest.WithRoom("1234"))
	defer server.Close()
	client, _ := admin.New(admin.Config{URL: server.Admin})
	defer client.Close()
	answer, err := client.MessagePlugin(context.Background(), audiobridge.Plugin, map[string]any{"request": "exists", "room": 1234})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(answer))
	// Output: {"audiobridge":"success","exists":true,"room":1234}
}
