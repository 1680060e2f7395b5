// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// JanusConfig is what differs from one Janus to the next.
type JanusConfig struct {
	StringIDs      bool   // string_ids = true in AudioBridge
	AdminKey       string // admin_key of AudioBridge
	Rooms          string // further rooms of AudioBridge, as its jcfg has them
	Secret         string // api_secret
	TokenAuth      bool   // stored tokens; AddToken adds one
	TokenSecret    string // token_auth_secret: signed tokens
	ReclaimTimeout int    // reclaim_session_timeout, in seconds
	Transport      string // of URL: http (default), https, ws, wss; "" is MOD_JANUS_TRANSPORT's
}

// Janus is a real Janus (Debian's package) with a configuration and ports of
// its own: AudioBridge as Debian ships it, no other plugin; REST and WebSocket.
type Janus struct {
	URL string // of the transport that the configuration or MOD_JANUS_TRANSPORT wants

	HTTP, HTTPS, WS, WSS string // of each transport
	Admin                string // of the Admin API; its secret is AdminSecret
	Certs                *Certs // what https and wss are secured with

	dir string
	cmd *exec.Cmd
	end chan struct{} // closed when the process has ended
}

// AdminSecret is that of every Janus of the lab.
const AdminSecret = "lab-admin-secret"

// startLimit is how long a part may take to start.
const startLimit = 20 * time.Second

// StartJanus starts one in dir and waits until it answers.
func StartJanus(dir string, cfg JanusConfig) (*Janus, error) {
	var ports [5]int
	for i := range ports {
		var err error
		if ports[i], err = freePort(); err != nil {
			return nil, err
		}
	}
	certs, err := NewCerts(dir)
	if err != nil {
		return nil, err
	}
	j := &Janus{
		HTTP: fmt.Sprintf("http://127.0.0.1:%d/janus", ports[0]), HTTPS: fmt.Sprintf("https://127.0.0.1:%d/janus", ports[1]),
		WS: fmt.Sprintf("ws://127.0.0.1:%d/", ports[2]), WSS: fmt.Sprintf("wss://127.0.0.1:%d/", ports[3]),
		Admin: fmt.Sprintf("http://127.0.0.1:%d/admin", ports[4]), Certs: certs, dir: dir,
	}
	transport := cmp.Or(cfg.Transport, os.Getenv("MOD_JANUS_TRANSPORT"), "http")
	j.URL = map[string]string{"http": j.HTTP, "https": j.HTTPS, "ws": j.WS, "wss": j.WSS}[transport]
	if j.URL == "" {
		return nil, fmt.Errorf("MOD_JANUS_TRANSPORT is %q, want http, https, ws or wss", transport)
	}
	if err := j.configure(ports, cfg); err != nil {
		return nil, err
	}
	return j, j.Start()
}

