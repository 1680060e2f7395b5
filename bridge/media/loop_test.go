// SPDX-License-Identifier: MPL-2.0

package media

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Legs fill one loop after the other, at most one for each processor; then they
// are spread. When legs have gone, the fullest loop is filled first.
func TestLoops(t *testing.T) {
	e, err := NewEngine(EngineConfig{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	var legs []*Leg
	for i := range legsPerLoop * (processors + 1) {
		l := &Leg{}
		l.loop = e.assign(l)
		legs = append(legs, l)
		require.Len(t, e.loops, min(i/legsPerLoop+1, processors))
	}
	for _, lp := range e.loops {
		require.InDelta(t, legsPerLoop*(processors+1)/processors, lp.count(), 1)
	}
	for _, l := range legs[1:] {
		l.loop.remove(l)
	}
	l := &Leg{}
	require.Same(t, legs[0].loop, e.assign(l))
	require.Equal(t, 2, legs[0].loop.count())
	legs[0].loop.remove(legs[0])
	legs[0].loop.remove(l)
}

// A loop without legs has no timer; one with legs serves them,
// and sleeps again when they have gone.
func TestLoopSleeps(t *testing.T) {
	w := newWire(t, profiles["AES-GCM"])
	lp := newLoop()
	ended := make(chan struct{})
	go func() { defer close(ended); lp.run() }()
	require.False(t, lp.turn(func() {}))
	lp.add(w.leg)
	w.send()
	require.Eventually(t, func() bool { return w.leg.Stats().PacketsIn == 1 }, patience, time.Millisecond)
	lp.remove(w.leg)
	require.Eventually(t, func() bool { return !lp.ticking.Load() }, patience, time.Millisecond)
	lp.add(w.leg)
	w.send()
	require.Eventually(t, func() bool { return w.leg.Stats().PacketsIn == 2 }, patience, time.Millisecond)
	close(lp.stop)
	<-ended
}

// A thread that naps does not hold up the garbage collector, nor whoever else stops the world: the
// runtime's signal ends the nap.
func TestNapHoldsUpNobody(t *testing.T) {
	countTicking(1)
	defer countTicking(-1)
	var napping, over atomic.Bool
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for !over.Load() {
			napping.Store(true)
			nap(time.Minute)
		}
	}()
	require.Eventually(t, napping.Load, patience, time.Millisecond)
	began := time.Now()
	runtime.GC()
	over.Store(true)
	require.Eventually(t, func() bool {
		runtime.GC()
		select {
		case <-ended:
			return true
		default:
			return false
		}
	}, patience, time.Millisecond)
	require.Less(t, time.Since(began), time.Minute)
}

// Ticks that are late for some seconds make the mean that of a full machine. A single stop of the
// machine does not, and many calls that come at once do not.
func TestLateness(t *testing.T) {
	e, err := NewEngine(EngineConfig{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	require.Zero(t, e.Late())
	lp := newLoop()
	e.loops = append(e.loops, newLoop(), lp)
	during := func(span, late, since time.Duration) time.Duration {
		for ; span > 0; span -= since {
			lp.noteLate(late, since)
		}
		return e.Late()
	}
	const full = 8 * time.Millisecond // the default of max-lateness
	require.Less(t, during(10*time.Second, 10*time.Second, 10*time.Second), full/5, "it stood still")
	require.Less(t, during(10*time.Second, 0, tick), full/50)
	require.Less(t, during(1200*time.Millisecond, 20*time.Millisecond, 25*time.Millisecond), full, "100 calls at once")
	require.Less(t, during(10*time.Second, 500*time.Microsecond, tick), full/10, "400 legs that talk")
	require.Greater(t, during(4*time.Second, 12*time.Millisecond, 20*time.Millisecond), full, "one that is full gets more")
	require.InDelta(t, 40*time.Millisecond, during(20*time.Second, 40*time.Millisecond, 50*time.Millisecond), float64(time.Millisecond))
	require.Less(t, during(10*time.Second, 0, tick), 2*time.Millisecond)
}

// What the loop is too late for, the kernel drops and we count.
func TestQueueOverflow(t *testing.T) {
	w := newWire(t, profiles["AES-GCM"])
	for range 2000 {
		w.send()
	}
	dropped := w.leg.Stats().Dropped
	require.NotZero(t, dropped)
	serve(w.leg, w.lp, w.now)
	require.Equal(t, uint64(2000), w.leg.Stats().PacketsIn+w.leg.Stats().Dropped)
	require.Greater(t, w.leg.Stats().PacketsIn, uint64(150), "three seconds at least are held")
}
