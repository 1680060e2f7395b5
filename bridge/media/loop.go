// SPDX-License-Identifier: MPL-2.0

package media

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// tick is how often a loop serves its legs. 5 ms costs 10 % more, 20 ms saves
// 5 % and adds delay.
const tick = 10 * time.Millisecond

// writeTime is how long the switch's threads have, in each tick, to write what they have read.
const writeTime = 2 * time.Millisecond

// loop serves many legs in one goroutine: no goroutine wakes for a packet.
type loop struct {
	stop chan struct{}
	wake chan struct{} // a first leg has come

	ticking atomic.Bool  // there are legs; for tests
	late    atomic.Int64 // how late ticks begin, the mean, in nanoseconds

	mu   sync.Mutex
	legs []*Leg

	batch  batch             // buffers of one receive call, used for each leg in turn
	work   []*Leg            // the legs of this tick
	pushed []*Leg            // those of them that have something new for the switch
	plain  [packetSpace]byte // the packet that is sealed
	out    [packetSpace]byte // what is opened or sealed
	// passedOver takes the frames of legs that nobody reads.
	passedOver Slot
}

func newLoop() *loop {
	lp := &loop{stop: make(chan struct{}), wake: make(chan struct{}, 1)}
	lp.batch.init()
	return lp
}

func (lp *loop) count() int {
	lp.mu.Lock()
	defer lp.mu.Unlock()
	return len(lp.legs)
}

func (lp *loop) add(l *Leg) {
	lp.mu.Lock()
	lp.legs = append(lp.legs, l)
	lp.mu.Unlock()
	select {
	case lp.wake <- struct{}{}:
	default:
	}
}

func (lp *loop) remove(l *Leg) {
	lp.mu.Lock()
	defer lp.mu.Unlock()
	if i := slices.Index(lp.legs, l); i >= 0 {
		lp.legs = slices.Delete(lp.legs, i, i+1)
	}
}

// run ticks while there are legs; without one it sleeps until one comes.
func (lp *loop) run() {
	for {
		select {
		case <-lp.stop:
			return
		case <-lp.wake:
		}
		lp.tick()
	}
}

// tick serves the legs once a tick, until there are none, or the loop is to end.
func (lp *loop) tick() {
	countTicking(1)
	lp.ticking.Store(true)
	defer countTicking(-1)
	defer lp.ticking.Store(false)
	defer lp.late.Store(0)
	last := time.Now()
	for due := last; ; {
		now := time.Now()
		for ; now.Before(due); now = time.Now() {
			nap(due.Sub(now))
		}
		lp.noteLate(now.Sub(due), now.Sub(last))
		last = now
		if !lp.turn(func() { nap(writeTime) }) {
			return
		}
		if due = due.Add(tick); now.Sub(due) > tick {
			due = now // the ticks that were missed are not made up for
		}
		select {
		case <-lp.stop:
			return
		default:
		}
	}
}

// lateTime is the time over which the mean of lateness is taken. Many calls that come at once make
// ticks late for a second or two, and a machine that is full does so for as long as it is.
const lateTime = 2500 * time.Millisecond

// mostLate is the most that one tick counts for in the mean: a machine that stands still for once
// is not a full one.
const mostLate = 50 * time.Millisecond

// noteLate takes how late a tick began, which came some time after the one before it, into the
// mean. Each counts for the time since the one before it, as late ticks are few.
func (lp *loop) noteLate(late, since time.Duration) {
	mean := time.Duration(lp.late.Load())
	lp.late.Store(int64(mean + (min(late, mostLate)-mean)*min(since, mostLate)/lateTime))
}

// turn serves every leg once and tells whether there is any. First all legs listen, then the
// switch's threads get what they wait for, and after a pause for these all legs speak: a frame that
// a bridge reads from one leg and writes to another one goes out at once, whichever of the two
// comes first.
func (lp *loop) turn(wait func()) bool {
	lp.mu.Lock()
	lp.work = append(lp.work[:0], lp.legs...)
	lp.mu.Unlock()
	now := time.Now()
	for _, l := range lp.work {
		l.listen(lp, now)
	}
	for _, l := range lp.pushed {
		l.serve(func(*stream) { l.cfg.Rings.ToSwitch.Wake() })
	}
	clear(lp.pushed)
	lp.pushed = lp.pushed[:0]
	wait()
	now = time.Now()
	for _, l := range lp.work {
		l.speak(lp, now)
	}
	clear(lp.work)
	return len(lp.work) > 0
}
