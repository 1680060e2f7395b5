// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/janustest"
)

// refusing answers as a Janus of the given kind does, and lets another call find
// out about it while the first request is under way.
func refusing(ref roomRef, wantsStrings bool, tried *[]string) func(janusclient.ID) error {
	return func(id janusclient.ID) error {
		*tried = append(*tried, fmt.Sprintf("%s %v", id, id.IsNumber()))
		if id.IsNumber() != wantsStrings {
			return nil
		}
		reason, mode := "Invalid element type (room should be a positive integer)", config.IDNumber
		if wantsStrings {
			reason, mode = "Invalid element type (room should be a string)", config.IDString
		}
		ref.server.ids.Store(int32(mode))
		return &janusclient.PluginError{Code: audiobridge.CodeInvalidElement, Reason: reason}
	}
}

// A call that finds that another one has found out meanwhile is tried again.
func TestKindOfIDsFoundOutMeanwhile(t *testing.T) {
	for _, strings := range []bool{true, false} {
		ref := roomRef{server: &server{}, cfg: &config.ServerConfig{StringIDs: config.IDAuto}, room: janusclient.NumberID(7), text: "007"}
		want := []string{"7 true", "007 false"}
		if !strings {
			ref.server.ids.Store(int32(config.IDString))
			want = []string{"007 false", "7 true"}
		}
		var tried []string
		require.NoError(t, ref.with(refusing(ref, strings, &tried)))
		require.Equal(t, want, tried)
	}
}

func TestRoomsThatAreNoNumbers(t *testing.T) {
	for _, text := range []string{"0", "00", "9223372036854775808", "18446744073709551615", "99999999999999999999999", "lobby"} {
		id, err := config.ParseRoom(text)
		require.NoError(t, err)
		require.False(t, id.IsNumber(), text)
		var tried []string
		ref := roomRef{server: &server{}, cfg: &config.ServerConfig{StringIDs: config.IDAuto}, room: id, text: text}
		err = ref.with(refusing(ref, false, &tried))
		require.Equal(t, []string{text + " false"}, tried, "a number is not even tried")
		require.Equal(t, host.CauseInvalidNumberFormat, failure.Of(err).Cause)
		require.ErrorContains(t, err, text)
		require.NoError(t, ref.with(refusing(ref, true, &tried)))
	}
}

// 40 calls at once find out together that the ids are strings.
func TestManyCallsFindOutAtOnce(t *testing.T) {
	const calls = 40
	l := newLab(t, unhurried, janustest.WithStringIDs())
	var all []*Call
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
				_, cause := l.engine.Dial(DialRequest{Destination: "demo/x@" + room})
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
