// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/test/lab"
)

// watch subscribes to events of the switch.
func watch(t *testing.T, s *lab.Switch, names string) *lab.Events {
	t.Helper()
	events, err := s.Watch(names)
	require.NoError(t, err)
	t.Cleanup(events.Close)
	return events
}

// browser brings one into a room, set up or not.
func browser(t *testing.T, room uint64, name string, silent bool) *lab.Browser {
	t.Helper()
	b, err := lab.NewBrowser(t.Context(), janus.HTTP)
	require.NoError(t, err)
	t.Cleanup(b.Close)
	request := audiobridge.JoinRequest{Room: janusclient.NumberID(room), Media: audiobridge.Media{Display: name}}
	require.NoError(t, b.Join(t.Context(), request, silent))
	return b
}

// gated begins a call whose answer waits for another participant and waits
// until the switch hears ringing; the answer is in what it returns.
func gated(t *testing.T, events *lab.Events, room, timeoutMS int) (uuid string, answer chan string) {
	t.Helper()
	uuid = fmt.Sprintf("00000000-0000-4000-8000-%012d", time.Now().UnixNano()%1e12)
	answer = make(chan string, 1)
	t.Cleanup(func() { _, _ = sw.API("uuid_kill %s", uuid) }) // where the test ended early
	go func() {
		jobs, err := sw.Burst([]string{fmt.Sprintf("originate {origination_uuid=%s,janus-answer-on-participant-ready=true,"+
			"janus-answer-participant-timeout-ms=%d,ignore_early_media=true}janus/demo/Caller@%d &park()", uuid, timeoutMS, room)})
		if err != nil || len(jobs) != 1 {
			answer <- fmt.Sprint(err)
			return
		}
		answer <- jobs[0].Output
	}()
	eventually(t, "the call rings", func() bool { return len(events.Find("Event-Name", "CHANNEL_PROGRESS", "Unique-ID", uuid)) == 1 })
	logged(t, sw, uuid+`.*answer waits for another participant`)
	require.Empty(t, events.Find("Event-Name", "CHANNEL_PROGRESS_MEDIA", "Unique-ID", uuid), "ringing, and no early media")
	require.Contains(t, api(t, sw, "janus calls"), "|waiting|")
	return uuid, answer
}

// One comes and goes without ever being ready, one is ready.
func TestAnswerWaitsForParticipant(t *testing.T) {
	events := watch(t, sw, "CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_ANSWER CUSTOM janus::participant")
	uuid, answer := gated(t, events, 8400, 60000)
	shy := browser(t, 8400, "Shy", true)
	eventually(t, "Shy is in", func() bool {
		return len(events.Find("Action", "joined", "Participant-Display", "Shy", "Unique-Id", uuid)) == 1
	})
	shy.Close()
	eventually(t, "Shy has left", func() bool {
		return len(events.Find("Action", "left", "Participant-Display", "Shy", "Unique-Id", uuid)) == 1
	})
	require.Empty(t, events.Find("Event-Name", "CHANNEL_ANSWER", "Unique-ID", uuid), "one that left before it was ready does not count")
	browser(t, 8400, "Ready", false)
	require.Contains(t, <-answer, "+OK")
	eventually(t, "it is answered, once", func() bool { return len(events.Find("Event-Name", "CHANNEL_ANSWER", "Unique-ID", uuid)) == 1 })
	hangup(t, sw, uuid)
}

func TestAnswerAfterTimeout(t *testing.T) {
	events := watch(t, sw, "CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_ANSWER")
	began := time.Now()
	uuid, answer := gated(t, events, 8401, 1500)
	browser(t, 8401, "Shy", true)
	require.Contains(t, <-answer, "+OK")
	require.GreaterOrEqual(t, time.Since(began), 1500*time.Millisecond)
	hangup(t, sw, uuid)
}

func TestAnswerAtOnceWhenSomebodyIsThere(t *testing.T) {
	first := originate(t, sw, "janus/demo/First@8402 &park()")
	eventually(t, "First is set up", func() bool { return ask(t, janus).participants(janusclient.NumberID(8402))[0].Setup })
	began := time.Now()
	second := originate(t, sw, "{janus-answer-on-participant-ready=true,janus-answer-participant-timeout-ms=60000}janus/demo/Second@8402 &park()")
	require.Less(t, time.Since(began), 10*time.Second)
	hangup(t, sw, first, second)
}

func TestHangupWhileTheAnswerWaits(t *testing.T) {
	events := watch(t, sw, "CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_ANSWER")
	uuid, answer := gated(t, events, 8403, 60000)
	api(t, sw, "uuid_kill %s", uuid)
	require.Contains(t, <-answer, "-ERR")
	gone(t, sw)
	ask(t, janus).empty(janusclient.NumberID(8403))
}

// With answer_on_webrtcup the answer follows Janus's webrtcup: whoever is
// answered is set up.
func TestAnswerOnWebRTCUp(t *testing.T) {
	a := ask(t, janus)
	uuid := originate(t, sw, "{answer_on_webrtcup=true,ignore_early_media=true}janus/demo/x@8404 &park()")
	require.True(t, a.participants(janusclient.NumberID(8404))[0].Setup)
	hangup(t, sw, uuid)
}
