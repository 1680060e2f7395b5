// SPDX-License-Identifier: MPL-2.0

package console

import (
	"strings"
	"time"

	"mod_janus/bridge/archive"
	"mod_janus/bridge/call"
	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/bridge/pool"
	"mod_janus/bridge/server"
)

// Env is what the console needs of the engine.
type Env struct {
	Host    host.Host
	Servers func() []*server.Server                   // those of the configuration, in its order
	Server  func(name string) (*server.Server, error) // the one of this name
	Pools   func() []*pool.Pool                       // those of the configuration, in its order
	Pool    func(name string) *pool.Pool              // the one of this name; nil for none
	PoolOf  func(*server.Server) *pool.Pool           // the one that a server is in; nil for none
	Calls   func() []*call.Call                       // oldest first
	Reload  func() (Changes, error)                   // reads the configuration again
	// Convert has a file of the archive, or those of a folder, converted in the background;
	// format "" is that of the configuration.
	Convert func(path string, format archive.Format) (Conversions, error)
	Debug   func(on bool) // has all messages from and to Janus logged
	Totals  func() Totals

	Versions func() Versions
	Metrics  func() (string, error) // in Prometheus' text format
}

// Versions are what `janus version` shows; "" is what is not known.
type Versions struct {
	Module, Revision, Go string
	Built, Running       string // of the switch that the module was built for, and of the one that runs
}

// Totals are the figures of `janus status`.
type Totals struct {
	Dialled uint64    // calls ever
	Legs    int64     // that exist
	Started time.Time // when the module was loaded
}

// Console runs the commands of the switch's console, and the dialplan applications.
type Console struct{ env *Env }

// New makes the console of an engine.
func New(env *Env) *Console { return &Console{env} }

// Command runs a console command, all that follows "janus " on the line, and
// returns its output. Outputs are read by scripts: they do not change.
func (c *Console) Command(line string) string {
	name, text := config.CutWord(line)
	v, known := verbNamed(verbs, name)
	if !known {
		return usageError(allUsages()...)
	}
	return v.run(c, text)
}

// commandHelp runs `janus help [<command>]`.
func (c *Console) commandHelp(text string) string {
	shown := verbs
	if text != "" {
		v, known := verbNamed(verbs, text)
		if !known {
			return usageError(allUsages()...)
		}
		shown = []verb{v}
	}
	var out strings.Builder
	for _, v := range shown {
		out.WriteString(strings.Join(v.lines(), "\n") + "\n    " + v.help + "\n")
	}
	return out.String()
}
