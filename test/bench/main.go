// SPDX-License-Identifier: MPL-2.0

// Bench measures what calls cost and how good they are, for any mod_janus.so,
// and for several in turn: A B A B ..., each in a switch and with a Janus of its
// own, on one machine in one run.
//
//	bench [flags] name=path/to/mod_janus.so ...
//
// -what cost, per module: the switch idling with the module loaded; N legs
// bridged in pairs, Opus to Opus, for some seconds; the switch's own floor (as
// many null legs); set-up of one call at a time and of bursts. It prints medians
// over the rounds with their spread, and the ratio to the first module, round by
// round: what disturbs the machine for longer than a round disturbs both.
//
// -what scale: some hundred legs against a light media peer of our own, no mixer:
// CPU over legs, and of each frame whether it came out of the other leg, and when.
// A number that is too much for the machine ends it, and what came before is kept.
//
// -what limit: the most legs against media peers at which sound is good, found by
// adding legs and taking some away.
//
// -what quality: speech from one leg to another through Janus, over networks that
// lose and delay packets, compared with the original.
//
// -what delay: clicks and a tone from a participant of one room to one of another,
// whose rooms two bridged legs join; less what it takes when packets are passed
// on at once instead.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	o := options{bursts: sizes{10, 40, 100}, sizes: sizes{20, 100, 200, 300}}
	flag.StringVar(&o.what, "what", "cost", "what to measure: cost, delay, limit, quality or scale")
	flag.StringVar(&o.host, "host", "minihost", "switch: minihost or freeswitch")
	flag.StringVar(&o.minihost, "minihost", "build/minihost", "path of minihost")
	flag.IntVar(&o.legs, "legs", 20, "legs bridged in pairs")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds; each measures every module once; of -what limit 1 unless given")
	flag.DurationVar(&o.span, "for", 10*time.Second, "how long a state is measured; of -what limit a minute unless given")
	flag.IntVar(&o.singles, "singles", 40, "calls set up one at a time")
	flag.IntVar(&o.clicks, "clicks", 4, "clicks whose delay is measured at each phase of the clocks, one every 0.8 s")
	flag.Float64Var(&o.quiet, "quiet", 0, "before each measurement, wait until others use less than this many percent of a core; 0: do not wait")
	flag.DurationVar(&o.patience, "patience", 2*time.Minute, "how long -quiet waits at most")
	flag.Var(&o.sizes, "sizes", "numbers of legs of -what scale")
	flag.StringVar(&o.keep, "keep", "", "folder for the recordings of -what quality")
	flag.DurationVar(&o.long, "long", 0, "instead of its networks, -what quality has text spoken for so long, at 3 % loss: 10m")
	flag.Uint64Var(&o.seed, "seed", 1, "of the networks of -what quality")
	flag.Var(&o.bursts, "bursts", "sizes of bursts of calls")
	flag.StringVar(&o.json, "json", "", "file for everything measured, as JSON")
	flag.StringVar(&o.chart, "chart", "", "file for a chart, SVG")
	flag.DurationVar(&o.limit, "limit", 30*time.Minute, "how long the whole run may take; then it ends with what it has")
	flag.Float64Var(&o.rate, "rate", 0, "calls a second that -what cost places for the time of -rate-for, each hung up after 2 s; 0: none")
	flag.DurationVar(&o.rateFor, "rate-for", time.Minute, "how long -rate places calls")
	flag.Var(&o.procs, "procs", "measure each module with these values of GOMAXPROCS in turn: 1,2; none: what Go chooses")
	flag.IntVar(&o.from, "from", 50, "number of legs with which -what limit begins")
	flag.IntVar(&o.most, "most", 1200, "number of legs above which -what limit does not look")
	flag.Parse()
	o.defaults()
	modules, err := parseModules(flag.Args())
	if err == nil {
		modules = withProcs(modules, o.procs)
		var cancel context.CancelFunc
		o.ctx, cancel = context.WithTimeout(context.Background(), o.limit)
		o.env = newEnvironment(modules)
		err = run(o, modules)
		cancel()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// measurements are what -what may say.
var measurements = map[string]func(options, []module) error{
	"cost": runCost, "delay": runDelay, "limit": runLimit, "quality": runQuality, "scale": runScale,
}

func run(o options, modules []module) error {
	if err := o.check(); err != nil {
		return err
	}
	return measurements[o.what](o, modules)
}

func runCost(o options, modules []module) error {
	fmt.Printf("%s, %d legs bridged in pairs, %d rounds, %s each\n", o.host, o.legs/2*2, o.rounds, o.span)
	return compare(o, modules, measureCost, costTable, costChart)
}

func runDelay(o options, modules []module) error {
	fmt.Printf("%s, %d rounds, a tone of %s and %d clicks each\n", o.host, o.rounds, o.span, o.clicks)
	return compare(o, modules, measureDelay, delayTable, delayChart)
}
