// SPDX-License-Identifier: MPL-2.0

package janusclient_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/janustest"
)

// From a URL to the answer of a plugin. The server here is a fake one; a real
// one's URL is http://HOST:8088/janus or ws://HOST:8188/.
func Example() {
	server := janustest.NewServer(janustest.WithRoom("1234"))
	defer server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	client, err := janusclient.New(janusclient.Config{URL: server.URL})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	session, err := client.Create(ctx, janusclient.SessionOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer session.Destroy(ctx) //nolint:errcheck // Janus forgets it by itself
	handle, err := session.Attach(ctx, "janus.plugin.audiobridge", janusclient.AttachOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	reply, err := handle.Message(ctx, map[string]any{"request": "exists", "room": 1234}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(reply.Data))
	// Output: {"audiobridge":"success","exists":true,"room":1234}
}

// Any plugin can be talked to: Request names the request, writes its fields and
// reads the answer.
func ExampleHandle_Request() {
	server := janustest.NewServer(janustest.WithPlugin("janus.plugin.textroom", func(request string, _ json.RawMessage) any {
		return map[string]any{"textroom": "success", "list": []any{map[string]any{"room": 1, "description": "chat"}}}
	}))
	defer server.Close()
	ctx := context.Background()
	client, _ := janusclient.New(janusclient.Config{URL: server.URL})
	defer client.Close()
	session, _ := client.Create(ctx, janusclient.SessionOptions{})
	handle, _ := session.Attach(ctx, "janus.plugin.textroom", janusclient.AttachOptions{})

	var answer struct {
		List []struct {
			Room        janusclient.ID `json:"room"`
			Description string         `json:"description"`
		} `json:"list"`
	}
	if _, err := handle.Request(ctx, "list", nil, nil, &answer); err != nil {
		fmt.Println(err)
		return
	}
	for _, room := range answer.List {
		fmt.Println(room.Room, room.Description)
	}
	// Output: 1 chat
}

// Events come to a callback that must not block: it puts them into a mailbox.
func ExampleSession_Attach() {
	server := janustest.NewServer(janustest.WithRoom("1234"), janustest.WithWebSocket())
	defer server.Close()
	ctx := context.Background()
	client, _ := janusclient.New(janusclient.Config{URL: server.URL})
	defer client.Close()
	session, _ := client.Create(ctx, janusclient.SessionOptions{})
	mailbox := make(chan janusclient.Event, 100)
	handle, err := session.Attach(ctx, "janus.plugin.audiobridge", janusclient.AttachOptions{
		OnEvent: func(event janusclient.Event) {
			select {
			case mailbox <- event:
			default: // the reader is late: drop, count, or end the call
			}
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	server.PushEvent(handle.ID(), json.RawMessage(fmt.Sprintf(
		`{"janus":"media","session_id":%d,"sender":%d,"type":"audio","mid":"0","receiving":true}`, session.ID(), handle.ID())))
	switch event := (<-mailbox).(type) {
	case janusclient.Media:
		fmt.Println(event.Type, "is received:", event.Receiving)
	case janusclient.SessionLost:
		fmt.Println("all is lost:", event.Err)
	}
	// Output: audio is received: true
}

// Who said no: Janus itself, the plugin, or nobody, since no answer came.
func ExamplePluginError() {
	server := janustest.NewServer()
	defer server.Close()
	ctx := context.Background()
	client, _ := janusclient.New(janusclient.Config{URL: server.URL})
	defer client.Close()
	session, _ := client.Create(ctx, janusclient.SessionOptions{})
	handle, _ := session.Attach(ctx, audiobridge.Plugin, janusclient.AttachOptions{})

	_, err := handle.Message(ctx, map[string]any{"request": "listparticipants", "room": 99}, nil)
	var core *janusclient.Error
	var plugin *janusclient.PluginError
	switch {
	case errors.As(err, &plugin):
		fmt.Println("the plugin:", plugin.Code, plugin.Reason)
	case errors.As(err, &core):
		fmt.Println("Janus:", core.Code, core.Reason)
	case errors.Is(err, janusclient.ErrTimeout):
		fmt.Println("nobody, in time")
	}
	// Output: the plugin: 485 No such room (99)
}

// Room ids are numbers or strings, and never floats.
func ExampleParseID() {
	for _, text := range []string{"18446744073709551615", "lobby", "00000000-0000-0000-0000-000000000001"} {
		id, err := janusclient.ParseID(text)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(id, id.IsNumber())
	}
	// Output:
	// 18446744073709551615 true
	// lobby false
	// 00000000-0000-0000-0000-000000000001 false
}

// A request for which there is no method, and the answer as it came.
func ExampleClient_Do() {
	server := janustest.NewServer()
	defer server.Close()
	client, _ := janusclient.New(janusclient.Config{URL: server.URL})
	defer client.Close()
	session, _ := client.Create(context.Background(), janusclient.SessionOptions{})
	raw, err := client.Do(context.Background(), janusclient.Request{Name: "keepalive", Session: session.ID(), Repeatable: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	var answer struct{ Janus string }
	_ = json.Unmarshal(raw, &answer)
	fmt.Println(answer.Janus)
	// Output: ack
}

// What may be logged of a message.
func ExampleMask() {
	fmt.Println(janusclient.Mask([]byte(`{"janus":"message","token":"abc","body":{"request":"join","room":1234,"pin":"0815"}}`)))
	// Output: {"body":{"pin":"***","request":"join","room":1234},"janus":"message","token":"***"}
}
