// SPDX-License-Identifier: MPL-2.0

package realjanus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"mod_janus/janusclient/admin"
	"mod_janus/janusclient/audiobridge"
)

// Janus is a real Janus (a package of Debian) with a configuration and ports of
// its own: AudioBridge as Debian ships it, other plugins only if asked for; REST
// and WebSocket.
type Janus struct {
	URL string // of the transport that the configuration or MOD_JANUS_TRANSPORT wants

	HTTP, HTTPS, WS, WSS string // of each transport
	Admin, AdminWS       string // of the Admin API, over REST and over a WebSocket; its secret is AdminSecret
	Secret               string // of the Janus API, "" for none
	Certs                *Certs // what https and wss are secured with

	Version string // Janus112 or Janus141

	namespace *Namespace
	pkg       janusPackage

	dir string
	log int // how long the log was when the process was started
	cmd *exec.Cmd
	end chan struct{} // closed when the process has ended
}

// transports are those that it runs with.
var transports = []string{"libjanus_http.so", "libjanus_websockets.so"}

// AdminSecret is that of every Janus of the lab.
const AdminSecret = "lab-admin-secret"

// A Janus that dies under a test leaves no core file in the tree; switches may, see allowCores.
func init() {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_CORE, &limit) == nil {
		limit.Cur = 0
		_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &limit)
	}
}

// StartLimit is how long a part may take to start. It is long: six FreeSWITCHs that start together
// on one processor take half of it.
const StartLimit = time.Minute

// Start starts one in dir and waits until it answers. A port that somebody
// else has taken before Janus listens on it is a reason to try others.
func Start(dir string, cfg Config) (*Janus, error) {
	for try := 1; ; try++ {
		j, err := newJanus(dir, cfg)
		if err != nil {
			return nil, err
		}
		err = j.Start()
		if try == 5 || !j.portTaken() {
			return j, err
		}
		j.Kill()
		if err := os.Remove(filepath.Join(dir, "janus.log")); err != nil {
			return nil, err
		}
	}
}

// newJanus chooses its ports and writes its configuration.
func newJanus(dir string, cfg Config) (*Janus, error) {
	choose := freePorts
	if cfg.ports != nil {
		choose = cfg.ports
	}
	ports, err := choose()
	if err != nil {
		return nil, err
	}
	version := cmp.Or(cfg.Version, JanusVersion())
	pkg, err := findJanus(version)
	if err != nil {
		return nil, err
	}
	address := cmp.Or(cfg.Address, "127.0.0.1")
	certs, err := NewCerts(dir, address)
	if err != nil {
		return nil, err
	}
	url := func(scheme string, port int, path string) string {
		return fmt.Sprintf("%s://%s/%s", scheme, net.JoinHostPort(address, strconv.Itoa(port)), path)
	}
	j := &Janus{
		HTTP: url("http", ports[0], "janus"), HTTPS: url("https", ports[1], "janus"), WS: url("ws", ports[2], ""), WSS: url("wss", ports[3], ""),
		Admin: url("http", ports[4], "admin"), AdminWS: url("ws", ports[5], ""), Secret: cfg.Secret, Certs: certs, Version: version,
		namespace: cfg.Namespace, pkg: pkg, dir: dir,
	}
	transport := cmp.Or(cfg.Transport, os.Getenv("MOD_JANUS_TRANSPORT"), "http")
	j.URL = map[string]string{"http": j.HTTP, "https": j.HTTPS, "ws": j.WS, "wss": j.WSS}[transport]
	if j.URL == "" {
		return nil, fmt.Errorf("MOD_JANUS_TRANSPORT is %q, want http, https, ws or wss", transport)
	}
	return j, j.configure(ports, cfg)
}

// portTaken says whether Janus has logged that it cannot listen on one of its ports.
func (j *Janus) portTaken() bool {
	return regexp.MustCompile(`Couldn't start (secure )?(admin/monitor )?webserver|Error creating vhost`).MatchString(j.logged())
}

