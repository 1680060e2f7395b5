// SPDX-License-Identifier: MPL-2.0

package pool

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
)

// Looks come in the order of their times, those of one time in the order in which they were added,
// and none before its time. Ten thousand of them are no work.
func TestLooks(t *testing.T) {
	var l looks
	l.wake = make(chan struct{}, 1)
	began := time.Now()
	room := func(name string) config.DialString { return config.DialString{RoomText: name} }
	l.add(look{when: began.Add(time.Hour), room: room("late")})
	l.add(look{when: began, room: room("b")}, look{when: began.Add(-time.Second), room: room("a")})
	l.add(look{when: began, room: room("c")})
	for _, want := range []string{"a", "b", "c"} {
		now, due, _ := l.next()
		require.True(t, due)
		require.Equal(t, want, now.room.RoomText)
	}
	_, due, pause := l.next()
	require.False(t, due)
	require.InDelta(t, time.Hour, pause, float64(time.Minute))
	for range 10000 {
		l.add(look{when: began.Add(time.Minute)})
	}
	require.Len(t, l.due, 10001)
	require.Equal(t, "late", l.due[10000].room.RoomText)
}
