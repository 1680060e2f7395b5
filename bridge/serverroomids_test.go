// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/call"
	"mod_janus/bridge/host"
	"mod_janus/janusclient/janustest"
)

// 40 calls at once find out together that the ids are strings.
func TestManyCallsFindOutAtOnce(t *testing.T) {
	const calls = 40
	l := newLab(t, "", janustest.WithStringIDs())
	l.withoutMedia()
	var all []*call.Call
	var uuids []string
	for range calls {
		c, uuid := l.call("demo/x@1234", existing)
		all, uuids = append(all, c), append(uuids, uuid)
	}
	for i, c := range all {
		l.up(uuids[i])
		l.end(c, host.CauseNormalClearing)
	}
	l.clean(calls)
}

// Room 0 is refused where ids are numbers, on every way to a room, and made by
// none of them; where ids are strings it is a room like any other.
func TestRoomZero(t *testing.T) {
	for params, options := range map[string][]janustest.Option{
		`<param name="string-ids" value="false"/>`: nil, ``: nil,
		` `: {janustest.WithStringIDs()}, `<param name="string-ids" value="true"/>`: {janustest.WithStringIDs()},
	} {
		l := newLab(t, params, options...)
		l.connected()
		rooms := l.janus.Rooms()
		for _, room := range []string{"0", "9223372036854775808"} {
			if strings.Contains(params, "false") {
				_, cause := l.engine.Dial(&call.Request{Destination: "demo/x@" + room})
				require.Equal(t, host.CauseInvalidNumberFormat, cause, "no session is needed to know that")
			}
			created := l.engine.Command("room demo " + room + " create")
			leg, uuid := l.call("demo/x@1234", existing)
			l.up(uuid)
			moved := l.engine.Command("move " + uuid + " " + room)
			l.end(leg, host.CauseNormalClearing)
			if options == nil {
				for _, said := range []string{created, moved, l.engine.Command("participants demo " + room)} {
					require.Regexp(t, `^-ERR room "`+room+`" cannot be at this Janus: its rooms are numbers from 1 to 9223372036854775807`, said)
				}
				require.Equal(t, rooms, l.janus.Rooms())
			} else {
				require.Equal(t, []string{"+OK " + room + "\n", "+OK\n"}, []string{created, moved})
				require.Equal(t, "+OK\n", l.engine.Command("room demo "+room+" destroy"))
			}
		}
		l.eventually("calls gone", func() bool { return l.janus.Participants("1234") == 0 })
	}
}