// firstPort and lastPort are those that are looked at. They are below the ports that Linux gives to
// connections (net.ipv4.ip_local_port_range): any of those may be taken before its server listens.
const firstPort, lastPort = 13000, 19999

// portsLookedAt counts them, so that no port is found twice. Processes begin anywhere.
var portsLookedAt = func() *atomic.Int64 {
	var n atomic.Int64
	n.Store(rand.Int64N(lastPort - firstPort)) // #nosec G404 -- no secret
	return &n
}()

// freePorts finds TCP ports that nobody listens on.
func freePorts() (ports [6]int, err error) {
	for i := range ports {
		if ports[i], err = FreePort(); err != nil {
			return ports, err
		}
	}
	return ports, nil
}

// FreePort finds a TCP port that nobody listens on, and that it has not found before.
func FreePort() (port int, err error) {
	for range lastPort - firstPort {
		port = firstPort + int(portsLookedAt.Add(1))%(lastPort-firstPort)
		var l net.Listener
		if l, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			return port, l.Close()
		}
	}
	return 0, err
}

// Configuration is the text of one of its files as it is now.
func (j *Janus) Configuration(file string) string {
	text, _ := os.ReadFile(filepath.Join(j.dir, file))
	return string(text)
}

// Log is what Janus has logged.
func (j *Janus) Log() string { return j.Configuration("janus.log") }

// logged is what it has logged since it was last started.
func (j *Janus) logged() string {
	log := j.Log()
	return log[min(j.log, len(log)):]
}

// AddToken adds a stored token that may use AudioBridge.
func (j *Janus) AddToken(token string) error {
	client, err := admin.New(admin.Config{URL: j.Admin, Secret: AdminSecret})
	if err != nil {
		return err
	}
	defer client.Close()
	_, err = client.AddToken(context.Background(), token, audiobridge.Plugin)
	return err
}

// Start starts the process, the first time or after Stop, and waits until the
// API answers. That is some 2 s before Janus can gather candidates: the module
// has to ride that out.
func (j *Janus) Start() error {
	log, err := os.OpenFile(filepath.Join(j.dir, "janus.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	j.log = len(j.Log())
	words := j.pkg.command("-F", j.dir, "-C", filepath.Join(j.dir, "janus.jcfg"))
	j.cmd = j.namespace.Command(words[0], words[1:]...)
	j.cmd.Stdout, j.cmd.Stderr = log, log
	j.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	j.end = make(chan struct{})
	if err := StartProcess(j.cmd, j.end); err != nil {
		return fmt.Errorf("janus: %w", err)
	}
	taken := false
	err = Until(StartLimit, "Janus answers", func() bool {
		if taken = j.portTaken(); taken {
			return true
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, j.HTTP+"/info", nil)
		if err != nil {
			return false
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return false
		}
		defer response.Body.Close()
		return response.StatusCode == http.StatusOK && j.transportsUp()
	})
	if taken {
		return errors.New("janus: somebody else has one of its ports")
	}
	return err
}

// transportsUp says whether Janus has logged that each of its transports listens on what it could:
// the log comes from a thread of its own, and later than the first answer, on a busy machine.
func (j *Janus) transportsUp() bool {
	return strings.Count(j.logged(), "transport plugin initialized!") >= len(transports)
}

// PID of the process.
func (j *Janus) PID() int { return j.cmd.Process.Pid }

// Ended is closed when the process that Start has last started has ended.
func (j *Janus) Ended() <-chan struct{} { return j.end }

// Kill ends the process as kill -9 does.
func (j *Janus) Kill() { j.Stop(syscall.SIGKILL) }

// Stop ends the process with a signal, SIGKILL say, and waits for its end.
func (j *Janus) Stop(signal syscall.Signal) {
	StopProcess(j.cmd, j.end, signal)
}
