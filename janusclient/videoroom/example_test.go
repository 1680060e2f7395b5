// SPDX-License-Identifier: MPL-2.0

package videoroom_test

import (
	"context"
	"encoding/json"
	"fmt"

	"mod_janus/janusclient"
	"mod_janus/janusclient/janustest"
	"mod_janus/janusclient/videoroom"
)

// A room for a dozen publishers, all of whom are recorded. The server here is a
// fake one, which gives the documented answers.
func Example() {
	server := janustest.NewServer(janustest.WithPlugin(videoroom.Plugin, func(request string, _ json.RawMessage) any {
		switch request {
		case "create":
			return json.RawMessage(`{"videoroom":"created","room":4711,"permanent":false}`)
		case "enable_recording":
			return json.RawMessage(`{"videoroom":"success","record":true}`)
		default:
			return json.RawMessage(`{"videoroom":"participants","room":4711,"participants":[{"id":7,"display":"Ann","publisher":true}]}`)
		}
	}))
	defer server.Close()
	ctx := context.Background()
	client, _ := janusclient.New(janusclient.Config{URL: server.URL})
	defer client.Close()
	session, _ := client.Create(ctx, janusclient.SessionOptions{})

	rooms, err := videoroom.Attach(ctx, session, janusclient.AttachOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	room, _, err := rooms.Create(ctx, videoroom.CreateRequest{Description: "stand-up", Publishers: 12, NotifyJoining: new(false)})
	if err != nil && !videoroom.HasCode(err, videoroom.CodeRoomExists) {
		fmt.Println(err)
		return
	}
	if err := rooms.EnableRecording(ctx, videoroom.RecordRequest{Room: room, Record: true}); err != nil {
		fmt.Println(err)
		return
	}
	people, err := rooms.ListParticipants(ctx, room)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range people {
		fmt.Println(room, p.ID, p.Display, p.Publisher)
	}
	// Output: 4711 7 Ann true
}
