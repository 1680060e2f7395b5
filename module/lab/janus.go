// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// JanusConfig is what differs from one Janus to the next.
type JanusConfig struct {
	StringIDs bool   // string_ids = true in AudioBridge
	Secret    string // api_secret
}

// Janus is a real Janus (Debian's package) with a configuration and ports of
// its own: AudioBridge as Debian ships it, no other plugin.
type Janus struct {
	URL string // of the HTTP API

	dir string
	cmd *exec.Cmd
	end chan struct{} // closed when the process has ended
}

// startLimit is how long a part may take to start.
const startLimit = 20 * time.Second

// StartJanus starts one in dir and waits until it answers.
func StartJanus(dir string, cfg JanusConfig) (*Janus, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	j := &Janus{URL: fmt.Sprintf("http://127.0.0.1:%d/janus", port), dir: dir}
	if err := writeJanusConfig(dir, port, cfg); err != nil {
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

func writeJanusConfig(dir string, port int, cfg JanusConfig) error {
	plugins, err := janusFolder("plugins")
	if err != nil {
		return err
	}
	transports, err := janusFolder("transports")
	if err != nil {
		return err
	}
	nat := ""
	if address := os.Getenv("MOD_JANUS_ICE_IP"); address != "" {
		// the address on which candidates meet; some sandboxes carry nothing between the two of a pair
		nat = fmt.Sprintf("nat: { ice_enforce_list = %q }\n", address)
	}
	secret := ""
	if cfg.Secret != "" {
		secret = fmt.Sprintf("api_secret = %q", cfg.Secret)
	}
	stock, err := os.ReadFile("/etc/janus/janus.plugin.audiobridge.jcfg")
	if err != nil {
		return fmt.Errorf("the AudioBridge configuration of Debian's package: %w", err)
	}
	if cfg.StringIDs {
		stock = []byte(strings.Replace(string(stock), "general: {", "general: {\n\tstring_ids = true", 1))
	}
	files := map[string]string{
		"janus.plugin.audiobridge.jcfg": string(stock),
		"janus.jcfg": fmt.Sprintf("general: { configs_folder = %q plugins_folder = %q transports_folder = %q "+
			"events_folder = \"/nonexistent\" loggers_folder = \"/nonexistent\" debug_level = 4 %s }\n"+
			"%splugins: { disable = %q }\ntransports: { disable = %q }\n",
			dir, plugins, transports, secret, nat, allBut(plugins, "libjanus_audiobridge.so"), allBut(transports, "libjanus_http.so")),
		"janus.transport.http.jcfg": fmt.Sprintf("general: { json = \"compact\" base_path = \"/janus\" http = true port = %d "+
			"ip = \"127.0.0.1\" https = false }\nadmin: { admin_http = false }\n", port),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
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

func allBut(dir, keep string) string {
	all, _ := filepath.Glob(filepath.Join(dir, "*.so"))
	var others []string
	for _, file := range all {
		if name := filepath.Base(file); name != keep {
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
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, j.URL+"/info", nil)
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

// Stop ends the process with a signal, SIGKILL say, and waits for its end.
func (j *Janus) Stop(signal syscall.Signal) {
	stopProcess(j.cmd, j.end, signal)
}
