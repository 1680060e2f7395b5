// SPDX-License-Identifier: MPL-2.0

package janusclient_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/admin"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/janustest"
)

// TestBigRooms: the answers of big rooms and long lists arrive, in as many
// fragments as Janus cuts them into.
func TestBigRooms(t *testing.T) { overBoth(t, testBigRooms) }

func testBigRooms(t *testing.T, over transport) {
	r := over.rig(t, func(c *janusclient.Config) { c.Debug = nil }, janustest.WithIndentedJSON())
	r.server.Populate("1234", 1000, "Somebody in a big room")
	var joined struct {
		Participants []json.RawMessage `json:"participants"`
	}
	reply, err := r.message(t, joinRequest)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(reply.Data, &joined))
	require.Len(t, joined.Participants, 1000)

	var list struct {
		List []json.RawMessage `json:"list"`
	}
	for i := range 499 {
		r.server.CreateRoom(strconv.Itoa(5000+i), "", "")
	}
	_, err = r.handle.Request(t.Context(), "list", nil, nil, &list)
	require.NoError(t, err)
	require.Len(t, list.List, 500)
	require.NoError(t, r.session.Err())
	up, _ := r.states.get()
	require.Empty(t, up, "nothing was lost")
}

// TestManyRooms: a list of 5,000 rooms is above the default limit, which the error
// names; nothing else is lost by it, and with a higher limit the list arrives.
func TestManyRooms(t *testing.T) { overBoth(t, testManyRooms) }

func testManyRooms(t *testing.T, over transport) {
	r := over.rig(t, func(c *janusclient.Config) { c.Debug = nil }, janustest.WithIndentedJSON())
	for i := range 4999 {
		r.server.CreateRoom(strconv.Itoa(10000+i), "", "")
	}
	_, err := r.message(t, listRequest)
	require.ErrorContains(t, err, "above the limit of 1048576 bytes (max-message-size)")
	var fault *janusclient.TransportError
	require.ErrorAs(t, err, &fault)
	r.unharmed(t)

	large := newClient(t, r.server, func(c *janusclient.Config) {
		unhurried(c)
		c.MaxMessageSize = 16 << 20
	})
	session, err := large.Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err)
	handle, err := session.Attach(t.Context(), plugin, janusclient.AttachOptions{})
	require.NoError(t, err)
	rooms, err := audiobridge.Wrap(handle).List(t.Context(), "")
	require.NoError(t, err)
	require.Len(t, rooms, 5000)

	desk, err := admin.New(admin.Config{URL: r.server.Admin, CmdTimeout: time.Minute})
	require.NoError(t, err)
	defer desk.Close()
	answer, err := desk.MessagePlugin(t.Context(), plugin, listRequest)
	require.NoError(t, err)
	var list struct {
		List []json.RawMessage `json:"list"`
	}
	require.NoError(t, json.Unmarshal(answer, &list))
	require.Len(t, list.List, 5000)
}

// unharmed: the session and its connection are as they were.
func (r *rig) unharmed(t *testing.T) {
	t.Helper()
	require.NoError(t, r.session.KeepAlive(t.Context()))
	r.push(1)
	require.Equal(t, 1, number(t, r.next(t)))
	up, err := r.states.get()
	require.Empty(t, up, "%v", err)
	require.LessOrEqual(t, upgrades(r.server), 1)
}

// TestLongNames: the answer to a join above the limit is that call's error, and
// nobody else's.
func TestLongNames(t *testing.T) { overBoth(t, testLongNames) }

func testLongNames(t *testing.T, over transport) {
	r := over.rig(t, func(c *janusclient.Config) { c.Debug = nil })
	r.server.Populate("1234", 30, strings.Repeat("Ä", 32<<10))
	r.server.CreateRoom("5678", "", "")
	r.server.Populate("5678", 30, strings.Repeat("Ä", 32<<10))
	_, err := r.message(t, joinRequest)
	require.ErrorContains(t, err, "above the limit of 1048576 bytes (max-message-size)")
	require.ErrorContains(t, err, "join to ")
	if over == overWS {
		r.unharmed(t)
	} else {
		r.push(1)
		require.Equal(t, 1, number(t, r.next(t)))
	}
	_, err = r.session.Send(t.Context(), asked(t,
		`{"janus":"message","handle_id":%d,"body":{"request":"changeroom","room":5678}}`, r.handle.ID()), false)
	require.ErrorContains(t, err, "max-message-size")
}

