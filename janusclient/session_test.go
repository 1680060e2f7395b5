// SPDX-License-Identifier: MPL-2.0

package janusclient_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/janustest"
)

func TestEventsComeInOrder(t *testing.T) { overBoth(t, testEventsComeInOrder) }

func testEventsComeInOrder(t *testing.T, over transport) {
	r := over.rig(t, nil)
	const n = 500
	for i := range n {
		r.push(i)
	}
	for i := range n {
		require.Equal(t, i, number(t, r.next(t)))
	}
}

func TestEventsOfTheCore(t *testing.T) { overBoth(t, testEventsOfTheCore) }

func testEventsOfTheCore(t *testing.T, over transport) {
	r := over.rig(t, nil)
	for raw, wanted := range map[string]janusclient.Event{
		`{"janus":"webrtcup"}`: janusclient.WebRTCUp{},
		`{"janus":"media","type":"audio","mid":"0","receiving":true}`:            janusclient.Media{Type: "audio", Mid: "0", Receiving: true},
		`{"janus":"slowlink","media":"audio","mid":"0","uplink":true,"lost":12}`: janusclient.SlowLink{Media: "audio", Mid: "0", Uplink: true, Lost: 12},
		`{"janus":"slowlink","uplink":false,"nacks":3}`:                          janusclient.SlowLink{Lost: 3},
		`{"janus":"ice-failed"}`:                                                 janusclient.ICEFailed{},
		`{"janus":"hangup","reason":"ICE failed"}`:                               janusclient.Hangup{Reason: "ICE failed"},
		`{"janus":"detached"}`:                                                   janusclient.Detached{},
		`{"janus":"trickle","candidate":{"completed":true}}`:                     janusclient.Trickle{Completed: true},
		`{"janus":"trickle"}`:                                                    janusclient.Trickle{Completed: true},
		`{"janus":"trickle","candidate":{"candidate":"candidate:1","sdpMid":"0","sdpMLineIndex":0}}`: janusclient.Trickle{
			Candidate: janusclient.Candidate{Candidate: "candidate:1", SDPMid: "0"}},
	} {
		var event map[string]any
		require.NoError(t, json.Unmarshal([]byte(raw), &event))
		event["session_id"], event["sender"] = r.session.ID(), r.handle.ID()
		full, _ := json.Marshal(event)
		r.server.PushEvent(r.handle.ID(), full)
		require.Equal(t, wanted, r.next(t))
	}
}

// TestStrangeEvents: what makes no sense is passed over, and the rest arrives.
func TestStrangeEvents(t *testing.T) { overBoth(t, testStrangeEvents) }

func testStrangeEvents(t *testing.T, over transport) {
	r := over.rig(t, nil)
	for _, raw := range []string{
		`{}`, `[]`, `"x"`, `null`, `{"janus":"event"}`, `{"janus":"event","sender":"text"}`, `{"janus":"unheard of"}`,
		`{"janus":"event","sender":1,"session_id":2}`, `{"janus":"trickle","candidate":7}`, `{"janus":"ack"}`,
	} {
		r.server.PushSession(r.session.ID(), json.RawMessage(raw))
	}
	r.push(1)
	require.Equal(t, 1, number(t, r.next(t)))
	require.NoError(t, r.session.Err())
}

func TestReversedEvents(t *testing.T) {
	r := overHTTP.rig(t, nil)
	r.server.Fault(janustest.Match{Janus: "poll"}, janustest.Reverse())
	for i := range 50 {
		r.push(i)
	}
	var got []int
	for range 50 {
		got = append(got, number(t, r.next(t)))
	}
	slices.Sort(got)
	for i := range 50 {
		require.Equal(t, i, got[i])
	}
}