// freePort finds a TCP port that nobody listens on.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// configure writes the configuration.
func (j *Janus) configure(ports [5]int, cfg JanusConfig) error {
	plugins, err := janusFolder("plugins")
	if err != nil {
		return err
	}
	transports, err := janusFolder("transports")
	if err != nil {
		return err
	}
	rooms, err := audioBridge(cfg)
	if err != nil {
		return err
	}
	nat := ""
	if address := os.Getenv("MOD_JANUS_ICE_IP"); address != "" {
		// the address on which candidates meet; some sandboxes carry nothing between the two of a pair
		nat = fmt.Sprintf("nat: { ice_enforce_list = %q }\n", address)
	}
	access := fmt.Sprintf("admin_secret = %q ", AdminSecret)
	if cfg.Secret != "" {
		access += fmt.Sprintf("api_secret = %q ", cfg.Secret)
	}
	if cfg.TokenAuth || cfg.TokenSecret != "" {
		access += "token_auth = true "
	}
	if cfg.TokenSecret != "" {
		access += fmt.Sprintf("token_auth_secret = %q ", cfg.TokenSecret)
	}
	if cfg.ReclaimTimeout > 0 {
		access += fmt.Sprintf("reclaim_session_timeout = %d ", cfg.ReclaimTimeout)
	}
	certificates := fmt.Sprintf("certificates: { cert_pem = %q cert_key = %q }\n", j.Certs.Server, j.Certs.ServerKey)
	const local = `"127.0.0.1"`
	files := map[string]string{
		"janus.plugin.audiobridge.jcfg": rooms,
		"janus.jcfg": fmt.Sprintf("general: { configs_folder = %q plugins_folder = %q transports_folder = %q "+
			"events_folder = \"/nonexistent\" loggers_folder = \"/nonexistent\" debug_level = 4 %s }\n"+
			"%splugins: { disable = %q }\ntransports: { disable = %q }\n",
			j.dir, plugins, transports, access, nat, allBut(plugins, "libjanus_audiobridge.so"),
			allBut(transports, "libjanus_http.so", "libjanus_websockets.so")),
		"janus.transport.http.jcfg": fmt.Sprintf("general: { json = \"compact\" base_path = \"/janus\" http = true port = %d "+
			"ip = %s https = true secure_port = %d secure_ip = %s }\n"+
			"admin: { admin_base_path = \"/admin\" admin_http = true admin_port = %d admin_ip = %s }\n%s",
			ports[0], local, ports[1], local, ports[4], local, certificates),
		"janus.transport.websockets.jcfg": fmt.Sprintf("general: { json = \"compact\" ws = true ws_port = %d ws_ip = %s "+
			"wss = true wss_port = %d wss_ip = %s }\n%s", ports[2], local, ports[3], local, certificates),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(j.dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// audioBridge is Debian's configuration of AudioBridge, changed.
func audioBridge(cfg JanusConfig) (string, error) {
	stock, err := os.ReadFile("/etc/janus/janus.plugin.audiobridge.jcfg")
	if err != nil {
		return "", fmt.Errorf("the AudioBridge configuration of Debian's package: %w", err)
	}
	general := "general: {"
	if cfg.StringIDs {
		general += "\n\tstring_ids = true"
	}
	if cfg.AdminKey != "" {
		general += fmt.Sprintf("\n\tadmin_key = %q", cfg.AdminKey)
	}
	return strings.Replace(string(stock), "general: {", general, 1) + "\n" + cfg.Rooms + "\n", nil
}

// Configuration is the text of one of its files as it is now.
func (j *Janus) Configuration(file string) string {
	text, _ := os.ReadFile(filepath.Join(j.dir, file))
	return string(text)
}

// Log is what Janus has logged.
func (j *Janus) Log() string { return j.Configuration("janus.log") }

// AddToken adds a stored token that may use AudioBridge.
func (j *Janus) AddToken(token string) error {
	body := fmt.Sprintf(`{"janus":"add_token","token":%q,"plugins":["janus.plugin.audiobridge"],"transaction":"lab","admin_secret":%q}`,
		token, AdminSecret)
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, j.Admin, strings.NewReader(body))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<16))
	if err == nil && !strings.Contains(string(text), `"success"`) {
		err = fmt.Errorf("add_token: %s", text)
	}
	return err
}

// janusFolder finds a folder of Debian's package.
func janusFolder(name string) (string, error) {
	for _, pattern := range []string{"/usr/lib/*/janus/" + name, "/usr/lib/janus/" + name} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[0], nil
		}
	}
	return "", fmt.Errorf("no folder of Janus %s: is Debian's package janus installed? (make setup)", name)
}

func allBut(dir string, keep ...string) string {
	all, _ := filepath.Glob(filepath.Join(dir, "*.so"))
	var others []string
	for _, file := range all {
		if name := filepath.Base(file); !slices.Contains(keep, name) {
			others = append(others, name)
		}
	}
	return strings.Join(others, ",")
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
	j.cmd = exec.Command("janus", "-F", j.dir, "-C", filepath.Join(j.dir, "janus.jcfg"))
	j.cmd.Stdout, j.cmd.Stderr = log, log
	j.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	j.end = make(chan struct{})
	if err := startProcess(j.cmd, j.end); err != nil {
		return fmt.Errorf("janus: %w", err)
	}
	return until(startLimit, "Janus answers", func() bool {
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
		return response.StatusCode == http.StatusOK
	})
}

// Kill ends the process as kill -9 does.
func (j *Janus) Kill() { j.Stop(syscall.SIGKILL) }

// Stop ends the process with a signal, SIGKILL say, and waits for its end.
func (j *Janus) Stop(signal syscall.Signal) {
	stopProcess(j.cmd, j.end, signal)
}
