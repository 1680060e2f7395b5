// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"

	"mod_janus/janusclient"
)

// environment is what figures were measured in: they are compared with those of the same alone.
type environment struct {
	Switch string `json:"switch"`          // as it says itself
	Janus  string `json:"janus,omitempty"` // its version, as it says itself; "" where media peers stand for it
	Kernel string `json:"kernel"`
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	// Go is the version that each module was built with, "" where it is not of Go.
	Go map[string]string `json:"go"`
}

// newEnvironment describes machine and modules; switch and Janus are asked when they run.
func newEnvironment(modules []module) *environment {
	e := &environment{Kernel: kernel(), CPU: processor(), Cores: runtime.NumCPU(), Go: map[string]string{}}
	for _, m := range modules {
		e.Go[m.name] = ""
		if info, err := buildinfo.ReadFile(m.path); err == nil {
			e.Go[m.name] = info.GoVersion
		}
	}
	return e
}

func kernel() string {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return "unknown"
	}
	return unix.ByteSliceToString(name.Sysname[:]) + " " + unix.ByteSliceToString(name.Release[:])
}

// processor is the model of the first core.
func processor() string {
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		return "unknown"
	}
	cores, err := fs.CPUInfo()
	if err != nil || len(cores) == 0 || cores[0].ModelName == "" {
		return "unknown"
	}
	return cores[0].ModelName
}

// askJanus notes the version of a Janus that runs.
func (e *environment) askJanus(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	client, err := janusclient.New(janusclient.Config{URL: url})
	if err != nil {
		return err
	}
	defer client.Close()
	info, err := client.Info(ctx)
	if err != nil {
		return err
	}
	e.Janus = info.VersionString
	return nil
}

// askSwitch notes what a switch says that it is.
func (e *environment) askSwitch(version string) {
	line, _, _ := strings.Cut(strings.TrimSpace(version), "\n")
	e.Switch = line
}

// String is the head of a table.
func (e *environment) String() string {
	janus := "media peers, no Janus"
	if e.Janus != "" {
		janus = "Janus " + e.Janus
	}
	return fmt.Sprintf("%s; %s; %s; %d cores (%s)", e.Switch, janus, e.Kernel, e.Cores, e.CPU)
}

// of says what a module was built with.
func (e *environment) of(name string) string {
	if e.Go[name] == "" {
		return name + ": not of Go"
	}
	return name + ": " + e.Go[name]
}
