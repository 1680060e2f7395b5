// SPDX-License-Identifier: MPL-2.0

package media

import (
	"runtime"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// processors is how many threads run Go code at once, without the media loops.
var processors = runtime.GOMAXPROCS(0)

// ticking counts the media loops that tick, of all engines.
var ticking struct {
	sync.Mutex
	loops int
}

// countTicking notes that a loop begins to tick (1) or has ended (-1). A loop that naps keeps one
// of the places that Go's scheduler has for threads, so that there is to be one more.
func countTicking(change int) {
	ticking.Lock()
	defer ticking.Unlock()
	ticking.loops += change
	runtime.GOMAXPROCS(processors + ticking.loops)
}

// nap sleeps for a time, or less where a signal comes.
//
// The scheduler does not hear of it (RawSyscall). With a Go timer each tick wakes a thread that
// waits for timers, which wakes another one to look for more work: five context switches where one
// is enough, and most of what few legs cost. The runtime stops a thread that naps as it stops one
// that computes: by a signal, which ends the nap (clock_nanosleep(2), EINTR), and at the next call.
//
//go:noinline
func nap(d time.Duration) {
	if d <= 0 {
		return
	}
	wait := unix.NsecToTimespec(int64(d))
	_, _, _ = unix.RawSyscall6(unix.SYS_CLOCK_NANOSLEEP, unix.CLOCK_MONOTONIC, 0, uintptr(unsafe.Pointer(&wait)), 0, 0, 0)
}
