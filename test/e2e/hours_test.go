// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// hourCalls is how many are up in TestCallsOverHours.
const hourCalls = 20

// hours are calls that stay up while Janus is killed again and again.
type hours struct {
	t     *testing.T
	j     *realjanus.Janus
	s     *lab.Switch
	room  janusclient.ID
	uuids []string // the first speaks at 440 Hz and the second at 1000; all listen
	usage []usage  // after each round
	own   float64  // bytes that the recordings of one round keep: a switch may free them at the end of the call
}

// usage is what the switch holds.
type usage struct {
	rss         int64 // bytes
	threads, fd int
}

// Twenty calls for hours, with Janus killed and started again every few
// minutes: each time all are heard again within 3 s of Janus, are counted once,
// and the switch holds afterwards what it held before. MOD_JANUS_HOURS is for how
// long ("1h"), MOD_JANUS_HOURS_EVERY how often (5m).
func TestCallsOverHours(t *testing.T) {
	if os.Getenv("MOD_JANUS_HOURS") == "" {
		t.Skip("MOD_JANUS_HOURS says for how long")
	}
	length, err := time.ParseDuration(os.Getenv("MOD_JANUS_HOURS"))
	require.NoError(t, err)
	every, err := time.ParseDuration(env("MOD_JANUS_HOURS_EVERY", "5m"))
	require.NoError(t, err)
	j, s := mortal(t)
	api(t, s, "fsctl loglevel notice")
	h := &hours{t: t, j: j, s: s, room: janusclient.NumberID(8960)}
	for i := range hourCalls {
		destination := fmt.Sprintf("janus/demo/Caller%d@8960", i)
		if i < 2 {
			h.uuids = append(h.uuids, originate(t, s, "%s", tone("janus-room-description=hours", destination, 440+560*i)))
		} else {
			h.uuids = append(h.uuids, originate(t, s, "{janus-room-description=hours}%s &park()", destination))
		}
	}
	a := ask(t, j)
	eventually(t, "all are in the room", func() bool { return a.ready(h.room, hourCalls) })
	h.calibrate()
	began := time.Now()
	for round := 1; time.Duration(round)*every <= length; round++ {
		h.stays(began.Add(time.Duration(round) * every))
		h.killed(round)
	}
	h.level()
	hangup(t, s, h.uuids...)
	ask(t, j).empty(h.room)
	require.Contains(t, api(t, s, "janus status"), fmt.Sprintf("\n%d|0|", hourCalls))
	require.Empty(t, verdicts(s.Log(), "DESTINATION_OUT_OF_ORDER|MEDIA_TIMEOUT"))
}

// stays looks at the calls every few seconds until the time has come.
func (h *hours) stays(until time.Time) {
	h.t.Helper()
	look := time.NewTicker(5 * time.Second)
	defer look.Stop()
	for time.Now().Before(until) {
		h.counted()
		select {
		case <-look.C:
		case <-time.After(time.Until(until)):
		}
	}
}

// counted asserts that all calls are up, and counted once each.
func (h *hours) counted() {
	h.t.Helper()
	require.Contains(h.t, api(h.t, h.s, "janus status"), fmt.Sprintf("\n%d|%d|", hourCalls, hourCalls))
	require.Equal(h.t, hourCalls, strings.Count(api(h.t, h.s, "janus calls"), "|up|"))
}

// killed kills Janus, starts it again, and asserts that all are heard in time.
func (h *hours) killed(round int) {
	h.t.Helper()
	h.j.Kill()
	eventually(h.t, "all join again", func() bool {
		return strings.Count(api(h.t, h.s, "janus calls"), "|rejoining|") == hourCalls
	})
	records := h.record()
	require.NoError(h.t, h.j.Start())
	back := time.Now()
	a := ask(h.t, h.j)
	eventually(h.t, "all are in the room again", func() bool { return a.ready(h.room, hourCalls) })
	inRoom := time.Since(back)
	var heard time.Duration
	for i, onset := range h.onsets(records) {
		after := onset.Sub(back)
		heard = max(heard, after)
		require.LessOrEqual(h.t, after, 3*time.Second, "leg %d hears again", i)
	}
	h.counted()
	u := h.holds()
	h.usage = append(h.usage, u)
	h.t.Logf("%s: round %d: %d of %d heard again, the last %s after Janus, in the room after %s; %d kB, %d threads, %d descriptors",
		h.s.Host, round, hourCalls, hourCalls, heard.Round(10*time.Millisecond), inRoom.Round(10*time.Millisecond), u.rss>>10, u.threads, u.fd)
}

