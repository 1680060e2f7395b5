// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What sound must be for a number of legs to hold.
const (
	holdsP99  = 80.0 // ms: the delay's 99th percentile is below
	holdsLost = 0.1  // %: no more of the frames is lost
)

const (
	// shortProbe is long enough to rule a number out.
	shortProbe = 5 * time.Second
	// fewLegs is where the delay is that of a machine with nothing to do.
	fewLegs = 20
	// busyMachine is the CPU of the machine, in percent of all cores, up to which the delay should
	// be that of few legs.
	busyMachine = 70.0
	// recovery is how long it may be heard, after the number has changed, that there were too many
	// legs: a buffer that has grown to 200 ms gives up 20 ms a second. glance is how often to look.
	recovery = 20 * time.Second
	glance   = 2 * time.Second
	// warmUp is how long new legs change their buffers, after they have settled: what they leave
	// out then says nothing of a machine with too much to do.
	warmUp = 4 * time.Second
)

// capacity is what one round says of one module.
type capacity struct {
	Idle usage `json:"idle"`
	// Legs is the most that held; AtLeast says that more were not tried.
	Legs    int     `json:"legs"`
	AtLeast bool    `json:"at_least,omitempty"`
	Few     *level  `json:"few_legs"`          // nil where even these were too many
	Busy    *level  `json:"at_70_percent_cpu"` // nil where the machine is not that busy at the limit
	Most    *level  `json:"at_the_limit"`
	Probes  []probe `json:"probes"`
	// TooLong says that the time was up before the limit was found.
	TooLong string `json:"too_long,omitempty"`
}

// probe is one number of legs that was tried.
type probe struct {
	level
	Fails string `json:"fails,omitempty"` // why; "" is a number that holds
}

func (p probe) String() string {
	verdict := "holds"
	if p.Fails != "" {
		verdict = "fails: " + p.Fails
	}
	return fmt.Sprintf("%d legs, %.0f s: CPU of the switch %.0f %% of a core, of the machine %.0f %% of all; delay %.1f ms, 99th %.1f; %d gaps over 40 ms: %s",
		p.Legs, p.Seconds, p.Usage.CPU, p.Usage.Machine, p.Median, p.P99, p.Gaps, verdict)
}

// failure says why sound is not good; "" if it is. By chance says that it may be another time.
func (l level) failure() (why string, byChance bool) {
	var all []string
	if l.Deaf > 0 {
		all = append(all, fmt.Sprintf("%d streams never came", l.Deaf))
	}
	if l.P99 >= holdsP99 {
		all = append(all, fmt.Sprintf("the delay's 99th percentile is %.0f ms", l.P99))
	}
	byChance = len(all) == 0
	if l.Gaps > 0 {
		all = append(all, fmt.Sprintf("%d gaps, the longest %.1f ms (as sent: %.1f ms)", l.Gaps, l.Longest, l.SentLate))
	}
	if l.lost() > holdsLost {
		all = append(all, fmt.Sprintf("%.2f %% lost", l.lost()))
	}
	return strings.Join(all, ", "), byChance && len(all) > 0
}

func (c capacity) String() string {
	text := c.most()
	for _, at := range []struct {
		name string
		*level
	}{{"few legs", c.Few}, {"70 % of the machine", c.Busy}, {"the limit", c.Most}} {
		if at.level != nil {
			text += fmt.Sprintf("; at %s (%d legs) delay %.1f ms, 99th %.1f", at.name, at.Legs, at.Median, at.P99)
		}
	}
	if c.TooLong != "" {
		text += "; " + c.TooLong
	}
	return text
}

// most is the number that was found, in words.
func (c capacity) most() string {
	switch {
	case c.Legs == 0:
		return "no number of legs holds"
	case c.AtLeast:
		return fmt.Sprintf("at least %d legs", c.Legs)
	default:
		return fmt.Sprintf("at most %d legs", c.Legs)
	}
}

func runLimit(o options, modules []module) error {
	fmt.Printf("%s against media peers, the most legs bridged in pairs at which for %s no stream has a gap over 40 ms, "+
		"the delay's 99th percentile is below %.0f ms, and at most %.1f %% is lost\n", o.host, o.span, holdsP99, holdsLost)
	return compare(o, modules, measureLimit, limitTable, limitChart)
}

// finder looks for the limit of one module. After a number that leaves the switch without an
// answer, or ends calls, the next one gets a new switch.
type finder struct {
	options
	module
	rig    *rig
	found  capacity
	failed bool // the last probe: what it has left behind must go
}

func measureLimit(o options, m module) (capacity, error) {
	f := &finder{options: o, module: m}
	defer f.stop()
	if err := f.start(); err != nil {
		return f.found, err
	}
	f.found.Idle = f.rig.idle
	few, err := f.probe(fewLegs, shortProbe)
	if err == nil && few.Fails == "" {
		f.found.Few = &few.level
	}
	if err == nil {
		f.found.Legs, err = search(o.from, o.most, f.short, f.full)
	}
	f.found.AtLeast = f.found.Legs >= o.most/2*2
	if err == nil {
		err = f.busy()
	}
	if err != nil && o.ctx.Err() != nil && len(f.found.Probes) > 0 {
		f.found.TooLong, f.found.AtLeast = fmt.Sprintf("the time was up before all was measured (-limit %s)", o.limit), f.found.Legs > 0
		err = nil
	}
	return f.found, err
}

