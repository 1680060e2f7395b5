// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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

// Set reads the list. An empty text is an empty list.
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

// check finds what is wrong with the options before anything is measured, and makes the folders
// that a run writes to: what takes many minutes to measure is not to be lost at its end.
func (o options) check() error {
	for _, rule := range []struct {
		good bool
		flag string
		is   any
		want string
	}{
		{measurements[o.what] != nil, "what", o.what, "cost, delay, limit, quality or scale"},
		{o.host == "minihost" || o.host == "freeswitch", "host", o.host, "minihost or freeswitch"},
		{o.rounds >= 1, "rounds", o.rounds, "1 at least"},
		{o.limit > 0, "limit", o.limit, "a time such as 30m"},
		{o.span > 0, "for", o.span, "a time such as 10s"},
		{o.legs >= 2, "legs", o.legs, "2 at least, as legs are bridged in pairs"},
		{o.singles >= 0, "singles", o.singles, "0 at least"},
		{o.clicks >= 1, "clicks", o.clicks, "1 at least"},
		{o.quiet >= 0, "quiet", o.quiet, "percent of a core, or 0 for no waiting"},
		{o.patience >= 0, "patience", o.patience, "a time such as 2m"},
		{o.long >= 0 && o.long <= time.Hour, "long", o.long, "a time up to an hour, or 0 for the usual networks"},
		{o.rate >= 0 && o.rate <= 1000, "rate", o.rate, "0 to 1000 calls a second"},
		{o.rateFor > 0, "rate-for", o.rateFor, "a time such as 1m"},
		{len(o.sizes) > 0 && slices.IsSorted(o.sizes) && o.sizes[0] >= 2, "sizes", &o.sizes, "numbers of legs that grow, 2 at least"},
		{o.from >= 2, "from", o.from, "2 at least, as legs are bridged in pairs"},
		{o.most >= o.from, "most", o.most, fmt.Sprintf("%d at least, which is -from", o.from)},
	} {
		if !rule.good {
			return fmt.Errorf("-%s %v: want %s", rule.flag, rule.is, rule.want)
		}
	}
	return o.makeFolders()
}

// makeFolders makes the folders of -keep, -json and -chart.
func (o options) makeFolders() error {
	for _, to := range []struct{ flag, folder string }{
		{"keep", o.keep}, {"json", filepath.Dir(o.json)}, {"chart", filepath.Dir(o.chart)},
	} {
		if to.folder == "" {
			continue
		}
		if err := os.MkdirAll(to.folder, 0o755); err != nil { // #nosec G301 -- for everybody to read
			return fmt.Errorf("-%s: %w", to.flag, err)
		}
	}
	return nil
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
