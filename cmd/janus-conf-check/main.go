// SPDX-License-Identifier: MPL-2.0

// Command janus-conf-check says what mod_janus would find wrong with a janus.conf.xml, without
// FreeSWITCH: what the log has when the module is loaded, a line each, with the file in front.
//
// It exits with 0 where there is nothing to say, with 1 where there is, and with 2 where it has
// been called wrongly.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/bridge/pool/store"
)

// file is where FreeSWITCH's packages have the configuration.
const file = "/etc/freeswitch/autoload_configs/janus.conf.xml"

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

const usage = `usage: janus-conf-check [-e] [-conf FOLDER] [-set NAME=VALUE]... [FILE]...

Says what mod_janus would find wrong with each FILE, %s
unless others are named. Exits with 1 where something is wrong.

  -e                exit with 1 for errors alone, not for warnings
  -conf FOLDER      FreeSWITCH's configuration: vars.xml and autoload_configs/switch.conf.xml
                    (default: the folder above FILE's)
  -set NAME=VALUE   what FreeSWITCH knows as $${NAME}; wins over vars.xml
`

// run is main. It returns the exit status.
func run(args []string, out, complaints io.Writer) int {
	flags := flag.NewFlagSet("janus-conf-check", flag.ContinueOnError)
	flags.SetOutput(complaints)
	flags.Usage = func() { fmt.Fprintf(complaints, usage, file) }
	errorsAlone := flags.Bool("e", false, "")
	conf := flags.String("conf", "", "")
	set := make(map[string]string)
	flags.Func("set", "", func(text string) error {
		name, value, found := strings.Cut(text, "=")
		if !found || name == "" {
			return errors.New("want NAME=VALUE")
		}
		set[name] = value
		return nil
	})
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	files := flags.Args()
	if len(files) == 0 {
		files = []string{file}
	}
	wrong := 0
	for _, file := range files {
		folder := cmp.Or(*conf, filepath.Dir(filepath.Dir(filepath.Clean(file))))
		problems, notes := check(file, folder, set)
		for _, p := range problems {
			word := "warning"
			if p.Level <= host.LevelError {
				word = "error"
			}
			if word == "error" || !*errorsAlone {
				wrong++
			}
			fmt.Fprintf(out, "%s: %s: %s\n", file, word, p.Text)
		}
		for _, note := range notes {
			fmt.Fprintf(out, "%s: note: %s\n", file, note)
		}
	}
	if wrong > 0 {
		return 1
	}
	return 0
}

// check returns what is wrong with a file, and what cannot be said of it. The folder is that of
// FreeSWITCH's configuration.
func check(file, folder string, set map[string]string) (problems []config.Problem, notes []string) {
	refuse := func(err error) ([]config.Problem, []string) {
		return append(problems, config.Problem{Level: host.LevelError, Text: err.Error()}), notes
	}
	known := newVariables(folder, set)
	text, err := known.expandFile(file)
	if err != nil {
		return refuse(err)
	}
	problems, notes = append(problems, known.problems...), append(notes, known.notes...)
	cfg, wrong, err := config.ParseConfig(text)
	if err != nil {
		return refuse(err)
	}
	problems = append(append(problems, wrong...), load(cfg, folder, known)...)
	if cfg.Database.DSN != "" {
		notes = append(notes, fmt.Sprintf("the servers of %s are not checked, nor which servers a pool has", cfg.Database))
	}
	return problems, notes
}

// load is what a load finds wrong with a configuration that could be read: ports, files, folders,
// and the servers and stores of the pools.
func load(cfg config.Config, folder string, known *variables) (problems []config.Problem) {
	if cfg.Database.DSN == "" { // whose servers may be what a pool lists
		problems = append(problems, cfg.FillPools()...)
	}
	for _, pool := range cfg.Pools {
		if err := store.Check(pool.Store, pool.Name); pool.Store != "" && err != nil {
			problems = append(problems, config.Problem{
				Level: host.LevelError, Text: fmt.Sprintf("pool %q: param store: %s; the pool has no store", pool.Name, err),
			})
		}
	}
	first, last := ports(filepath.Join(folder, "autoload_configs", "switch.conf.xml"), known)
	for _, server := range cfg.Servers {
		if p, overlap := server.PortOverlap(first, last); overlap {
			problems = append(problems, p)
		}
		if _, err := server.TLSConfig(); err != nil {
			problems = append(problems, config.Problem{Level: host.LevelError, Text: fmt.Sprintf("server %q is ignored: %s", server.Name, err)})
		}
	}
	if cfg.Archive != nil {
		if err := cfg.Archive.Check(); err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				problems = append(problems, config.Problem{Level: host.LevelError, Text: fmt.Sprintf("archive: %s; nothing is archived", line)})
			}
		}
	}
	return problems
}
