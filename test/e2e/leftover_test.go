// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
)

// janusCode sends a request to a session or handle of the module and returns
// the code of Janus's error, 0 for none: 458, no such session, 459, no such
// handle.
func janusCode(t *testing.T, path, request string) int {
	t.Helper()
	body := fmt.Sprintf(`{"janus":%q,"transaction":"left"}`, request)
	post, err := http.NewRequestWithContext(t.Context(), http.MethodPost, janus.HTTP+path, bytes.NewBufferString(body))
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(post)
	require.NoError(t, err)
	defer response.Body.Close()
	var answer struct {
		Error struct {
			Code int `json:"code"`
		} `json:"error"`
	}
	require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
	return answer.Error.Code
}

// Load, 20 calls that are hung up, unload, load, 20 calls: an idle module
// unloads without force, and Janus holds neither handle nor session of it.
func TestNothingIsLeftAtJanus(t *testing.T) {
	a := ask(t, janus)
	room := janusclient.NumberID(1234)
	for range 2 {
		var uuids, handles []string
		var session string
		for i := range 20 {
			uuid := originate(t, sw, "%sjanus/demo/n%d@%s &park()", existing, i, room)
			session = api(t, sw, "uuid_getvar %s janus_session_id", uuid)
			uuids = append(uuids, uuid)
			handles = append(handles, "/"+session+"/"+api(t, sw, "uuid_getvar %s janus_handle_id", uuid))
		}
		require.Regexp(t, `\|20\|`, api(t, sw, "janus status"))
		require.Len(t, a.participants(room), 20)
		require.Zero(t, janusCode(t, "/"+session, "keepalive"), "the session is there")
		hangup(t, sw, uuids...)
		a.empty(room)
		for _, handle := range handles {
			eventually(t, "handle "+handle+" is detached", func() bool { return janusCode(t, handle, "hangup") == janusclient.CodeHandleNotFound })
		}
		eventually(t, "the module can be unloaded", func() bool {
			out, err := sw.API("unload mod_janus")
			return err == nil && bytes.Contains([]byte(out), []byte("+OK"))
		})
		require.Equal(t, janusclient.CodeSessionNotFound, janusCode(t, "/"+session, "keepalive"), "the session ended with the module")
		require.Contains(t, api(t, sw, "load mod_janus"), "+OK")
	}
	require.Regexp(t, `\n0\|0\|`, api(t, sw, "janus status"))
}

// Disabling bars new calls at once, and those in progress go on.
func TestDisabledWhileCallsGoOn(t *testing.T) {
	speaker := originate(t, sw, "%s", tone("janus-use-existing-room=true", "janus/demo/Speaker@1234", 440))
	listener := originate(t, sw, "%sjanus/demo/Listener@1234 &echo()", existing)
	require.Regexp(t, `\n\d+\|2\|\d{16}$`, api(t, sw, "janus status"))
	require.Regexp(t, `\ndemo\|true\|\d+\|2\|\d{16}\|[1-9]\d*\n`, api(t, sw, "janus list"))
	began := time.Now()
	require.Equal(t, "+OK", api(t, sw, "janus server demo disable"))
	require.Less(t, time.Since(began), time.Second, "it waits for no poll")
	require.Regexp(t, `\ndemo\|false\|\d+\|2\|`, api(t, sw, "janus list"))
	requireFailure(t, sw, "OUTGOING_CALL_BARRED", "janus/demo/x@1234 &park()")
	thrice(t, func(try testingT) { requireTone(try, hear(t, 3, 48000, listener)[0], 440) })
	hangup(t, sw, speaker, listener)
	eventually(t, "the session is given up", func() bool {
		return bytes.Contains([]byte(api(t, sw, "janus list")), []byte("\ndemo|false|")) &&
			bytes.HasSuffix(bytes.SplitN([]byte(api(t, sw, "janus list")), []byte("\n"), 3)[1], []byte("|0|0|0"))
	})
	require.Equal(t, "+OK", api(t, sw, "janus server demo enable"))
	hangup(t, sw, originate(t, sw, "%sjanus/demo/x@1234 &park()", existing))
}

// The switch shuts down under calls: each leaves its room, and what the module
// had at Janus is given back.
func TestShutdownUnderCalls(t *testing.T) {
	j, s := mortal(t)
	for range 5 {
		originate(t, s, "%sjanus/demo/x@1234 &park()", existing)
	}
	a := ask(t, j)
	eventually(t, "all are in the room", func() bool { return a.ready(janusclient.NumberID(1234), 5) })
	began := time.Now()
	s.Shutdown()
	t.Logf("shut down in %s", time.Since(began).Round(time.Millisecond))
	require.Less(t, time.Since(began), 15*time.Second)
	require.Empty(t, a.participants(janusclient.NumberID(1234)), "they have left, not been waited for to time out")
	require.NotRegexp(t, `\[(ERR|CRIT)\].*mod_janus`, s.Log())
}