// TestLargeMessage: whatever is too large is named, is not kept, and takes
// nothing with it that comes before or after.
func TestLargeMessage(t *testing.T) { overBoth(t, testLargeMessage) }

func testLargeMessage(t *testing.T, over transport) {
	var told log
	r := over.rig(t, func(c *janusclient.Config) {
		c.MaxMessageSize = 64 << 10
		c.Logger = hclog.New(&hclog.LoggerOptions{Output: &told, Level: hclog.Warn})
	})
	rule := r.server.Fault(janustest.Match{Request: "list"}, janustest.Oversize(10<<20))
	_, err := r.message(t, listRequest)
	rule.Remove()
	require.ErrorContains(t, err, "a message of 10485760 bytes, above the limit of 65536 bytes (max-message-size)")
	require.Equal(t, 1, rule.Hits(), "it would be as large another time")
	r.unharmed(t)

	large := func(n int) json.RawMessage {
		return fmt.Appendf(nil, `{"janus":"event","session_id":%d,"sender":%d,"plugindata":{"plugin":"p","data":{"words":"[\"%s"}}}`,
			r.session.ID(), r.handle.ID(), strings.Repeat(`\\]}`, n))
	}
	for i := range 20 {
		r.push(i)
		r.server.PushEvent(r.handle.ID(), large(100<<10))
	}
	for i := range 20 {
		require.Equal(t, i, number(t, r.next(t)))
	}
	eventually(t, "each is told", func() bool { return told.count("above the limit of 65536 bytes (max-message-size)") == 20 })
	require.NoError(t, r.session.Err())
	r.server.PushEvent(r.handle.ID(), large(100))
	require.IsType(t, janusclient.PluginEvent{}, r.next(t))
}

// TestManyFragments: what bounds a message is its size, not their number.
func TestManyFragments(t *testing.T) {
	r := overWS.rig(t, nil)
	for range 50 {
		r.server.CreateRoom(strconv.Itoa(int(r.handle.ID()%1e6)), "", "")
	}
	r.server.Populate("1234", 200, "somebody")
	r.server.Fault(janustest.Match{Request: "listparticipants"}, janustest.Chunks(10000))
	reply, err := r.message(t, body{"request": "listparticipants", "room": 1234})
	require.NoError(t, err)
	require.Contains(t, string(reply.Data), "somebody")
	r.unharmed(t)
}

// TestCrowdedPoll: 40 calls come at once into a room of 500 over REST. What waits
// for them fills polls of 250 events far above the limit of one message, and each
// call gets its answer.
func TestCrowdedPoll(t *testing.T) {
	r := overHTTP.rig(t, func(c *janusclient.Config) {
		c.Debug = nil
		c.MaxEvents, c.MaxMessageSize = 250, 192<<10
		c.CmdTimeout = 20 * time.Second
	}, janustest.WithIndentedJSON())
	r.server.Populate("1234", 500, "Somebody with a name of some length")
	// While a poll is held up, all that the calls bring about waits.
	rule := r.server.Fault(janustest.Match{Janus: "poll"}, janustest.Delay(500*time.Millisecond))
	defer rule.Remove()
	var work sync.WaitGroup
	for range 40 {
		work.Go(func() {
			handle, err := r.session.Attach(t.Context(), plugin, janusclient.AttachOptions{})
			if !assert.NoError(t, err) {
				return
			}
			offer := "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n"
			reply, err := handle.Message(t.Context(), joinRequest, &janusclient.JSEP{Type: "offer", SDP: offer})
			if assert.NoError(t, err) {
				assert.NotNil(t, reply.JSEP)
			}
		})
	}
	work.Wait()
	require.Equal(t, 540, r.server.Participants("1234"))
	up, err := r.states.get()
	require.Empty(t, up, "%v", err)
}
