// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// bigRoom is a room of many, with a Janus and a switch of its own.
type bigRoom struct {
	t *testing.T
	j *realjanus.Janus
	s *lab.Switch
}

func newBigRoom(t *testing.T, transport, params string) *bigRoom {
	t.Helper()
	j, err := realjanus.Start(t.TempDir(), realjanus.Config{Transport: transport, SessionTimeout: 600})
	require.NoError(t, err)
	t.Cleanup(j.Kill)
	s, err := startSwitch(filepath.Join(t.TempDir(), "switch"), lab.ConfOf(j, params))
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	return &bigRoom{t, j, s}
}

// call places calls at once, all of which must be answered.
func (b *bigRoom) call(calls int, room string) {
	b.t.Helper()
	var work sync.WaitGroup
	for i := range calls {
		work.Go(func() {
			out, err := b.s.API("originate %sjanus/demo/Caller%%20number%%20%d@%s &park()", existing, i, room)
			assert.NoError(b.t, err)
			assert.True(b.t, strings.HasPrefix(out, "+OK "), out)
		})
	}
	work.Wait()
}

// lines are those of a table that a command prints, without its head.
func (b *bigRoom) lines(command string) int {
	b.t.Helper()
	out := api(b.t, b.s, "%s", command)
	require.NotContains(b.t, out, "-ERR")
	return strings.Count(out, "\n")
}

// crowd joins a room without media, from one session over a WebSocket. Where Janus
// can spare them that (since 1.2.1), they are not told of each other.
func (b *bigRoom) crowd(room uint64, participants int) {
	b.t.Helper()
	client, err := janusclient.New(janusclient.Config{URL: b.j.WS, CmdTimeout: time.Minute})
	require.NoError(b.t, err)
	b.t.Cleanup(client.Close)
	session, err := client.Create(b.t.Context(), janusclient.SessionOptions{})
	require.NoError(b.t, err)
	var work sync.WaitGroup
	for lane := range 8 {
		work.Go(func() {
			for i := lane; i < participants; i += 8 {
				handle, err := audiobridge.Attach(b.t.Context(), session, janusclient.AttachOptions{})
				if !assert.NoError(b.t, err) {
					return
				}
				_, err = handle.Request(b.t.Context(), "join", map[string]any{
					"room": room, "display": fmt.Sprintf("Somebody, number %d", i), "suspended": true, "pause_events": true,
				}, nil, nil)
				if !assert.NoError(b.t, err) {
					return
				}
			}
		})
	}
	work.Wait()
}

// undisturbed: nothing was lost, and nobody came twice.
func (b *bigRoom) undisturbed() {
	b.t.Helper()
	for _, words := range []string{"has lost its session", "joining again", "is out of reach", "trying on"} {
		require.NotContains(b.t, b.s.Log(), words)
	}
	require.Equal(b.t, 1, strings.Count(b.s.Log(), "Server demo is connected"))
}

// 80 callers come into one room at once, then one into a room of 1,000, and the
// lists of both and of 500 rooms are read: as Debian's configuration writes JSON
// (1.1.2 indents it), and as a WebSocket cuts it into fragments.
func TestBigRooms(t *testing.T) {
	for _, transport := range []string{"ws", "http"} {
		t.Run(transport, func(t *testing.T) {
			b := newBigRoom(t, transport, param("cmd-timeout", "20000")) // other tests run beside this one
			a := ask(t, b.j)
			b.call(80, "1234")
			require.Len(t, a.participants(janusclient.NumberID(1234)), 80)
			require.Equal(t, 80, b.lines("janus participants demo 1234"))
			b.undisturbed()
			api(t, b.s, "fsctl hupall")
			a.empty(janusclient.NumberID(1234))

			before := b.lines("janus rooms demo")
			for i := range 500 {
				_, _, err := a.Create(t.Context(), audiobridge.CreateRequest{Room: janusclient.NumberID(uint64(20000 + i)), Description: fmt.Sprintf("Room number %d of many", i)})
				require.NoError(t, err)
			}
			require.Equal(t, before+500, b.lines("janus rooms demo"))
			b.undisturbed()
			for i := range 500 {
				require.NoError(t, a.Destroy(t.Context(), audiobridge.DestroyRequest{Room: janusclient.NumberID(uint64(20000 + i))}))
			}

			require.Contains(t, api(t, b.s, "janus room demo 8900 create"), "+OK")
			b.crowd(8900, 1000)
			b.call(1, "8900")
			require.Equal(t, 1001, b.lines("janus participants demo 8900"))
			b.undisturbed()
		})
	}
}

// A message above max-message-size costs who asked for it an error, which says how
// large it was, and nobody else anything.
func TestMessageTooLarge(t *testing.T) {
	const people = 600 // of some 60 bytes each in compact JSON
	for _, transport := range []string{"ws", "http"} {
		t.Run(transport, func(t *testing.T) {
			b := newBigRoom(t, transport, param("max-message-size", "20000"))
			a := ask(t, b.j)
			b.call(2, "1234")
			require.Contains(t, api(t, b.s, "janus room demo 8901 create"), "+OK")
			b.crowd(8901, people)
			require.Regexp(t, `^-ERR .*a message of \d+ bytes, above the limit of 20000 bytes \(max-message-size\)`, api(t, b.s, "janus participants demo 8901"))
			out := api(t, b.s, "originate %sjanus/demo/Late@8901 &park()", existing)
			if uuid, ok := strings.CutPrefix(out, "+OK "); ok {
				require.Equal(t, realjanus.Janus141, b.j.Version, "1.1.2 answers a join with all participants: %s", out)
				api(t, b.s, "uuid_kill %s", strings.TrimSpace(uuid)) // 1.4.1 leaves out those who are suspended
			} else {
				logged(t, b.s, `a message of \d+ bytes, above the limit of 20000 bytes \(max-message-size\)`)
			}
			require.Len(t, a.participants(janusclient.NumberID(1234)), 2)
			b.undisturbed()
			b.call(1, "1234")
			eventually(t, "who could not be told is not left in the room", func() bool { return len(a.participants(janusclient.NumberID(8901))) == people })
		})
	}
}
