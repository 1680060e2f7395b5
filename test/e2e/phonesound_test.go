// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/stretchr/testify/require"

	"mod_janus/bridge/archive"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// phoneTime is how long a test of a phone's sound goes on:
// MOD_JANUS_PHONE ("40s", "10m"), or else a short while.
func phoneTime(t *testing.T, short time.Duration) time.Duration {
	t.Helper()
	length, err := time.ParseDuration(env("MOD_JANUS_PHONE", short.String()))
	require.NoError(t, err)
	return length
}

// A phone gets its packets whatever becomes of the leg: deaf, suspended, its Janus gone.
func TestPhoneGetsPackets(t *testing.T) {
	j, err := realjanus.Start(t.TempDir(), realjanus.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { j.Stop(syscall.SIGKILL) })
	s := sipSwitch(t, lab.ConfOf(j, ""), nil)
	call := dials(t, phoneOf(t), s, "{janus-rejoin-timeout=300,janus-room-description=packets}janus/demo/Phone@9710", toneOf(t, "PCMU", 440, 20))
	leg := janusLeg(t, s, "9710")
	steady := func(what string) {
		t.Helper()
		t.Log(what)
		thrice(t, func(try testingT) {
			heard := call.Listen(5 * time.Second)
			requirePackets(try, heard)
			require.Equal(try, map[int]int{160: len(heard.Packets)}, heard.Lengths())
		})
	}
	steady("as it is")
	for what, command := range map[string][2]string{"deaf": {"deaf", "undeaf"}, "suspended": {"suspend", "resume"}} {
		require.Contains(t, api(t, s, "janus %s %s", command[0], leg), "+OK")
		steady(what)
		require.Contains(t, api(t, s, "janus %s %s", command[1], leg), "+OK")
	}
	steady("as before")
	j.Stop(syscall.SIGKILL)
	steady("Janus is dead")
	require.Equal(t, "true", api(t, s, "uuid_exists %s", leg))
	require.NoError(t, call.Hangup(soon(t)))
}

// pausesOften pauses 110 times in 40 s, for 40 ms each.
func pausesOften(n int) lab.PacketFate {
	if n%18 >= 16 {
		return lab.Paused
	}
	return lab.Sent
}

// loses4 loses one packet in 25.
func loses4() func(int) lab.PacketFate {
	written := losing()
	return func(n int) lab.PacketFate {
		if _, yes := written(n); !yes {
			return lab.Lost
		}
		return lab.Sent
	}
}

// What the room hears of a phone whose packets are not there, or not 20 ms long: all that has been
// said, and no hole longer than what was not, and a frame.
// SDP says 20 ms where the frames are longer, as phones do.
func TestPhoneIsHeardWhateverItSends(t *testing.T) {
	s := sipSwitch(t, lab.ConfOf(janus, ""), nil)
	heardFor := phoneTime(t, 6*time.Second)
	for i, tc := range []struct {
		name, codec string
		ms          int
		saysFrame   time.Duration
		fate        func(int) lab.PacketFate
		hole        time.Duration // that is allowed
	}{
		{"PCMU that pauses", "PCMU", 20, 0, pausesOften, 60 * time.Millisecond},
		{"Opus that pauses", "opus", 20, 0, pausesOften, 60 * time.Millisecond},
		{"PCMU that loses 4 %", "PCMU", 20, 0, loses4(), 60 * time.Millisecond},
		{"Opus that loses 4 %", "opus", 20, 0, loses4(), 60 * time.Millisecond},
		{"Opus of 60 ms", "opus", 60, 0, nil, 40 * time.Millisecond},
		{"Opus of 60 ms that says 20", "opus", 60, 20 * time.Millisecond, nil, 40 * time.Millisecond},
		{"SILK of 60 ms, which cannot be cut", "silk", 60, 20 * time.Millisecond, nil, 40 * time.Millisecond},
		{"Opus of 40 ms", "opus", 40, 0, nil, 40 * time.Millisecond},
		{"Opus of 10 ms that says 20", "opus", 10, 20 * time.Millisecond, nil, 40 * time.Millisecond},
		{"PCMU of 10 ms", "PCMU", 10, 0, nil, 40 * time.Millisecond},
		{"PCMU of 30 ms", "PCMU", 30, 0, nil, 40 * time.Millisecond},
		{"PCMU of 30 ms that says 20", "PCMU", 30, 20 * time.Millisecond, nil, 40 * time.Millisecond},
		{"PCMA of 40 ms", "PCMA", 40, 0, nil, 40 * time.Millisecond},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			room := 9720 + i
			listener := originate(t, s, "{janus-room-description=phones}janus/demo/Listener@%d &park()", room)
			media := toneOf(t, tc.codec, 440, tc.ms)
			media.Fate, media.SaysFrame = tc.fate, tc.saysFrame
			call := dials(t, phoneOf(t), s, fmt.Sprintf("%sjanus/demo/Phone@%d", existing, room), media)
			time.Sleep(2 * time.Second) // Janus's buffer settles
			thrice(t, func(try testingT) {
				sound := hearOn(t, s, int(heardFor/time.Second), 48000, listener)[0]
				sound = sound.Cut(time.Second/2, sound.Duration())
				heard, gaps := sound.Gaps(440)
				longest, missing := time.Duration(0), time.Duration(0)
				for _, gap := range gaps {
					longest, missing = max(longest, gap), missing+gap
				}
				try.Logf("440 Hz for %v of %v, %d holes, the longest %v, %v in all, %.1f dB", heard, sound.Duration(), len(gaps), longest, missing, sound.Tone(440))
				require.LessOrEqual(try, longest, tc.hole)
				require.GreaterOrEqual(try, heard-missing, sound.Duration()*8/10)
			})
			require.NoError(t, call.Hangup(soon(t)))
			api(t, s, "uuid_kill %s", listener)
		})
	}
}

