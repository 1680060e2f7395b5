// SPDX-License-Identifier: MPL-2.0

package archive

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// find looks a program up.
func find(name string) (string, error) {
	path, err := exec.LookPath(name)
	var wrong *exec.Error
	switch {
	case err == nil:
		return path, nil
	case errors.Is(err, exec.ErrNotFound):
		return "", fmt.Errorf("%s is not found in PATH", name)
	case errors.As(err, &wrong):
		return "", fmt.Errorf("%s cannot be run: %w", name, reasonOf(wrong.Err))
	}
	return "", err
}

// run runs a program to its end, or until ctx ends. It gets no CPU that a call could use, no file
// of the switch, and no variable of its environment but PATH. The error says in the program's own
// words what went wrong.
func run(ctx context.Context, name string, args ...string) error {
	path, err := find(name)
	if err != nil {
		return err
	}
	// Pdeathsig is sent when the thread ends that has started the program
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var out output
	cmd := exec.CommandContext(ctx, path, args...) // #nosec G204 -- the operator's
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	cmd.Dir = "/"
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }
	cmd.WaitDelay = time.Second
	// a port that a call of the switch has closed must not stay open in the program (Linux 5.11)
	_ = unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%s cannot be run: %w", name, reasonOf(err))
	}
	// what a switch in real time starts would be in real time as well
	_ = unix.SchedSetAttr(cmd.Process.Pid, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_BATCH, Nice: 19}, 0)
	err = cmd.Wait()
	if ctx.Err() != nil {
		return fmt.Errorf("%s was ended: %w", name, context.Cause(ctx))
	}
	said := out.wrong(err != nil)
	switch {
	case err != nil && said != "":
		return fmt.Errorf("%s: %s (%w)", name, said, err)
	case err != nil:
		return fmt.Errorf("%s: %w", name, err)
	case said != "": // janus-pp-rec ends with 0 when it could not write
		return fmt.Errorf("%s: %s", name, said)
	}
	return nil
}

// output keeps the beginning of what a program prints.
type output struct {
	mu   sync.Mutex
	text []byte
}

const longestOutput = 4096

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, p[:min(len(p), longestOutput-len(o.text))]...)
	return len(p), nil
}

// place is where in its source janus-pp-rec logs a line.
var place = regexp.MustCompile(`^\[[^]]*:\d+\] `)

// wrong is the first line that janus-pp-rec marks as an error, and else, where the program has
// failed, the first line of all.
func (o *output) wrong(failed bool) (words string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for line := range strings.Lines(strings.ToValidUTF8(string(o.text), "\uFFFD")) {
		line = strings.TrimSpace(line)
		for _, mark := range []string{"[ERR] ", "[FATAL] "} {
			if text, marked := strings.CutPrefix(line, mark); marked {
				return place.ReplaceAllString(text, "")
			}
		}
		if failed && words == "" {
			words = line
		}
	}
	return words
}
