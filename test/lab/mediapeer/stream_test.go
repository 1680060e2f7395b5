// SPDX-License-Identifier: MPL-2.0

package mediapeer

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// heardOf lets a listener hear frames of talker 0: number and arrival in ms;
// frame n was sent at 20 n ms.
func heardOf(frames ...[2]int) Stream {
	s := &Server{}
	talker := &peer{server: s}
	s.peers = []*peer{talker}
	zero := time.UnixMilli(1000000)
	for n := range memory {
		talker.sent.times[n].Store(zero.Add(time.Duration(n) * frameTime).UnixNano())
	}
	e := &ear{server: s}
	var payload [frameBytes]byte
	for _, frame := range frames {
		putFrame(payload[:], 0, uint32(frame[0]))
		e.take(payload[:], zero.Add(time.Duration(frame[1])*time.Millisecond))
	}
	return e.stream()
}

func TestStream(t *testing.T) {
	ms := time.Millisecond
	even := heardOf([2]int{1, 50}, [2]int{2, 70}, [2]int{3, 95})
	require.Equal(t, 3, even.Delays.Frames())
	require.Equal(t, 30*ms, even.Delays.Percentile(50))
	require.Equal(t, 35*ms, even.Delays.Percentile(100))
	even.Delays = Delays{}
	require.Equal(t, Stream{Packets: 3, Frames: 3, Longest: 25 * ms}, even)
	lost := heardOf([2]int{1, 50}, [2]int{4, 110})
	require.Equal(t, 2, lost.Lost)
	require.Equal(t, 1, lost.Gaps)
	require.Equal(t, 60*ms, lost.Longest)
	late := heardOf([2]int{1, 50}, [2]int{3, 90}, [2]int{2, 91})
	require.Zero(t, late.Lost)
	require.Equal(t, 3, late.Frames)
	require.Equal(t, 51*ms, late.Delays.Percentile(100))
	twice := heardOf([2]int{1, 50}, [2]int{1, 51}, [2]int{2, 70})
	require.Equal(t, 2, twice.Frames)
	require.Equal(t, 3, twice.Packets)
	nobody := heardOf()
	require.Zero(t, nobody.Delays.Percentile(50))
}

// A gap that the talker itself made is not counted.
func TestTalkerIsLate(t *testing.T) {
	s := &Server{}
	talker := &peer{server: s}
	s.peers = []*peer{talker}
	e := &ear{server: s}
	zero := time.UnixMilli(1000000)
	var payload [frameBytes]byte
	for n, sent := range []int{0, 20, 65, 85, 105} {
		talker.sent.times[n].Store(zero.Add(time.Duration(sent) * time.Millisecond).UnixNano())
		heard := sent + 5
		if n == 4 {
			heard = 136 // 46 ms after the one before it, which the talker has sent in time
		}
		putFrame(payload[:], 0, uint32(n)) // #nosec G115 -- few
		e.take(payload[:], zero.Add(time.Duration(heard)*time.Millisecond))
	}
	heard := e.stream()
	require.Equal(t, 5, heard.Frames)
	require.Equal(t, 46*time.Millisecond, heard.Longest)
	require.Equal(t, 1, heard.Gaps)
}

func TestFramesOfOthers(t *testing.T) {
	for _, payload := range [][]byte{nil, {0xf8}, make([]byte, frameBytes)} {
		_, _, ok := readFrame(payload)
		require.False(t, ok)
	}
}

// A talker that is served late sends what it owes, and keeps its phase.
func TestTalkerKeepsItsPhase(t *testing.T) {
	var s sentTimes
	now := time.Now()
	require.True(t, s.due(now, 0))
	s.note(now)
	require.False(t, s.due(now.Add(19*time.Millisecond), 0))
	late := now.Add(45 * time.Millisecond)
	for range 2 {
		require.True(t, s.due(late, 0))
		s.note(late)
	}
	require.False(t, s.due(late, 0))
	require.True(t, s.due(now.Add(60*time.Millisecond), 0))
	require.Equal(t, 45*time.Millisecond, time.Duration(s.longest.Load()))
	var other sentTimes
	require.False(t, other.due(now, 1), "talkers do not talk at one time")
}