// What Janus gets keeps time with the clock, whatever a phone does: Janus's own recording has the
// time of each packet, of its RTP and of the clock.
func TestPhoneKeepsTime(t *testing.T) {
	s := sipSwitch(t, lab.ConfOf(janus, ""), nil)
	base := filepath.Join(t.TempDir(), "caller")
	media := toneOf(t, "PCMU", 440, 20)
	media.Fate = pausesOften
	call := dials(t, phoneOf(t), s, "{janus-room-description=time,janus-user-record=true,janus-user-record-file="+base+"}janus/demo/Phone@9740", media)
	time.Sleep(phoneTime(t, 20*time.Second))
	require.NoError(t, call.Hangup(soon(t)))
	gone(t, s)
	skew, length := recordedSkew(t, base)
	t.Logf("RTP time and the clock differ by %v after %v", skew, length)
	require.LessOrEqual(t, skew.Abs(), 20*time.Millisecond)
}

// recordedSkew reads an .mjr: by how much RTP time has gone ahead of the clock from its first
// seconds to its last. The packet that was delayed least tells where each stands.
func recordedSkew(t *testing.T, base string) (skew, length time.Duration) {
	t.Helper()
	var recording []byte
	eventually(t, "the recording is there, and whole", func() bool {
		found, _ := filepath.Glob(base + "*.mjr")
		if len(found) != 1 || archive.Whole(found[0]) != nil {
			return false
		}
		recording, _ = os.ReadFile(found[0])
		return true
	})
	recording = recording[10+int(binary.BigEndian.Uint16(recording[8:])):] // magic, and a header after its length
	type arrival struct{ at, delay time.Duration }
	var arrivals []arrival
	first := uint32(0)
	for len(recording) > 10 {
		require.Equal(t, "MEET", string(recording[:4]))
		at := time.Duration(binary.BigEndian.Uint32(recording[4:])) * time.Millisecond
		n := 10 + int(binary.BigEndian.Uint16(recording[8:]))
		require.GreaterOrEqual(t, len(recording), n)
		var header rtp.Header
		_, err := header.Unmarshal(recording[10:n])
		require.NoError(t, err)
		if len(arrivals) == 0 {
			first = header.Timestamp
		}
		rate := 48000
		if header.PayloadType == 0 || header.PayloadType == 8 {
			rate = 8000
		}
		arrivals = append(arrivals, arrival{at, at - time.Duration(header.Timestamp-first)*time.Second/time.Duration(rate)})
		recording = recording[n:]
	}
	require.NotEmpty(t, arrivals)
	last := arrivals[len(arrivals)-1].at
	begin, end := arrivals[0].delay, arrivals[len(arrivals)-1].delay
	for _, a := range arrivals {
		if a.at < arrivals[0].at+5*time.Second {
			begin = min(begin, a.delay)
		} else if a.at > last-5*time.Second {
			end = min(end, a.delay)
		}
	}
	return begin - end, last - arrivals[0].at
}

// All that a G.711 phone gets are frames of 20 ms, from the first packet on; in a room with spatial
// audio, too, where it hears the tone at its level.
func TestPhoneGetsFramesOf20ms(t *testing.T) {
	s := sipSwitch(t, lab.ConfOf(janus, ""), nil)
	a := ask(t, janus)
	spatial := true
	for i, request := range []audiobridge.CreateRequest{{}, {SpatialAudio: &spatial}} {
		room, level := 9750+i, toneLevel
		if request.SpatialAudio != nil {
			level -= 6 // Janus gives half of a voice in the middle to each side
		}
		request.Room = janusclient.NumberID(uint64(room)) // #nosec G115 -- positive
		_, _, err := a.Create(t.Context(), request)
		require.NoError(t, err)
		other := originate(t, s, "%s", tone("janus-use-existing-room=true", fmt.Sprintf("janus/demo/Speaker@%d", room), 440))
		for _, codec := range []string{"PCMU", "PCMA"} {
			call := dials(t, phoneOf(t), s, fmt.Sprintf("%sjanus/demo/Phone@%d", existing, room), lab.PhoneMedia{Codec: codec})
			thrice(t, func(try testingT) { requireToneAt(try, call.Listen(4*time.Second).Sound(), 440, level) })
			all := call.All()
			require.Equal(t, map[int]int{160: len(all.Packets)}, all.Lengths(), "lengths of all packets, in room %d", room)
			require.NoError(t, call.Hangup(soon(t)))
		}
		hangup(t, s, other)
		require.NoError(t, a.Destroy(t.Context(), audiobridge.DestroyRequest{Room: request.Room}))
	}
}
