// SPDX-License-Identifier: MPL-2.0

package realjanus

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// Namespace is a network namespace without a name: it is there as long as the
// process that holds it, and that ends with the one that made it, however that
// ends. A nil Namespace is the one in which this process runs.
type Namespace struct {
	holder *exec.Cmd
	end    chan struct{}
}

// NewNamespace makes one, with its loopback interface up. It takes root.
func NewNamespace() (*Namespace, error) {
	// unshare and nsenter exec: holder is the process that sleeps
	n := &Namespace{holder: exec.Command("unshare", "--net", "sleep", "infinity"), end: make(chan struct{})}
	n.holder.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := StartProcess(n.holder, n.end); err != nil {
		return nil, fmt.Errorf("network namespace: %w", err)
	}
	ours, err := os.Readlink("/proc/self/ns/net")
	if err == nil {
		err = Until(StartLimit, "there is a network namespace", func() bool {
			theirs, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", n.holder.Process.Pid))
			return err == nil && theirs != ours
		})
	}
	if err == nil {
		err = n.Run("", "ip", "link", "set", "lo", "up")
	}
	if err != nil {
		n.Close()
		return nil, err
	}
	return n, nil
}

// Command is exec.Command for a process in the namespace.
func (n *Namespace) Command(name string, args ...string) *exec.Cmd {
	if n == nil {
		return exec.Command(name, args...)
	}
	return exec.Command("nsenter", append([]string{"--target", n.PID(), "--net", "--", name}, args...)...)
}

// PID is that of the process that holds the namespace.
func (n *Namespace) PID() string { return strconv.Itoa(n.holder.Process.Pid) }

// Run runs a command in the namespace to its end.
func (n *Namespace) Run(input, name string, args ...string) error {
	cmd := n.Command(name, args...)
	cmd.Stdin = strings.NewReader(input)
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, output)
	}
	return nil
}

// RunAll runs commands, in which no argument has a space, one after the other.
func (n *Namespace) RunAll(commands ...string) error {
	for _, command := range commands {
		words := strings.Fields(command)
		if err := n.Run("", words[0], words[1:]...); err != nil {
			return err
		}
	}
	return nil
}

// Close ends what holds the namespace. It goes when the last process in it has
// ended.
func (n *Namespace) Close() { StopProcess(n.holder, n.end, syscall.SIGKILL) }

// ErrNoNamespace keeps a lab from changing the machine's own network.
var ErrNoNamespace = errors.New("this process is not in a network namespace of its own: run it under scripts/netns, as root")