// TestPollFaults: a failing poll is told, and events come again after it.
func TestPollFaults(t *testing.T) {
	for name, fault := range map[string]janustest.Fault{
		"drop": janustest.Drop(), "500": janustest.Status(500), "404": janustest.Status(404),
		"403":  janustest.Status(http.StatusForbidden),
		"html": janustest.Body("text/html", "<html>"), "not json": janustest.Body("application/json", "[{]"),
		"empty": janustest.Body("application/json", ""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := overHTTP.rig(t, nil, janustest.WithPollTimeout(50*time.Millisecond))
			rule := r.server.Fault(janustest.Match{Janus: "poll"}, fault)
			eventually(t, "two polls fail", func() bool { up, _ := r.states.get(); return len(up) >= 2 })
			up, err := r.states.get()
			require.False(t, up[0])
			require.Error(t, err)
			rule.Remove()
			r.push(1)
			require.Equal(t, 1, number(t, r.next(t)))
			eventually(t, "up again", func() bool { up, _ := r.states.get(); return up[len(up)-1] })
			require.NoError(t, r.session.Err())
		})
	}
}

// TestUpWithoutEvents: a poll that is held open shows that all is well.
func TestUpWithoutEvents(t *testing.T) {
	r := overHTTP.rig(t, nil)
	rule := r.server.Fault(janustest.Match{Janus: "poll"}, janustest.Status(http.StatusBadGateway))
	r.server.BreakConnections()
	eventually(t, "down", func() bool { up, _ := r.states.get(); return len(up) > 0 })
	rule.Remove()
	eventually(t, "up", func() bool { up, _ := r.states.get(); return up[len(up)-1] })
}

func TestPausedServer(t *testing.T) { overBoth(t, testPausedServer) }

func testPausedServer(t *testing.T, over transport) {
	t.Parallel()
	r := over.rig(t, func(c *janusclient.Config) { c.CmdTimeout, c.PollTimeout = brief, brief })
	r.server.Pause()
	r.server.BreakConnections()
	eventually(t, "polls time out", func() bool { up, _ := r.states.get(); return len(up) >= 2 })
	r.server.Resume()
	if over == overWS { // what comes before the claim is lost, in Janus too
		eventually(t, "up again", func() bool { up, _ := r.states.get(); return up[len(up)-1] })
	}
	r.push(1)
	require.Equal(t, 1, number(t, r.next(t)))
	require.NoError(t, r.session.Err())
}

// TestLostSession: however it comes out, the session ends, everyone waiting is
// told, and the handles get their last event.
func TestLostSession(t *testing.T) { overBoth(t, testLostSession) }

func testLostSession(t *testing.T, over transport) {
	for name, lose := range map[string]func(*rig){
		"forgotten":     func(r *rig) { r.server.LoseSessions() },
		"timeout event": func(r *rig) { r.server.TimeoutSession(r.session.ID()) },
		"restart":       func(r *rig) { r.server.LoseSession(r.session.ID()); r.server.BreakConnections() },
		"458 by poll": func(r *rig) {
			r.server.PushSession(r.session.ID(), json.RawMessage(`{"janus":"error","error":{"code":458,"reason":"No such session"}}`))
		},
		"458 by request": func(r *rig) {
			r.server.Fault(janustest.Match{Janus: "poll"}, janustest.Hang())
			r.server.LoseSessions()
			_ = r.session.KeepAlive(t.Context())
		},
	} {
		t.Run(name, func(t *testing.T) {
			if over == overWS && name == "458 by poll" {
				t.Skip("there are no polls")
			}
			r := over.rig(t, nil)
			r.server.Fault(janustest.Match{Request: "waits"}, janustest.Hang())
			waiting := make(chan error, 1)
			go func() {
				_, err := r.message(t, body{"request": "waits"})
				waiting <- err
			}()
			eventually(t, "one waits", func() bool {
				return slices.ContainsFunc(r.server.Requests(), func(q janustest.Request) bool { return q.Request == "waits" })
			})
			lose(r)
			select {
			case <-r.session.Done():
			case <-time.After(30 * time.Second):
				require.FailNow(t, "the session did not end")
			}
			require.ErrorIs(t, r.session.Err(), janusclient.ErrSessionLost)
			require.ErrorIs(t, <-waiting, janusclient.ErrSessionLost)
			last, ok := r.next(t).(janusclient.SessionLost)
			require.True(t, ok)
			require.ErrorIs(t, last.Err, janusclient.ErrSessionLost)
			_, err := r.message(t, listRequest)
			require.ErrorIs(t, err, janusclient.ErrSessionLost)
			require.NoError(t, r.handle.Detach(t.Context()))
			require.NoError(t, r.session.Destroy(t.Context()))
		})
	}
}

