// SPDX-License-Identifier: MPL-2.0

package realjanus

import (
	"fmt"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// StartProcess starts a command from a thread that lives as long as it: with
// Pdeathsig, the end of the thread would be the end of the process.
func StartProcess(cmd *exec.Cmd, end chan struct{}) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
			close(end)
		}
	}()
	return <-started
}

// StopProcess sends a signal to a process and waits for its end; one that does not end is killed.
func StopProcess(cmd *exec.Cmd, end chan struct{}, signal syscall.Signal) {
	if cmd == nil || cmd.Process == nil {
		return
	}
	_ = cmd.Process.Signal(signal)
	select {
	case <-end:
	case <-time.After(StartLimit):
		_ = cmd.Process.Kill()
		<-end
	}
}

// Until polls a condition that nothing announces, for at most limit.
func Until(limit time.Duration, what string, met func() bool) error {
	deadline := time.Now().Add(limit)
	for pause := 2 * time.Millisecond; !met(); pause = min(2*pause, 100*time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("not within %s: %s", limit, what)
		}
		time.Sleep(pause)
	}
	return nil
}
