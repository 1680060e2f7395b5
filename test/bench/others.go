// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/prometheus/procfs"
)

// clockTicks of /proc in a second: USER_HZ, 100 on every Linux that Go runs on.
const clockTicks = 100

// busy is the CPU time of the whole machine so far, and how much of it was
// ours: of this process and its descendants.
type busy struct {
	at          time.Time
	total, ours float64 // seconds
}

// machine reads both. It says so with an error where /proc does not.
func machine() (busy, error) {
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		return busy{}, err
	}
	stat, err := fs.Stat()
	if err != nil {
		return busy{}, err
	}
	cpu := stat.CPUTotal
	b := busy{at: time.Now(), total: cpu.User + cpu.Nice + cpu.System + cpu.IRQ + cpu.SoftIRQ + cpu.Steal}
	processes, err := fs.AllProcs()
	if err != nil {
		return busy{}, err
	}
	parents, used := map[int]int{}, map[int]float64{}
	for _, process := range processes {
		if stat, err := process.Stat(); err == nil { // else it has just ended
			parents[process.PID] = stat.PPID
			used[process.PID] = stat.CPUTime() + float64(stat.CUTime+stat.CSTime)/clockTicks // children that have ended, too
		}
	}
	for pid, seconds := range used {
		for up := pid; up > 0; up = parents[up] {
			if up == os.Getpid() {
				b.ours += seconds
				break
			}
		}
	}
	return b, nil
}

// othersSince is what others have used of the machine since then, in percent of a core.
func (b busy) othersSince(then busy) float64 {
	return max(100*((b.total-then.total)-(b.ours-then.ours))/b.at.Sub(then.at).Seconds(), 0)
}

// allSince is what all have used of the machine since then, in percent of all its cores.
func (b busy) allSince(then busy) float64 {
	return 100 * (b.total - then.total) / b.at.Sub(then.at).Seconds() / float64(runtime.NumCPU())
}

// waitQuiet waits until others use less than limit percent of a core for a
// while; it goes on after the time is up, and says so.
func waitQuiet(ctx context.Context, limit float64, patience time.Duration) error {
	const look = 2 * time.Second
	var others float64
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		then, err := machine()
		if err != nil {
			return err
		}
		if err := pause(ctx, look); err != nil {
			return err
		}
		now, err := machine()
		if err != nil {
			return err
		}
		if others = now.othersSince(then); others < limit {
			return nil
		}
	}
	fmt.Printf("The machine does not become quiet: others use %.0f %% of a core\n", others)
	return nil
}