func TestServerSideTimeout(t *testing.T) { overBoth(t, testServerSideTimeout) }

func testServerSideTimeout(t *testing.T, over transport) {
	t.Parallel()
	client := newClient(t, over.server(t, janustest.WithSessionTimeout(brief)), unhurried)
	session, err := client.Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err)
	<-session.Done() // the poll is held for longer than that
	require.ErrorIs(t, session.Err(), janusclient.ErrSessionLost)
}

func TestClaimKeepsHandles(t *testing.T) { overBoth(t, testClaimKeepsHandles) }

func testClaimKeepsHandles(t *testing.T, over transport) {
	r := over.rig(t, nil)
	_, err := r.message(t, joinRequest)
	require.NoError(t, err)
	if over != overWS {
		eventually(t, "a poll, which the claim will orphan", func() bool { return r.server.Polls() == 1 })
	}
	require.NoError(t, r.session.Claim(t.Context()))
	r.push(3)
	require.Equal(t, 3, number(t, r.next(t)))

	other := newClient(t, r.server, nil)
	mail := make(chan janusclient.Event, 10)
	session, err := other.Claim(t.Context(), r.session.ID(), janusclient.SessionOptions{})
	require.NoError(t, err)
	h, err := session.Adopt(r.handle.ID(), plugin, janusclient.AttachOptions{OnEvent: func(e janusclient.Event) { mail <- e }})
	require.NoError(t, err)
	r.client.Close()
	_, err = h.Message(t.Context(), body{"request": "leave"}, nil)
	require.NoError(t, err)

	r.server.LoseSessions()
	_, err = other.Claim(t.Context(), session.ID(), janusclient.SessionOptions{})
	require.ErrorIs(t, err, janusclient.ErrSessionLost)
}

// TestEventsDuringAttach: a handle may speak before attach is answered.
func TestEventsDuringAttach(t *testing.T) { overBoth(t, testEventsDuringAttach) }

func testEventsDuringAttach(t *testing.T, over transport) {
	r := over.rig(t, nil)
	r.server.Fault(janustest.Match{Janus: "attach"}, janustest.Delay(500*time.Millisecond))
	early := r.handle.ID() + 3 // ids are given out in steps of three
	done := make(chan *janusclient.Handle, 1)
	go func() {
		h, _ := r.session.Attach(t.Context(), plugin, janusclient.AttachOptions{OnEvent: func(e janusclient.Event) { r.mail <- e }})
		done <- h
	}()
	eventually(t, "attach is under way", func() bool { return requests(r.server, "attach") == 2 })
	raw, _ := json.Marshal(map[string]any{"janus": "webrtcup", "session_id": r.session.ID(), "sender": early})
	r.server.PushSession(r.session.ID(), raw)
	require.Equal(t, janusclient.WebRTCUp{}, r.next(t))
	require.Equal(t, early, (<-done).ID())
}

func TestNoEventsAfterDetach(t *testing.T) { overBoth(t, testNoEventsAfterDetach) }

func testNoEventsAfterDetach(t *testing.T, over transport) {
	r := over.rig(t, nil)
	second := r.attach(t)
	id := r.handle.ID()
	require.NoError(t, r.handle.Detach(t.Context()))
	raw, _ := json.Marshal(map[string]any{"janus": "webrtcup", "session_id": r.session.ID(), "sender": id})
	r.server.PushSession(r.session.ID(), raw)
	r.handle = second
	r.push(1)
	require.Equal(t, 1, number(t, r.next(t)), "and nothing before it, not even detached")
	require.Equal(t, 1, r.server.Handles())
}

