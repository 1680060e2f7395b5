// SPDX-License-Identifier: MPL-2.0

// Bench measures what calls cost and how fast they are set up, for any
// mod_janus.so, and for several in turn: A B A B ..., each in a switch and with
// a Janus of its own, on one machine in one run.
//
//	bench [flags] name=path/to/mod_janus.so ...
//
// Per module: the switch idling with the module loaded; the switch's own floor
// (pairs of bridged null legs, where the host has them); N legs bridged in
// pairs, Opus to Opus, for some seconds; set-up of one call at a time and of 40
// at once. It prints medians over the rounds, and ratios to the first module.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

// options of a run.
type options struct {
	host, minihost string
	legs, rounds   int
	span           time.Duration
	singles, burst int
}

// module is one build under test.
type module struct {
	name, path string
	results    []result
}

func main() {
	var o options
	flag.StringVar(&o.host, "host", "minihost", "switch: minihost or freeswitch")
	flag.StringVar(&o.minihost, "minihost", "build/minihost", "path of minihost")
	flag.IntVar(&o.legs, "legs", 20, "legs bridged in pairs")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds; each measures every module once")
	flag.DurationVar(&o.span, "for", 10*time.Second, "how long a level of CPU is measured")
	flag.IntVar(&o.singles, "singles", 20, "calls set up one at a time")
	flag.IntVar(&o.burst, "burst", 40, "calls set up at once")
	flag.Parse()
	var modules []*module
	for _, arg := range flag.Args() {
		name, path, found := strings.Cut(arg, "=")
		if !found {
			name, path = arg, arg
		}
		modules = append(modules, &module{name: name, path: path})
	}
	if len(modules) == 0 || o.legs < 2 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(o, modules); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(o options, modules []*module) error {
	fmt.Printf("%s, %d legs bridged in pairs, %d rounds, %s each\n", o.host, o.legs, o.rounds, o.span)
	for round := range o.rounds {
		for _, m := range modules {
			r, err := measure(o, m.path)
			if err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
			m.results = append(m.results, r)
			fmt.Printf("round %d %-12s %s\n", round+1, m.name, r)
		}
	}
	report(modules)
	return nil
}
