// SPDX-License-Identifier: MPL-2.0

package janusclient_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/janustest"
)

// outcomes are what OnRequest was told.
type outcomes struct {
	mu  sync.Mutex
	all []janusclient.Outcome
}

func (o *outcomes) add(one janusclient.Outcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, one)
}

// of are those of one request.
func (o *outcomes) of(request string, plugin bool) (found []janusclient.Outcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, one := range o.all {
		if one.Request == request && one.Plugin == plugin {
			found = append(found, one)
		}
	}
	return found
}

// Each request is told once, however it ends and whichever way it was sent.
func TestOutcomes(t *testing.T) { overBoth(t, testOutcomes) }

func testOutcomes(t *testing.T, over transport) {
	var told outcomes
	r := over.rig(t, func(c *janusclient.Config) { c.OnRequest = told.add })
	require.Len(t, told.of("create", false), 1)
	require.Len(t, told.of("attach", false), 1)

	_, err := r.message(t, body{"request": "list"})
	require.NoError(t, err)
	_, err = r.message(t, joinRequest) // the answer is an event
	require.NoError(t, err)
	for _, request := range []string{"list", "join"} {
		found := told.of(request, true)
		require.Len(t, found, 1, request)
		require.NoError(t, found[0].Err)
		require.Positive(t, found[0].Took)
	}

	_, err = r.message(t, joinRequest)
	require.Error(t, err, "joined already")
	var refused *janusclient.PluginError
	require.ErrorAs(t, told.of("join", true)[1].Err, &refused)

	r.server.Fault(janustest.Match{Janus: "message", Request: "exists", Nth: 1}, janustest.Hang())
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = r.handle.Message(ctx, body{"request": "exists", "room": 1234}, nil)
	require.Error(t, err)
	found := told.of("exists", true)
	require.Len(t, found, 1)
	require.ErrorIs(t, found[0].Err, janusclient.ErrTimeout)

	request, _, err := janusclient.ParseRequest(`{"janus":"message","handle_id":1,"body":{"request":"list"}}`, 1<<20)
	require.NoError(t, err)
	_, err = r.session.Send(t.Context(), request, false)
	require.NoError(t, err, "what Janus says is the answer")
	var core *janusclient.Error
	require.ErrorAs(t, told.of("list", true)[1].Err, &core, "there is no such handle")

	request, _, err = janusclient.ParseRequest(fmt.Sprintf(`{"janus":"message","handle_id":%d,"body":{"request":"exists"}}`, r.handle.ID()), 1<<20)
	require.NoError(t, err)
	r.server.Fault(janustest.Match{Janus: "message", Request: "exists"}, janustest.Refuse(486, "no such room"))
	_, err = r.session.Send(t.Context(), request, false)
	require.NoError(t, err)
	require.ErrorAs(t, told.of("exists", true)[1].Err, &refused, "what a plugin says counts as well")

	require.NoError(t, r.handle.Detach(t.Context()))
	require.Len(t, told.of("detach", false), 1)
}

// What ends a session does not tell a request twice.
func TestOutcomeOfALostSession(t *testing.T) {
	var told outcomes
	r := overHTTP.rig(t, func(c *janusclient.Config) { c.OnRequest = told.add })
	r.server.Fault(janustest.Match{Janus: "message"}, janustest.RefuseCore(janusclient.CodeSessionNotFound, "No such session"))
	_, err := r.message(t, body{"request": "list"})
	require.ErrorIs(t, err, janusclient.ErrSessionLost)
	found := told.of("list", true)
	require.Len(t, found, 1)
	require.True(t, errors.Is(found[0].Err, janusclient.ErrSessionLost))
}
