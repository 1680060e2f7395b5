// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/host"
	"mod_janus/bridge/host/hosttest"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/janustest"
)

// connected waits until the server demo is.
func (l *lab) connected() {
	l.t.Helper()
	l.host.Wait(l.t, "the server is up", func() bool { return l.host.Fired("janus::server", "Action", "up") })
}

func TestRoomsAndParticipants(t *testing.T) {
	l := newLab(t, "")
	l.connected()
	c, uuid := l.call("demo/My|Name@1234", existing)
	l.up(uuid)
	l.janus.CreateRoom("77", "", "4711")
	require.Equal(t, []string{"1234"}, l.engine.Rooms())
	rooms := l.engine.Command("rooms demo")
	require.Contains(t, rooms, "room|description|participants|legs|pin|record|muted|rate\n")
	require.Contains(t, rooms, "\n1234|Room 1234|1|1|false|false|false|16000\n")
	require.Contains(t, rooms, "\n77|Room 77|0|0|true|false|false|16000\n")
	id := l.host.Variable(uuid, host.VarParticipantID)
	require.Equal(t, "id|display|setup|muted|talking|suspended|uuid\n"+id+"|My%7CName|true|false|false|false|"+uuid+"\n",
		l.engine.Command("participants demo 1234"))
	require.Equal(t, l.engine.Command("participants demo 1234"), l.engine.Command("room demo 1234 list"))
	var people []map[string]any
	require.NoError(t, json.Unmarshal([]byte(l.engine.Command("participants demo 1234 as json")), &people))
	require.Equal(t, "My|Name", people[0]["display"])
	require.Equal(t, uuid, people[0]["uuid"])
	require.Equal(t, "[]\n", l.engine.Command("room demo 77 list as json"))
	require.Equal(t, "-ERR No such room (78)\n", l.engine.Command("participants demo 78"))
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

// Each verb, the request that it sends, and what it prints.
func TestRoomVerbs(t *testing.T) {
	l := newLab(t, `<param name="admin-key" value="master"/>`, janustest.WithAdminKey("master"), janustest.WithVersion("1.4.1"))
	l.connected()
	for _, step := range []struct{ line, output, request, body string }{
		{`create description='Board room' pin=4711 secret=boss permanent=false private=true sampling-rate=48000 audiolevel-event=true ` +
			`record=true record-file=/tmp/mix.wav allowed=a,b groups=red,blue`, "+OK 90\n", "create",
			`{"request":"create","room":90,"description":"Board room","pin":"4711","secret":"boss","admin_key":"master","is_private":true,"sampling_rate":48000,` +
				`"audiolevel_event":true,"record":true,"record_file":"/tmp/mix.wav","allowed":["a","b"],"groups":["red","blue"]}`},
		{`create`, "-ERR Room 90 already exists\n", "create", `{"request":"create","room":90,"admin_key":"master"}`},
		{`edit description="New name" new-pin= new-secret=chief private=false secret=boss`, "+OK\n", "edit",
			`{"request":"edit","room":90,"secret":"boss","new_description":"New name","new_pin":"","new_secret":"chief","new_is_private":false}`},
		{`mute-all secret=boss`, "-ERR Unauthorized (wrong secret)\n", "mute_room", `{"request":"mute_room","room":90,"secret":"boss"}`},
		{`mute-all`, "-ERR Missing mandatory element (secret)\n", "mute_room", `{"request":"mute_room","room":90}`},
		{`mute-all secret=chief`, "+OK\n", "mute_room", `{"request":"mute_room","room":90,"secret":"chief"}`},
		{`unmute-all secret=chief`, "+OK\n", "unmute_room", `{"request":"unmute_room","room":90,"secret":"chief"}`},
		{`record start /tmp/mix.wav secret=chief`, "+OK\n", "enable_recording",
			`{"request":"enable_recording","room":90,"secret":"chief","record":true,"record_file":"/tmp/mix.wav"}`},
		{`record stop secret=chief as json`, `{"result":"ok","record":false}` + "\n", "enable_recording",
			`{"request":"enable_recording","room":90,"secret":"chief","record":false}`},
		{`play /tmp/hello.opus loop=true group=red secret=chief`, "+OK file-", "play_file",
			`{"request":"play_file","room":90,"secret":"chief","admin_key":"master","filename":"/tmp/hello.opus","loop":true,"group":"red"}`},
		{`play stop some-id secret=chief`, "+OK some-id\n", "stop_file",
			`{"request":"stop_file","room":90,"secret":"chief","admin_key":"master","file_id":"some-id"}`},
		{`allow add tic-1 tic-2 secret=chief`, "+OK 4 tokens\n", "allowed",
			`{"request":"allowed","room":90,"secret":"chief","action":"add","allowed":["tic-1","tic-2"]}`},
		{`allow remove tic-1 secret=chief as json`, `{"result":"ok","tokens":3}` + "\n", "allowed",
			`{"request":"allowed","room":90,"secret":"chief","action":"remove","allowed":["tic-1"]}`},
		{`allow disable secret=chief`, "+OK\n", "allowed", `{"request":"allowed","room":90,"secret":"chief","action":"disable"}`},
		{`forward [::1]:5000 codec=pcma payload-type=8 ssrc=7 always-on=true secret=chief`, "+OK ", "rtp_forward",
			`{"request":"rtp_forward","room":90,"secret":"chief","admin_key":"master","host":"::1","port":5000,"codec":"pcma","ptype":8,"ssrc":7,"always_on":true}`},
		{`forward list secret=chief`, "stream|host|port|codec|ssrc|payloadType|group|srtp|alwaysOn\n", "listforwarders",
			`{"request":"listforwarders","room":90,"secret":"chief"}`},
		{`forward stop 7 secret=chief`, "+OK\n", "stop_rtp_forward",
			`{"request":"stop_rtp_forward","room":90,"secret":"chief","admin_key":"master","stream_id":7}`},
		{`exists`, "+OK true\n", "exists", `{"request":"exists","room":90}`},
		{`exists as json`, `{"result":"ok","exists":true}` + "\n", "exists", `{"request":"exists","room":90}`},
		{`kick 7 secret=chief`, "-ERR No such user 7 in room 90\n", "kick", `{"request":"kick","room":90,"id":7,"secret":"chief"}`},
		{`mute 7 secret=chief`, "-ERR No such user 7 in room 90\n", "mute", `{"request":"mute","room":90,"id":7,"secret":"chief"}`},
		{`suspend 7`, "-ERR No such user 7 in room 90\n", "suspend", `{"request":"suspend","room":90,"id":7}`},
		{`kick-all secret=chief`, "+OK\n", "kick_all", `{"request":"kick_all","room":90,"secret":"chief"}`},
		{`destroy permanent=true secret=chief`, "+OK\n", "destroy", `{"request":"destroy","room":90,"secret":"chief","permanent":true}`},
		{`exists`, "+OK false\n", "exists", `{"request":"exists","room":90}`},
		{`mute-all`, "-ERR No such room (90)\n", "mute_room", `{"request":"mute_room","room":90}`},
	} {
		output := l.engine.Command("room demo 90 " + step.line)
		require.True(t, strings.HasPrefix(output, step.output), "%s: %s", step.line, output)
		if strings.HasSuffix(step.output, "\n") && !strings.HasPrefix(step.output, "stream|") {
			require.Equal(t, step.output, output, step.line)
		}
		sent, err := json.Marshal(l.last(step.request))
		require.NoError(t, err)
		require.JSONEq(t, step.body, string(sent), step.line)
	}
	for _, secret := range []string{"boss", "chief", "4711", "master", "tic-1"} {
		require.NotContains(t, l.log(), secret)
	}
	l.eventually("no handle stays", func() bool { return l.janus.Handles() == 0 })
}

// Without a secret on the line, that of a leg of ours in the room is presented.
func TestRoomSecretOfALeg(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/MyName@91", map[string]string{"janus-room-secret": "boss"})
	l.up(uuid)
	require.Equal(t, "+OK\n", l.engine.Command("room demo 91 mute-all"))
	require.Equal(t, "boss", l.last("mute_room")["secret"])
	l.host.Wait(t, "the leg is told", func() bool { return l.host.Fired("janus::call", "Action", "room-muted") })
	require.Equal(t, "+OK\n", l.engine.Command("room demo 91 kick-all"))
	l.down(uuid)
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

// A Janus before 1.3.2 does not stop all files at once.
func TestPlayStopAtAnOldJanus(t *testing.T) {
	l := newLab(t, "")
	l.connected()
	play := func(file string) string {
		t.Helper()
		id, ok := strings.CutPrefix(strings.TrimSpace(l.engine.Command("room demo 1234 play "+file)), "+OK ")
		require.True(t, ok)
		return id
	}
	first, second, third := play("/a.opus"), play("/b.opus"), play("/c.opus")
	require.Equal(t, "+OK "+second+"\n", l.engine.Command("room demo 1234 play stop "+second))
	require.Equal(t, "+OK "+first+" "+third+"\n", l.engine.Command("room demo 1234 play stop"))
	require.Equal(t, third, l.last("stop_file")["file_id"])
	require.Equal(t, `{"result":"ok","file_ids":[]}`+"\n", l.engine.Command("room demo 1234 play stop as json"))
	require.Empty(t, l.engine.server("demo").Playing.Of("1234"))
}

func TestRoomErrors(t *testing.T) {
	l := newLab(t, `<param name="cmd-timeout" value="300"/>`)
	l.connected()
	for _, line := range []string{
		"rooms", "rooms demo more", "participants demo", "room demo", "room demo 1234", "room demo 1234 levitate", "room demo 1234 list more",
		"room demo 1234 record", "room demo 1234 record begin", "room demo 1234 record stop file", "room demo 1234 play", "room demo 1234 play stop a b",
		"room demo 1234 allow", "room demo 1234 allow add", "room demo 1234 allow enable tic", "room demo 1234 allow give tic",
		"room demo 1234 forward", "room demo 1234 forward host", "room demo 1234 forward host:0", "room demo 1234 forward :5000",
		"room demo 1234 forward host:65536", "room demo 1234 forward stop x", "room demo 1234 mute-all now",
	} {
		require.Regexp(t, `^-ERR usage: janus (room|rooms|participants) <server>`, l.engine.Command(line), line)
	}
	for line, words := range map[string]string{
		"room demo 1234 create colour=red":                  "unknown option colour",
		"room demo 1234 create private=perhaps":             `option private: "perhaps" is neither true nor false`,
		"room demo 1234 create sampling-rate=44100":         "option sampling-rate: want one of 8000 12000 16000 24000 48000",
		"room demo 1234 create sampling-rate=fast":          "option sampling-rate",
		"room demo 1234 create pin=1 pin=2":                 "option pin is given twice",
		"room demo 1234 create description='open":           "a quote is not closed",
		"room demo 1234 create description=a\x01b":          "control character",
		"room nowhere 1234 list":                            `no server "nowhere" is configured`,
		"rooms nowhere":                                     `no server "nowhere" is configured`,
		"room demo " + strings.Repeat("1", 5000) + " list":  "dial string of",
		"room demo 1234 forward host:5000 payload-type=128": "option payload-type",
		"room demo 18446744073709551616 mute-all":           "cannot be at this Janus",
	} {
		output := l.engine.Command(line)
		require.True(t, strings.HasPrefix(output, "-ERR ") && strings.Contains(output, words), "%.60s: %s", line, output)
	}
	rule := l.janus.Fault(janustest.Match{Janus: "message", Request: "list"}, janustest.Hang())
	require.Equal(t, "-ERR no answer from Janus in time\n", l.engine.Command("rooms demo"))
	rule.Remove()
	rule = l.janus.Fault(janustest.Match{Janus: "message", Request: "list"}, janustest.Refuse(audiobridge.CodeUnknown, "out of order"))
	require.Equal(t, "-ERR out of order\n", l.engine.Command("rooms demo"))
	rule.Remove()
	require.Equal(t, "+OK\n", l.engine.Command("server demo disable"))
	l.eventually("the session ends", func() bool { return l.janus.Sessions() == 0 })
	require.Contains(t, l.engine.Command("rooms demo"), `-ERR server "demo" is disabled, and not connected`)
	l.janus.Pause()
	require.Equal(t, "+OK\n", l.engine.Command("server demo enable"))
	require.Contains(t, l.engine.Command("rooms demo"), `-ERR server "demo" is not connected`)
	l.janus.Resume()
	l.eventually("it is up again", func() bool { return strings.HasPrefix(l.engine.Command("rooms demo"), "room|") })
}

// Ids are found out for rooms as for calls.
func TestRoomWithStringIDs(t *testing.T) {
	l := newLab(t, "", janustest.WithStringIDs())
	l.connected()
	require.Equal(t, "+OK 007\n", l.engine.Command("room demo 007 create"))
	require.Equal(t, "007", l.last("create")["room"])
	require.Equal(t, "+OK red room\n", l.engine.Command("room demo 'red room' create"))
	require.Equal(t, "+OK\n", l.engine.Command("room demo red%20room destroy"))
	require.Contains(t, l.engine.Command("server demo"), "stringIds|true\n")
}

func FuzzCommand(f *testing.F) {
	host := hosttest.New(`<configuration><server name="demo"><param name="url" value="http://127.0.0.1:1/janus"/></server></configuration>`)
	engine, err := Start(host)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { engine.Stop(hosttest.Patience) })
	var usages []string
	for line := range strings.Lines(strings.TrimPrefix(engine.Command("nothing"), "-ERR usage: ")) {
		usages = append(usages, strings.TrimSpace(line))
	}
	for _, line := range append(usages, "room demo 1 create description='a b' pin=", "mute x", "display x y", "move x 7", "record x start", "") {
		f.Add(strings.TrimPrefix(line, "janus "))
	}
	f.Fuzz(func(t *testing.T, line string) {
		output := engine.Command(line)
		if !strings.HasSuffix(output, "\n") || strings.ContainsRune(output, 0) && !strings.ContainsRune(line, 0) {
			t.Fatalf("%q: %q", line, fmt.Sprint(output))
		}
	})
}
