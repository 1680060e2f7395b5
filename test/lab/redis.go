// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"bytes"
	"cmp"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"mod_janus/janusclient/realjanus"
)

// RedisConfig is what differs from one Redis to the next.
type RedisConfig struct {
	Namespace *realjanus.Namespace // in which it runs; nil is this process's
	Address   string               // "" is 127.0.0.1
	Password  string               // "" is none
	ReplicaOf *Redis               // that it copies; nil is none
	TLS       bool                 // instead of plain TCP; Certs are what it is secured with
	Cluster   bool                 // one node that has all slots
	Sentinel  *Redis               // it is a Sentinel that knows this one by the name main; nil is none
}

// Redis is a redis-server of its own, which keeps nothing on disk.
type Redis struct {
	Certs *realjanus.Certs // with TLS

	cfg  RedisConfig
	dir  string
	port int
	cmd  *exec.Cmd
	end  chan struct{} // closed when the process has ended

	starts int // so far
}

// FindRedis returns why no Redis can be started: the package redis-server is missing.
func FindRedis() error {
	if _, err := exec.LookPath("redis-server"); err != nil {
		return fmt.Errorf("there is no Redis to test with, install the package redis-server: %w", err)
	}
	return nil
}

// StartRedis starts one in dir, and waits until it answers.
func StartRedis(dir string, cfg RedisConfig) (*Redis, error) {
	cfg.Address = cmp.Or(cfg.Address, "127.0.0.1")
	r := &Redis{cfg: cfg, dir: dir}
	if cfg.TLS {
		var err error
		if r.Certs, err = realjanus.NewCerts(dir, cfg.Address); err != nil {
			return nil, err
		}
	}
	for try := 1; ; try++ {
		var err error
		if r.port, err = realjanus.FreePort(); err != nil {
			return nil, err
		}
		if err = r.Start(); err == nil && cfg.Cluster {
			err = r.takeSlots()
		}
		if err == nil || try == 5 || !strings.Contains(r.Log(), "Address already in use") {
			return r, err
		}
		r.Kill()
		if err := os.Remove(r.logFile()); err != nil {
			return nil, err
		}
		r.starts = 0
	}
}

// sentinel are the arguments of a Sentinel, which wants a file that it can write to.
func (r *Redis) sentinel(master *Redis) ([]string, error) {
	file := filepath.Join(r.dir, "sentinel.conf")
	text := fmt.Sprintf("bind %s\nport %d\ndir %s\nprotected-mode no\nsentinel monitor main %s %d 1\n", r.cfg.Address, r.port, r.dir, master.cfg.Address, master.port)
	if master.cfg.Password != "" {
		text += "sentinel auth-pass main " + master.cfg.Password + "\n"
	}
	return []string{file, "--sentinel"}, os.WriteFile(file, []byte(text), 0o600)
}

// arguments are those of redis-server.
func (r *Redis) arguments() ([]string, error) {
	if r.cfg.Sentinel != nil {
		return r.sentinel(r.cfg.Sentinel)
	}
	args := []string{"--bind", r.cfg.Address, "--dir", r.dir, "--save", "", "--appendonly", "no", "--protected-mode", "no", "--daemonize", "no"}
	if r.cfg.TLS {
		args = append(args, "--port", "0", "--tls-port", strconv.Itoa(r.port), "--tls-auth-clients", "no",
			"--tls-cert-file", r.Certs.Server, "--tls-key-file", r.Certs.ServerKey, "--tls-ca-cert-file", r.Certs.CA)
	} else {
		args = append(args, "--port", strconv.Itoa(r.port))
	}
	if r.cfg.Password != "" {
		args = append(args, "--requirepass", r.cfg.Password)
	}
	if of := r.cfg.ReplicaOf; of != nil {
		args = append(args, "--replicaof", of.cfg.Address, strconv.Itoa(of.port))
	}
	if r.cfg.Cluster {
		args = append(args, "--cluster-enabled", "yes")
	}
	return args, nil
}

// Start starts it again where it was, empty, after it has ended.
func (r *Redis) Start() error {
	log, err := os.OpenFile(r.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	args, err := r.arguments()
	if err != nil {
		return err
	}
	r.cmd = r.cfg.Namespace.Command("redis-server", args...)
	r.cmd.Stdout, r.cmd.Stderr = log, log
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	r.end = make(chan struct{})
	r.starts++
	if err := realjanus.StartProcess(r.cmd, r.end); err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	err = realjanus.Until(realjanus.StartLimit, "Redis answers", func() bool {
		select {
		case <-r.end:
			return true
		default:
			return r.ready()
		}
	})
	select {
	case <-r.end:
		return fmt.Errorf("redis has ended: %s", r.Log())
	default:
	}
	return err
}

// ready tells whether this start has come to its end. In a namespace of its own the process may
// have another number in the log, therefore the starts are counted.
func (r *Redis) ready() bool {
	ready := "Ready to accept connections"
	if r.cfg.Sentinel != nil {
		ready = "+monitor master main"
	}
	return strings.Count(r.Log(), ready) >= r.starts
}

// takeSlots makes a Cluster of one node.
func (r *Redis) takeSlots() error {
	out, err := r.cfg.Namespace.Command("redis-cli", "-h", r.cfg.Address, "-p", strconv.Itoa(r.port), "cluster", "addslotsrange", "0", "16383").CombinedOutput()
	if err != nil || !bytes.HasPrefix(out, []byte("OK")) {
		return fmt.Errorf("redis-cli cluster addslotsrange: %w: %s", err, out)
	}
	return realjanus.Until(10*time.Second, "the Cluster is up", func() bool {
		out, _ := r.cfg.Namespace.Command("redis-cli", "-h", r.cfg.Address, "-p", strconv.Itoa(r.port), "cluster", "info").CombinedOutput()
		return bytes.Contains(out, []byte("cluster_state:ok"))
	})
}

// URL is its address, with the password.
func (r *Redis) URL() string {
	u := url.URL{Scheme: "redis", Host: r.HostPort(), Path: "/0"}
	if r.cfg.TLS {
		u.Scheme = "rediss"
	}
	if r.cfg.Password != "" {
		u.User = url.UserPassword("", r.cfg.Password)
	}
	return u.String()
}

// HostPort is its address without anything else.
func (r *Redis) HostPort() string { return net.JoinHostPort(r.cfg.Address, strconv.Itoa(r.port)) }

// Log is what it has logged.
func (r *Redis) Log() string {
	text, _ := os.ReadFile(r.logFile())
	return string(text)
}

func (r *Redis) logFile() string { return filepath.Join(r.dir, "redis.log") }

// Stop ends it as an operator would.
func (r *Redis) Stop() {
	r.Continue()
	realjanus.StopProcess(r.cmd, r.end, syscall.SIGTERM)
}

// Kill ends it at once: whoever is connected sees the connection closed.
func (r *Redis) Kill() { realjanus.StopProcess(r.cmd, r.end, syscall.SIGKILL) }

// Pause stops the process, which keeps its connections and answers nothing, until Continue.
func (r *Redis) Pause() { r.signal(syscall.SIGSTOP) }

// Continue lets it go on.
func (r *Redis) Continue() { r.signal(syscall.SIGCONT) }

func (r *Redis) signal(signal syscall.Signal) {
	if r.cmd != nil && r.cmd.Process != nil {
		_ = r.cmd.Process.Signal(signal)
	}
}