// What the plugin says until Janus has detached the handle is heard, also where the
// events come later than the answer; what the core says is not.
func TestLastWords(t *testing.T) { overBoth(t, testLastWords) }

func testLastWords(t *testing.T, over transport) {
	r := over.rig(t, nil)
	rule := r.server.Fault(janustest.Match{Janus: "detach"}, janustest.Delay(100*time.Millisecond))
	r.server.Fault(janustest.Match{Janus: "poll"}, janustest.DelayAnswer(100*time.Millisecond))
	done := make(chan error, 1)
	go func() { done <- r.handle.Detach(t.Context()) }()
	eventually(t, "detach is under way", func() bool { return rule.Hits() == 1 })
	r.server.WebRTCUp(r.handle.ID())
	r.push(1)
	require.NoError(t, <-done)
	require.Len(t, r.mail, 1, "neither webrtcup nor detached")
	require.Equal(t, 1, number(t, r.next(t)))
	_, err := r.message(t, joinRequest)
	require.ErrorIs(t, err, janusclient.ErrClosed)
}

// A Janus whose "detached" is lost is waited for a second, and no longer.
func TestLastWordsAreLost(t *testing.T) { overBoth(t, testLastWordsAreLost) }

func testLastWordsAreLost(t *testing.T, over transport) {
	r := over.rig(t, nil)
	require.NoError(t, r.handle.Detach(t.Context()))
	gone, err := r.session.Adopt(12345, plugin, janusclient.AttachOptions{})
	require.NoError(t, err)
	require.True(t, r.session.InUse())
	began := time.Now()
	require.NoError(t, gone.Detach(t.Context()), "Janus does not know it")
	require.GreaterOrEqual(t, time.Since(began), time.Second)
	require.False(t, r.session.InUse())
}

// TestSlowCallback: whoever blocks in a callback holds up events, not answers.
func TestSlowCallback(t *testing.T) { overBoth(t, testSlowCallback) }

func testSlowCallback(t *testing.T, over transport) {
	r := over.rig(t, nil)
	release := make(chan struct{})
	entered := make(chan struct{})
	slow, err := r.session.Attach(t.Context(), plugin, janusclient.AttachOptions{
		OnEvent: func(janusclient.Event) { close(entered); <-release },
	})
	require.NoError(t, err)
	r.server.WebRTCUp(slow.ID())
	<-entered
	_, err = r.message(t, joinRequest)
	require.NoError(t, err)
	require.NoError(t, slow.Detach(t.Context()), "media, which waits behind webrtcup, is not called any more")
	close(release)
}

// TestWaitForEvents: who waits for the events before an answer has them, or his context's error.
func TestWaitForEvents(t *testing.T) { overBoth(t, testWaitForEvents) }

func testWaitForEvents(t *testing.T, over transport) {
	r := over.rig(t, nil)
	release := make(chan struct{})
	entered := make(chan struct{}, 1)
	var heard atomic.Int32
	slow, err := r.session.Attach(t.Context(), plugin, janusclient.AttachOptions{
		OnEvent: func(janusclient.Event) {
			select {
			case entered <- struct{}{}:
			default:
			}
			<-release
			heard.Add(1)
		},
	})
	require.NoError(t, err)
	r.server.WebRTCUp(slow.ID()) // webrtcup and media: two events
	<-entered
	_, err = r.message(t, joinRequest)
	require.NoError(t, err, "the answer overtakes them")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, slow.WaitForEvents(ctx), context.Canceled)
	require.Zero(t, heard.Load())
	close(release)
	require.NoError(t, slow.WaitForEvents(t.Context()))
	require.EqualValues(t, 2, heard.Load())
	require.NoError(t, r.session.Destroy(t.Context()))
	require.NoError(t, slow.WaitForEvents(t.Context()), "no events come any more")
}