func (f *finder) start() (err error) {
	f.rig, err = newRig(f.options, f.module, shortProbe)
	return err
}

func (f *finder) stop() {
	if f.rig != nil {
		f.rig.close()
	}
	f.rig = nil
}

func (f *finder) short(legs int) (bool, error) { return f.holds(legs, shortProbe) }

func (f *finder) full(legs int) (bool, error) {
	holds, err := f.holds(legs, f.span)
	if holds {
		f.found.Most = &f.found.Probes[len(f.found.Probes)-1].level
	}
	return holds, err
}

// holds probes a number once more where it has failed by what may be chance.
func (f *finder) holds(legs int, span time.Duration) (bool, error) {
	for again := false; ; again = true {
		p, err := f.probe(legs, span)
		if err != nil || p.Fails == "" {
			return err == nil, err
		}
		if _, byChance := p.failure(); again || !byChance {
			return false, nil
		}
	}
}

// probe goes to a number of legs and listens for a while. An error is one of the benchmark, or
// says that the run's time is up.
func (f *finder) probe(legs int, span time.Duration) (p probe, err error) {
	if f.rig == nil {
		if err = f.start(); err != nil {
			return p, err
		}
	}
	before := f.rig.legs()
	if err = f.rig.setLegs(legs); err == nil && legs > before {
		err = pause(f.ctx, warmUp)
	}
	if err == nil && f.failed {
		err = f.recover()
	}
	if err == nil {
		p.level, err = f.rig.level(span)
	}
	p.Legs = legs
	if f.ctx.Err() != nil {
		return p, f.ctx.Err()
	}
	p.Fails, _ = p.failure()
	if err != nil {
		p.Fails = err.Error()
		if !f.rig.answers() || f.rig.peers.Up() < f.rig.legs() { // calls have ended
			f.stop()
		}
	}
	f.failed = p.Fails != ""
	f.found.Probes = append(f.found.Probes, p)
	fmt.Printf("  %s: %s\n", f.name, p)
	return p, nil
}

// recover waits, after a number that has failed, until sound is good again, or need not be awaited.
func (f *finder) recover() error {
	for began := time.Now(); time.Since(began) < recovery; {
		l, err := f.rig.level(glance)
		if err != nil {
			return err
		}
		if why, _ := l.failure(); why == "" {
			return nil
		}
	}
	return nil
}

// search finds the most legs that hold: it doubles them until they fail for a short time, and
// halves the rest until it is 5 %. A number counts once it has held for the full time.
func search(from, most int, short, full func(int) (bool, error)) (int, error) {
	good, bad, proved := 0, 0, 0 // good has held for a short time at least
	for n := even(from); bad == 0; n = min(2*n, even(most)) {
		holds, err := short(n)
		switch {
		case err != nil:
			return 0, err
		case !holds:
			bad = n
		case n == even(most):
			good, bad = n, n+2
		default:
			good = n
		}
	}
	for {
		for bad-good > max(2, good/20) {
			middle := even((good + bad) / 2)
			holds, err := short(middle)
			if holds {
				holds, err = full(middle)
			}
			if err != nil {
				return proved, err
			}
			if holds {
				good, proved = middle, middle
			} else {
				bad = middle
			}
		}
		if good == proved {
			return proved, nil
		}
		holds, err := full(good)
		if holds {
			proved = good
		}
		if err != nil || holds {
			return proved, err
		}
		good, bad = 0, good
	}
}

func even(n int) int { return n / 2 * 2 }

// busy measures where the machine has 70 % of its CPU to do.
func (f *finder) busy() error {
	legs := legsAt(f.found.Probes, f.found.Legs, busyMachine)
	if legs == 0 {
		return nil
	}
	p, err := f.probe(legs, 2*shortProbe)
	if err == nil && p.Seconds > 0 {
		f.found.Busy = &p.level
	}
	return err
}

// legsAt is at how many legs, up to a number, the machine's CPU is so much, by what was probed;
// 0 where it is less.
func legsAt(probes []probe, most int, cpu float64) int {
	known := slices.DeleteFunc(slices.Clone(probes), func(p probe) bool { return p.Seconds == 0 || p.Legs > most })
	slices.SortFunc(known, func(a, b probe) int { return a.Legs - b.Legs })
	for i, p := range known {
		if p.Usage.Machine < cpu {
			continue
		}
		if i == 0 {
			return p.Legs
		}
		below := known[i-1]
		share := (cpu - below.Usage.Machine) / (p.Usage.Machine - below.Usage.Machine)
		return max(even(below.Legs+int(share*float64(p.Legs-below.Legs))), 2)
	}
	return 0
}
