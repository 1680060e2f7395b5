// SPDX-License-Identifier: MPL-2.0

package audiobridge_test

import (
	"context"
	"fmt"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/janustest"
)

// A room is made unless it exists, and joined; an event tells of the next who
// comes. The server here is a fake one.
func Example() {
	server := janustest.NewServer()
	defer server.Close()
	ctx := context.Background()
	client, _ := janusclient.New(janusclient.Config{URL: server.URL})
	defer client.Close()
	session, _ := client.Create(ctx, janusclient.SessionOptions{})

	mailbox := make(chan janusclient.Event, 100)
	bridge, err := audiobridge.Attach(ctx, session, janusclient.AttachOptions{OnEvent: func(e janusclient.Event) { mailbox <- e }})
	if err != nil {
		fmt.Println(err)
		return
	}
	room := janusclient.NumberID(1234)
	_, _, err = bridge.Create(ctx, audiobridge.CreateRequest{Room: room, Description: "stand-up"})
	if err != nil && !audiobridge.HasCode(err, audiobridge.CodeRoomExists) {
		fmt.Println(err)
		return
	}
	// Without an SDP offer, a participant has no media.
	_, _, err = bridge.Join(ctx, audiobridge.JoinRequest{Room: room, Media: audiobridge.Media{Display: "Ann"}}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	other, _ := audiobridge.Attach(ctx, session, janusclient.AttachOptions{})
	_, _, _ = other.Join(ctx, audiobridge.JoinRequest{Room: room, Media: audiobridge.Media{Display: "Bob"}}, nil)

	for event := range mailbox {
		plugin, ok := event.(janusclient.PluginEvent)
		if !ok {
			continue
		}
		parsed, err := audiobridge.ParseEvent(plugin.Data)
		if err != nil {
			fmt.Println(err)
			return
		}
		if joined, ok := parsed.(audiobridge.ParticipantsJoined); ok {
			fmt.Println(joined.Participants[0].Display, "is here")
			break
		}
	}
	// Output: Bob is here
}