func (h *hours) holds() usage {
	return usage{h.s.RSS(), entriesOf(h.t, h.s, "task"), entriesOf(h.t, h.s, "fd")}
}

// calibrate finds out what a round costs in which nothing happens.
func (h *hours) calibrate() {
	h.t.Helper()
	var all []usage
	for range 12 {
		h.onsets(h.record())
		all = append(all, h.holds())
	}
	h.own = slopeOf(all[4:])
	h.t.Logf("%s: the recordings of a round keep %.1f kB", h.s.Host, h.own/1024)
}

// recording is one of what a leg hears.
type recording struct {
	path  string
	began time.Time
}

// record begins to record what each leg hears.
func (h *hours) record() (all []recording) {
	h.t.Helper()
	dir := h.t.TempDir()
	for i, uuid := range h.uuids {
		path := filepath.Join(dir, fmt.Sprintf("%d.wav", i))
		api(h.t, h.s, "uuid_setvar %s RECORD_READ_ONLY true", uuid)
		require.Contains(h.t, api(h.t, h.s, "uuid_record %s start %s", uuid, path), "+OK")
		all = append(all, recording{path, time.Now()})
	}
	return all
}

// onsets ends the recordings and returns when each leg began to hear its tone.
func (h *hours) onsets(records []recording) (all []time.Time) {
	h.t.Helper()
	size := func(r recording) int64 {
		file, err := os.Stat(r.path)
		require.NoError(h.t, err)
		return file.Size()
	}
	before := map[recording]int64{}
	for _, r := range records {
		before[r] = size(r)
	}
	for _, r := range records {
		eventually(h.t, "two more seconds are recorded", func() bool { return size(r) > before[r]+2*2*48000 })
	}
	for i, r := range records {
		api(h.t, h.s, "uuid_record %s stop %s", h.uuids[i], r.path)
	}
	for i, r := range records {
		sound, err := lab.ReadWAV(r.path)
		require.NoError(h.t, err)
		require.NoError(h.t, os.Remove(r.path))
		frequency := 440.0
		if i == 0 {
			frequency = 1000
		}
		at, found := onset(sound, frequency)
		require.True(h.t, found, "leg %d hears %.0f Hz", i, frequency)
		all = append(all, r.began.Add(at))
	}
	return all
}

// onset is where a tone begins that lasts: half a second of it at least.
func onset(sound lab.Sound, frequency float64) (at time.Duration, found bool) {
	const window = 50 * time.Millisecond
	for from := time.Duration(0); from+10*window <= sound.Duration(); from += window {
		if sound.Cut(from, from+window).Tone(frequency) > toneLevel-6 && sound.Cut(from, from+10*window).Tone(frequency) > toneLevel-6 {
			return from, true
		}
	}
	return 0, false
}

// level asserts that what the switch holds does not grow with the rounds, once
// the first quarter of them has filled its pools.
func (h *hours) level() {
	h.t.Helper()
	settled := h.usage[len(h.usage)/4:]
	if len(settled) < 4 {
		h.t.Logf("%d rounds are too few for a slope", len(h.usage))
		return
	}
	slope := (slopeOf(settled) - h.own) / 1024
	first, last := settled[0], settled[len(settled)-1]
	h.t.Logf("%s: %d rounds; over the last %d: %.1f kB a round without the recordings, %.2f kB a rejoin", h.s.Host, len(h.usage), len(settled), slope, slope/hourCalls)
	require.LessOrEqual(h.t, slope/hourCalls, 10.0, "kB of memory a rejoin")
	require.LessOrEqual(h.t, last.threads, first.threads+4)
	require.LessOrEqual(h.t, last.fd, first.fd+4)
}

// slopeOf is the least-squares slope of the memory, in bytes from one point to the next.
func slopeOf(points []usage) float64 {
	middle, mean := float64(len(points)-1)/2, 0.0
	for _, p := range points {
		mean += float64(p.rss) / float64(len(points))
	}
	var covariance, variance float64
	for i, p := range points {
		covariance += (float64(i) - middle) * (float64(p.rss) - mean)
		variance += (float64(i) - middle) * (float64(i) - middle)
	}
	return covariance / variance
}
