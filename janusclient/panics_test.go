// SPDX-License-Identifier: MPL-2.0

package janusclient_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
)

// A panic in a callback, or in the goroutine that reads from Janus, costs what
// it was at, and neither the session nor the program.
func TestPanics(t *testing.T) { overBoth(t, testPanics) }

func testPanics(t *testing.T, over transport) {
	var once atomic.Bool
	var panics atomic.Int32
	r := over.rig(t, func(c *janusclient.Config) {
		c.OnPanic = func() { panics.Add(1) }
		c.Debug = func(direction string, message fmt.Stringer) {
			if direction == "recv" && strings.Contains(message.String(), `"n":7`) && once.CompareAndSwap(false, true) {
				panic("in Debug")
			}
		}
	})
	panicking, err := r.session.Attach(t.Context(), plugin, janusclient.AttachOptions{
		OnEvent: func(janusclient.Event) { panic("in OnEvent") },
	})
	require.NoError(t, err)
	r.server.Hangup(panicking.ID(), "an event")
	r.push(1)
	require.Equal(t, 1, number(t, r.next(t)))
	r.push(7) // is lost with the connection
	eventually(t, "the reader has panicked", once.Load)
	eventually(t, "the session is regained", func() bool {
		_, err := r.message(t, body{"request": "list"})
		return err == nil
	})
	r.push(8)
	eventually(t, "events come again", func() bool {
		select {
		case e := <-r.mail:
			return number(t, e) == 8
		default:
			return false
		}
	})
	require.NoError(t, r.session.Err())
	require.EqualValues(t, 2, panics.Load())
}
