// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

// usage is what a process takes in one state, with nothing subtracted.
type usage struct {
	CPU         float64 `json:"cpu_percent"`                     // of one core
	Threads     float64 `json:"threads"`                         // at the end of the span
	Voluntary   float64 `json:"voluntary_switches_per_second"`   // a thread waits
	Involuntary float64 `json:"involuntary_switches_per_second"` // a thread is made to wait
	RSS         float64 `json:"rss_kb"`                          // resident memory, shared pages in full
	PSS         float64 `json:"pss_kb"`                          // resident memory, shared pages by share
	Others      float64 `json:"others_cpu_percent"`              // of one core, used by others meanwhile
	Machine     float64 `json:"machine_cpu_percent"`             // of all cores, used by all
	ThreadsGone int     `json:"threads_ended_in_span,omitempty"` // their last switches are not counted
}

// minus is the difference of two states.
func (u usage) minus(v usage) usage {
	return usage{
		CPU: u.CPU - v.CPU, Threads: u.Threads - v.Threads, Voluntary: u.Voluntary - v.Voluntary,
		Involuntary: u.Involuntary - v.Involuntary, RSS: u.RSS - v.RSS, PSS: u.PSS - v.PSS,
	}
}

// per is the share of one of n.
func (u usage) per(n int) usage {
	d := float64(n)
	return usage{
		CPU: u.CPU / d, Threads: u.Threads / d, Voluntary: u.Voluntary / d,
		Involuntary: u.Involuntary / d, RSS: u.RSS / d, PSS: u.PSS / d,
	}
}

// observe watches a process for a while; less long when the run's time is up, which is an error.
func observe(ctx context.Context, pid int, span time.Duration) (usage, error) {
	then, err := machine()
	if err != nil {
		return usage{}, err
	}
	before, err := switches(pid)
	if err != nil {
		return usage{}, err
	}
	from, err := cpuTime(pid)
	if err != nil {
		return usage{}, err
	}
	began := time.Now()
	if err := pause(ctx, span); err != nil {
		return usage{}, err
	}
	to, err := cpuTime(pid)
	if err != nil {
		return usage{}, err
	}
	took := time.Since(began)
	after, err := switches(pid)
	if err != nil {
		return usage{}, err
	}
	u := usage{CPU: 100 * float64(to-from) / float64(took), Threads: float64(len(after))}
	for thread, now := range after {
		then := before[thread] // zero for a thread that is new
		u.Voluntary += float64(now.voluntary-then.voluntary) / took.Seconds()
		u.Involuntary += float64(now.involuntary-then.involuntary) / took.Seconds()
	}
	for thread := range before {
		if _, lives := after[thread]; !lives {
			u.ThreadsGone++
		}
	}
	now, err := machine()
	if err != nil {
		return usage{}, err
	}
	u.Others, u.Machine = now.othersSince(then), now.allSince(then)
	return u, u.memory(pid)
}

// cpuTime is the time that all threads of a process have run, in nanoseconds,
// those that have ended included: the process's CPU clock, which
// clock_getcpuclockid(3) finds in the same way. /proc/PID/stat counts ticks of
// 10 ms, and /proc/PID/task/*/schedstat forgets threads.
func cpuTime(pid int) (time.Duration, error) {
	const schedClock = 2 // CPUCLOCK_SCHED of the kernel's posix-timers.h
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid)<<3|schedClock, &t); err != nil {
		return 0, fmt.Errorf("CPU clock of process %d: %w", pid, err)
	}
	return time.Duration(t.Nano()), nil
}

// switched is how often a thread has stopped running.
type switched struct{ voluntary, involuntary uint64 }

func switches(pid int) (map[int]switched, error) {
	threads, err := procfs.AllThreads(pid)
	if err != nil {
		return nil, err
	}
	all := make(map[int]switched, len(threads))
	for _, thread := range threads {
		status, err := thread.NewStatus()
		if err != nil {
			continue // it has just ended
		}
		all[thread.PID] = switched{status.VoluntaryCtxtSwitches, status.NonVoluntaryCtxtSwitches}
	}
	return all, nil
}

func (u *usage) memory(pid int) error {
	process, err := procfs.NewProc(pid)
	if err != nil {
		return err
	}
	rollup, err := process.ProcSMapsRollup()
	u.RSS, u.PSS = float64(rollup.Rss)/1024, float64(rollup.Pss)/1024
	return err
}

// hurry makes all our threads, and those of further processes, real-time ones,
// as all of FreeSWITCH's are, or else as urgent as we may: talkers, listeners and
// Janus stand for other machines, and must not be late because this one is busy.
// What is started later would inherit that: it comes after the switch.
func hurry(pids ...int) {
	for _, pid := range append(pids, os.Getpid()) {
		threads, err := procfs.AllThreads(pid)
		if err != nil {
			continue
		}
		for _, thread := range threads {
			fifo := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: 2}
			if unix.SchedSetAttr(thread.PID, &fifo, 0) != nil {
				_ = unix.Setpriority(unix.PRIO_PROCESS, thread.PID, -10)
			}
		}
	}
}

// relax takes hurry back, for ourselves.
func relax() {
	threads, err := procfs.AllThreads(os.Getpid())
	if err != nil {
		return
	}
	for _, thread := range threads {
		_ = unix.SchedSetAttr(thread.PID, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL}, 0)
		_ = unix.Setpriority(unix.PRIO_PROCESS, thread.PID, 0)
	}
}
