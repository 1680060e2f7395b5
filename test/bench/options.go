// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// options of a run.
type options struct {
	host, minihost string
	what           string
	legs, rounds   int
	span           time.Duration
	singles        int
	clicks         int
	keep           string
	long           time.Duration // of the text that is spoken at 3 % loss; 0: the usual networks
	quiet          float64
	patience       time.Duration
	seed           uint64
	bursts, sizes  sizes
	rate           float64       // calls a second
	rateFor        time.Duration // for so long
	procs          sizes
	from, most     int
	json, chart    string
	env            *environment
	limit          time.Duration   // of the whole run
	ctx            context.Context // ends with the run, or when its time is up
}

// module is one build under test.
type module struct {
	name, path string
	// procs is GOMAXPROCS of the switch's environment; 0: what Go chooses.
	procs int
}

// env is what the module finds in the switch's environment.
func (m module) env() []string {
	if m.procs == 0 {
		return nil
	}
	return []string{fmt.Sprintf("GOMAXPROCS=%d", m.procs)}
}

// sizes is a list of numbers as a flag: 10,40,100.
type sizes []int

func (s *sizes) String() string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(*s), " ", ","), "[]")
}

// Set reads the list; an empty one is none.
func (s *sizes) Set(text string) error {
	*s = nil
	for field := range strings.SplitSeq(text, ",") {
		if field == "" {
			continue
		}
		n, err := strconv.Atoi(field)
		if err != nil || n < 1 {
			return fmt.Errorf("%q is no size", field)
		}
		*s = append(*s, n)
	}
	return nil
}

// defaults are those that depend on what is measured.
func (o *options) defaults() {
	given := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if o.what != "limit" {
		return
	}
	if !given["for"] {
		o.span = time.Minute
	}
	if !given["rounds"] {
		o.rounds = 1
	}
}

func parseModules(args []string) ([]module, error) {
	var modules []module
	for _, arg := range args {
		name, path, found := strings.Cut(arg, "=")
		if !found {
			name, path = arg, arg
		}
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("module %q: %w: want name=path/to/mod_janus.so", arg, err)
		}
		modules = append(modules, module{name: name, path: path})
	}
	if len(modules) == 0 {
		return nil, errors.New("no module is named: bench [flags] name=path/to/mod_janus.so")
	}
	return modules, nil
}

// withProcs is each module once for each number of processors that Go may use at a time.
func withProcs(modules []module, procs sizes) []module {
	if len(procs) == 0 {
		return modules
	}
	var all []module
	for _, m := range modules {
		for _, n := range procs {
			all = append(all, module{name: fmt.Sprintf("%s, GOMAXPROCS=%d", m.name, n), path: m.path, procs: n})
		}
	}
	return all
}
