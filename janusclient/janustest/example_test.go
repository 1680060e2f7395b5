// SPDX-License-Identifier: MPL-2.0

package janustest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"go.uber.org/goleak"

	"mod_janus/janusclient"
	"mod_janus/janusclient/janustest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A fault on demand, and the log of requests: a request whose answer was lost is
// sent twice.
func Example() {
	server := janustest.NewServer()
	defer server.Close()
	server.Fault(janustest.Match{Janus: "attach", Nth: 1}, janustest.DropAnswer())

	ctx := context.Background()
	client, _ := janusclient.New(janusclient.Config{URL: server.URL})
	defer client.Close()
	session, _ := client.Create(ctx, janusclient.SessionOptions{})
	_, err := session.Attach(ctx, "janus.plugin.audiobridge", janusclient.AttachOptions{})
	attaches := 0
	for _, request := range server.Requests() {
		if request.Janus == "attach" {
			attaches++
		}
	}
	fmt.Println(err, attaches)
	// Output: <nil> 2
}

// A Janus that was restarted knows no session of before.
func ExampleServer_LoseSessions() {
	server := janustest.NewServer()
	defer server.Close()
	ctx := context.Background()
	client, _ := janusclient.New(janusclient.Config{URL: server.URL})
	defer client.Close()
	session, _ := client.Create(ctx, janusclient.SessionOptions{})
	server.LoseSessions()
	err := session.KeepAlive(ctx)
	fmt.Println(errors.Is(err, janusclient.ErrSessionLost))
	<-session.Done()
	// Output: true
}
