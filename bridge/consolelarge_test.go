// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/host"
)

// A Janus with 5,000 rooms: all are listed, each in a row, over both transports.
func TestListOfManyRooms(t *testing.T) {
	const rooms = 5000
	l := newLab(t, `<param name="max-message-size" value="8388608"/>`)
	for i := range rooms {
		l.janus.CreateRoom(fmt.Sprint(100000+i), "", "")
	}
	l.connected()
	output := l.engine.Command("rooms demo")
	require.Equal(t, rooms+2, strings.Count(output, "\n"), "%.200s", output)
	require.Contains(t, output, "\n104999|")
	require.Contains(t, l.engine.Command("rooms demo as json"), `"room":104999`)
}

// With the limit as it is by default the answer says what is too large, and the
// connection stays.
func TestListThatIsTooLarge(t *testing.T) {
	l := newLab(t, `<param name="max-message-size" value="65536"/>`)
	for i := range 2000 {
		l.janus.CreateRoom(fmt.Sprint(100000+i), "", "")
	}
	c, uuid := l.call("demo/x@1234", existing)
	l.up(uuid)
	require.Regexp(t, `^-ERR .*(max-message-size|65536|too large)`, l.engine.Command("rooms demo"))
	require.Equal(t, "+OK\n", l.engine.Command("mute "+uuid))
	require.Zero(t, strings.Count(l.log(), "rejoining"))
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

// A participant with a name of 64 kB, and of whatever bytes JSON can hold, is a row
// of a table like any other, in the room's own list and in events.
func TestVeryLongNames(t *testing.T) {
	l := newLab(t, "")
	long := strings.Repeat("n", 64<<10)
	c, uuid := l.call("demo/x@1234", existing)
	l.up(uuid)
	for _, name := range []string{long, `a|b%c\n\u0007\u001b[31m` + "\u202e"} {
		require.Equal(t, "success", l.send(`{"janus":"detach"}`)["janus"])
		require.Equal(t, "event", l.send(`{"janus":"message","body":{"request":"join","room":1234,"display":"` + name + `"}}`)["janus"])
		output := l.engine.Command("participants demo 1234")
		require.Equal(t, 3, strings.Count(output, "\n"), "%.300q", output)
		for _, row := range strings.Split(strings.TrimSpace(output), "\n") {
			require.Equal(t, 6, strings.Count(row, "|"), "%.100q", row)
			require.NotContains(t, row, "\x1b")
		}
	}
	l.end(c, host.CauseNormalClearing)
}
