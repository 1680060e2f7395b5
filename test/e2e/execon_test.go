// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"net/textproto"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// begin places a call in the background and returns its UUID, for which the
// variables have the word UUID.
func begin(t *testing.T, variables, destination string) (uuid string) {
	t.Helper()
	uuid = fmt.Sprintf("00000000-0000-4000-8000-%012d", time.Now().UnixNano()%1e12)
	over := make(chan struct{})
	t.Cleanup(func() { <-over })
	t.Cleanup(func() { _, _ = sw.API("uuid_kill %s", uuid) })
	go func() {
		defer close(over)
		_, _ = sw.Burst([]string{fmt.Sprintf("originate {origination_uuid=%s,%s}%s &park()", uuid,
			strings.ReplaceAll(variables, "UUID", uuid), destination)})
	}()
	return uuid
}

// when is the time of an event, in ms.
func when(t *testing.T, event textproto.MIMEHeader) float64 {
	t.Helper()
	us, err := strconv.ParseFloat(event.Get("Event-Date-Timestamp"), 64)
	require.NoError(t, err)
	return us / 1000
}

// The switch runs what a leg's variables name inside of what marks it ringing,
// or answered. It may control that very leg.
func TestApplicationsThatTheAnswerRuns(t *testing.T) {
	for i, variable := range []string{
		"execute_on_answer='janus mute'", "execute_on_media='janus mute'", "execute_on_pre_answer='janus mute'", "execute_on_ring='janus mute'",
		"api_on_answer='janus mute UUID'",
	} {
		t.Run(variable, func(t *testing.T) {
			events := watch(t, sw, "CHANNEL_ANSWER CUSTOM janus::participant")
			uuid := begin(t, variable, fmt.Sprintf("janus/demo/Caller@%d", 9700+i))
			of := func(name string) []textproto.MIMEHeader { return events.Find("Event-Name", name, "Unique-ID", uuid) }
			muted := func() []textproto.MIMEHeader { return events.Find("Action", "muted", "Unique-ID", uuid) }
			eventually(t, "it is answered and muted", func() bool { return len(of("CHANNEL_ANSWER")) == 1 && len(muted()) == 1 })
			took := when(t, muted()[0]) - when(t, of("CHANNEL_ANSWER")[0])
			t.Logf("muted %.0f ms after the answer", took)
			require.Less(t, took, 2000.0, "a call that waits for itself does so for 6 s")
			if variable[0] == 'e' {
				eventually(t, "the application has its outcome", func() bool { return api(t, sw, "uuid_getvar %s janus_result", uuid) == "+OK" })
			}
			hangup(t, sw, uuid)
		})
	}
}

// An application that takes long holds up nothing that happens to the call.
func TestLongApplicationInTheAnswer(t *testing.T) {
	for i, variable := range []string{"execute_on_answer='sleep 12000'", "execute_on_media='sleep 12000'"} {
		t.Run(variable, func(t *testing.T) {
			uuid := begin(t, variable, fmt.Sprintf("janus/demo/Caller@%d", 9710+i))
			began := time.Now()
			eventually(t, "it sleeps", func() bool { return api(t, sw, "uuid_getvar %s current_application", uuid) == "sleep" })
			require.Equal(t, "+OK", api(t, sw, "janus mute %s", uuid))
			require.Equal(t, "+OK", api(t, sw, "janus kick %s", uuid))
			eventually(t, "the kicked leg is gone", func() bool { return api(t, sw, "uuid_exists %s", uuid) == "false" })
			require.Less(t, time.Since(began), 11*time.Second)
			logged(t, sw, uuid+`.*kicked from the room`)
		})
	}
}
