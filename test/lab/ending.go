// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// ending is how a switch ends: asked to, or by itself, which no switch of a test should.
type ending struct {
	asked atomic.Bool
	told  sync.Once
	words string
}

// coresFolder is where cores are kept; what is in it stays when the tests are over.
func coresFolder() string { return filepath.Join(os.TempDir(), "mod-janus-cores") }

// allowCores lets the processes that are started until restore is called leave a core,
// as far as this one may.
func allowCores() (restore func()) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &limit); err != nil {
		return func() {}
	}
	most := unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}
	if unix.Setrlimit(unix.RLIMIT_CORE, &most) != nil { // not root
		most = unix.Rlimit{Cur: limit.Max, Max: limit.Max}
		_ = unix.Setrlimit(unix.RLIMIT_CORE, &most)
	}
	return func() { _ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{Cur: limit.Cur, Max: most.Max}) }
}

// Ended says how the switch has ended, if it has and nobody has asked it to: its exit status or
// signal, where its core is kept, and the last of what it printed. Otherwise it is "".
func (s *Switch) Ended() string {
	select {
	case <-s.end:
	default:
		return ""
	}
	if s.asked.Load() {
		return ""
	}
	s.told.Do(func() {
		s.words = fmt.Sprintf("%s (pid %d) has ended by itself: %s; %s", s.Host, s.PID(), s.cmd.ProcessState, s.keepCore())
		if printed, err := os.ReadFile(filepath.Join(s.dir, "output")); err == nil && len(printed) > 0 {
			s.words += "; it printed: " + strings.TrimSpace(string(printed[max(0, len(printed)-2000):]))
		}
	})
	return s.words
}

// keepCore moves the core out of the test's folder, which goes with the test, and says where it is.
func (s *Switch) keepCore() string {
	pattern, _ := os.ReadFile("/proc/sys/kernel/core_pattern")
	cores, _ := filepath.Glob(filepath.Join(s.dir, "core*"))
	if len(cores) == 0 {
		return "no core in its folder (kernel.core_pattern is " + strings.TrimSpace(string(pattern)) + ")"
	}
	kept := filepath.Join(coresFolder(), fmt.Sprintf("%s-%d.core", s.Host, s.PID()))
	if err := errors.Join(os.MkdirAll(coresFolder(), 0o700), os.Rename(cores[0], kept)); err != nil {
		return "its core cannot be kept: " + err.Error()
	}
	return "its core is " + kept
}

// endingPatience is how long a switch that has closed its event socket may take to be gone.
const endingPatience = 5 * time.Second

// explain adds to an error of the event socket how the switch has ended, where it has.
func (s *Switch) explain(err error) error {
	if err == nil || s.asked.Load() {
		return err
	}
	select {
	case <-s.end:
	case <-time.After(endingPatience):
	}
	if why := s.Ended(); why != "" {
		return fmt.Errorf("%w: %s", err, why)
	}
	return err
}
