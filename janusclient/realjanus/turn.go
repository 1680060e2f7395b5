// SPDX-License-Identifier: MPL-2.0

package realjanus

import (
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Turn is a STUN and TURN server: Debian's coturn, with long-term credentials
// (RFC 8489 9.2) for one user.
type Turn struct {
	Address            string // host:port of STUN and of TURN over UDP and TCP
	TLSAddress         string // host:port of TURN over TLS
	Username, Password string
	Certs              *Certs // what TLS is secured with

	dir string
	cmd *exec.Cmd
	end chan struct{}
}

// StartTurn starts one in dir, on an address of a namespace, and waits until
// it takes connections. It ends with Stop, or with this process.
func StartTurn(dir string, namespace *Namespace, address string) (*Turn, error) {
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	tlsPort, err := FreePort()
	if err != nil {
		return nil, err
	}
	t := &Turn{
		Address: fmt.Sprintf("%s:%d", address, port), TLSAddress: fmt.Sprintf("%s:%d", address, tlsPort),
		Username: "lab", Password: rand.Text(), dir: dir, end: make(chan struct{}),
	}
	if t.Certs, err = NewCerts(dir, address); err != nil {
		return nil, err
	}
	conf := filepath.Join(dir, "turnserver.conf")
	// no command line interface, no file outside of dir
	text := fmt.Sprintf("listening-ip=%s\nrelay-ip=%s\nlistening-port=%d\ntls-listening-port=%d\ncert=%s\npkey=%s\n"+
		"lt-cred-mech\nrealm=lab\nuser=%s:%s\nuserdb=%s\npidfile=%s\nno-cli\nno-dtls\nlog-file=stdout\nverbose\n",
		address, address, port, tlsPort, t.Certs.Server, t.Certs.ServerKey, t.Username, t.Password,
		filepath.Join(dir, "turndb"), filepath.Join(dir, "turnserver.pid"))
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "turn.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	t.cmd = namespace.Command("turnserver", "-c", conf)
	t.cmd.Stdout, t.cmd.Stderr, t.cmd.Dir = log, log, dir
	t.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := StartProcess(t.cmd, t.end); err != nil {
		return nil, fmt.Errorf("coturn: %w", err)
	}
	for _, listener := range []string{t.Address, t.TLSAddress} {
		if err := Until(StartLimit, "coturn listens on "+listener, func() bool {
			conn, err := net.DialTimeout("tcp", listener, time.Second)
			if err != nil {
				return false
			}
			conn.Close()
			return true
		}); err != nil {
			t.Stop()
			return nil, fmt.Errorf("%w; it says %s", err, t.Log())
		}
	}
	return t, nil
}

// Log is what the server has logged.
func (t *Turn) Log() string {
	text, _ := os.ReadFile(filepath.Join(t.dir, "turn.log"))
	return string(text)
}

// Stop ends the server.
func (t *Turn) Stop() { StopProcess(t.cmd, t.end, syscall.SIGKILL) }
