// SPDX-License-Identifier: MPL-2.0

package streaming_test

import (
	"context"
	"encoding/json"
	"fmt"

	"mod_janus/janusclient"
	"mod_janus/janusclient/janustest"
	"mod_janus/janusclient/streaming"
)

// A mountpoint for RTP with Opus: where the sender has to send it. The server
// here is a fake one, which gives the documented answer.
func Example() {
	server := janustest.NewServer(janustest.WithPlugin(streaming.Plugin, func(string, json.RawMessage) any {
		return json.RawMessage(`{"streaming":"created","created":"radio","permanent":false,"stream":{"id":99,"type":"live",` +
			`"host":"192.0.2.1","ports":[{"type":"audio","mid":"a","port":5002}]}}`)
	}))
	defer server.Close()
	ctx := context.Background()
	client, _ := janusclient.New(janusclient.Config{URL: server.URL})
	defer client.Close()
	session, _ := client.Create(ctx, janusclient.SessionOptions{})

	streams, err := streaming.Attach(ctx, session, janusclient.AttachOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	created, err := streams.Create(ctx, streaming.CreateRequest{
		Type: streaming.TypeRTP, Name: "radio",
		Media: []streaming.MediaRequest{{Type: "audio", Mid: "a", PayloadType: 111, Codec: "opus"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, port := range created.Ports {
		fmt.Printf("%s: %s to %s:%d\n", created.ID, port.Type, created.Host, port.Port)
	}
	// Output: 99: audio to 192.0.2.1:5002
}
