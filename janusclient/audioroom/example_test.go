// SPDX-License-Identifier: MPL-2.0

package audioroom_test

import (
	"context"
	"fmt"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/audioroom"
	"mod_janus/janusclient/janustest"
)

// A room comes with the first who joins: nobody creates it. The server here is a
// fake one.
func Example() {
	server := janustest.NewAudioRoomServer()
	defer server.Close()
	ctx := context.Background()
	client, _ := janusclient.New(janusclient.Config{URL: server.URL})
	defer client.Close()
	session, _ := client.Create(ctx, janusclient.SessionOptions{})

	rooms, err := audioroom.Attach(ctx, session, janusclient.AttachOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	room := janusclient.StringID("lobby")
	_, _, err = rooms.Join(ctx, audiobridge.JoinRequest{Room: room, Media: audiobridge.Media{Display: "Ann"}}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	people, err := rooms.ListParticipants(ctx, room)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range people {
		fmt.Println(room, p.Display)
	}
	// Output: lobby Ann
}
