// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"maps"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"mod_janus/test/lab"
)

// callCost is the CPU that setting calls up takes, in milliseconds a call.
type callCost struct {
	Switch float64 `json:"switch_cpu_ms"`
	Janus  float64 `json:"janus_cpu_ms"`
	Null   float64 `json:"null_cpu_ms"` // of the switch, for a null leg
}

// floor is how long so many calls take at least, in milliseconds, if Janus has all cores to itself.
func (c callCost) floor(calls int) float64 {
	return c.Janus * float64(calls) / float64(runtime.NumCPU())
}

// spend measures the CPU that switch and Janus take for something, in milliseconds for each of n.
func (b *bench) spend(n int, something func() error) (ofSwitch, ofJanus float64, err error) {
	pids := [2]int{b.sw.PID(), b.janus.PID()}
	var before, took [2]time.Duration
	for i, pid := range pids {
		if before[i], err = cpuTime(pid); err != nil {
			return 0, 0, err
		}
	}
	if err = something(); err != nil {
		return 0, 0, err
	}
	for i, pid := range pids {
		now, err := cpuTime(pid)
		if err != nil {
			return 0, 0, err
		}
		took[i] = now - before[i]
	}
	each := func(d time.Duration) float64 { return d.Seconds() * 1000 / float64(max(n, 1)) }
	return each(took[0]), each(took[1]), nil
}

// nullBurst places null legs at once: what the switch itself takes for a call.
func (b *bench) nullBurst(c *cost, size int) error {
	key := fmt.Sprint(size)
	var commands []string
	for i := range size {
		commands = append(commands, fmt.Sprintf("originate null/%d &park()", i))
	}
	ofSwitch, _, err := b.spend(size, func() error {
		jobs, err := b.sw.Burst(commands)
		for _, job := range jobs {
			if err == nil {
				err = succeeded(job.Output)
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("%d null legs at once: %w", size, err)
	}
	burst := c.Bursts[key]
	burst.Null = ofSwitch
	c.Bursts[key] = burst
	return nil
}

// burst places calls at once; each one's time counts from the first. One that
// fails is counted as such.
func (b *bench) burst(c *cost, size int) error {
	key := fmt.Sprint(size)
	var commands []string
	for i := range size {
		commands = append(commands, fmt.Sprintf("originate %sjanus/demo/m%d@9400 &park()", existing, i))
	}
	var jobs []lab.Job
	ofSwitch, ofJanus, err := b.spend(size, func() (err error) {
		jobs, err = b.sw.Burst(commands)
		return err
	})
	if err != nil {
		return err
	}
	burst := c.Bursts[key]
	burst.Switch, burst.Janus = ofSwitch, ofJanus
	c.Bursts[key] = burst
	answered := answeredOf(jobs, fmt.Sprintf("%d calls at once", size))
	b.retries += len(jobs) - len(answered)
	for _, job := range answered {
		c.Setup[key] = append(c.Setup[key], job.Took.Seconds()*1000)
	}
	return nil
}

// answeredOf are the calls that were answered. It prints how many others failed for each reason.
func answeredOf(jobs []lab.Job, which string) (answered []lab.Job) {
	reasons := make(map[string]int)
	for _, job := range jobs {
		if err := succeeded(job.Output); err != nil {
			reasons[err.Error()]++
			continue
		}
		answered = append(answered, job)
	}
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		fmt.Fprintf(os.Stderr, "%s: %d failed: %s\n", which, reasons[reason], reason)
	}
	return answered
}

// sustained are calls one after the other, at a rate.
type sustained struct {
	Rate    float64   `json:"calls_per_second"`
	Calls   int       `json:"calls"`
	Failed  int       `json:"failed"`
	Setup   []float64 `json:"setup_ms"`            // of each that was answered, from when it was due
	Machine float64   `json:"machine_cpu_percent"` // of all cores, used by all
	callCost
}

func (s sustained) String() string {
	return fmt.Sprintf("%d calls at %g a second: %d failed, set-up median %s, 99th %s, CPU a call: switch %s, Janus %s; the machine %.0f %% busy", s.Calls, s.Rate, s.Failed,
		milliseconds(percentile(s.Setup, 50)), milliseconds(percentile(s.Setup, 99)), milliseconds(s.Switch), milliseconds(s.Janus), s.Machine)
}

// talkTime is how long a sustained call lasts.
const talkTime = 2 * time.Second

// sustainedRoom is that of a call.
func sustainedRoom(i int) string { return fmt.Sprintf("92%d", i) }

// sustainedRooms is how many there are: a second's calls have a room each, so that few people are
// in each, and Janus need not tell many of every one who comes.
func (b *bench) sustainedRooms() int { return int(math.Ceil(b.rate)) }

// sustain places calls at a rate, and hangs each up after talkTime. What Janus and the
// switch have to do for all of it counts, farewells and media too.
func (b *bench) sustain(c *cost) error {
	s := &sustained{Rate: b.rate, Calls: max(int(b.rate*b.rateFor.Seconds()), 1)}
	gap := time.Duration(float64(time.Second) / b.rate)
	rooms := b.sustainedRooms()
	var commands []string
	for i := range s.Calls {
		commands = append(commands, fmt.Sprintf("originate %sjanus/demo/r%d@%s &park() XML default Bench 1000 %d", existing, i, sustainedRoom(i%rooms), callSeconds))
	}
	var farewells sync.WaitGroup
	before, err := machine()
	if err != nil {
		return err
	}
	s.Switch, s.Janus, err = b.spend(s.Calls, func() error {
		jobs, err := b.sw.Paced(commands, gap, func(job lab.Job) {
			uuid, answered := strings.CutPrefix(strings.TrimSpace(job.Output), "+OK ")
			if !answered {
				return
			}
			farewells.Go(func() {
				time.Sleep(talkTime)
				_, _ = b.sw.API("uuid_kill %s", uuid)
			})
		})
		answered := answeredOf(jobs, fmt.Sprintf("%d calls, %g a second", s.Calls, s.Rate))
		s.Failed = len(jobs) - len(answered)
		for _, job := range answered {
			s.Setup = append(s.Setup, (job.Took-time.Duration(job.Number)*gap).Seconds()*1000)
		}
		farewells.Wait()
		return err
	})
	if err != nil {
		return fmt.Errorf("%g calls a second: %w", b.rate, err)
	}
	after, err := machine()
	if err != nil {
		return err
	}
	s.Machine = after.allSince(before)
	c.Sustained = s
	return nil
}
