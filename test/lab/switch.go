// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"mod_janus/janusclient/realjanus"
)

// The two hosts.
const (
	Minihost   = "minihost"
	FreeSWITCH = "freeswitch"
)

// SwitchConfig says which switch and what is in it.
type SwitchConfig struct {
	Host   string // Minihost or FreeSWITCH
	Binary string // of minihost; "" for FreeSWITCH's own
	Module string // the mod_janus.so to load
	Janus  string // the text of janus.conf.xml, or "" for none at all
	Debug  bool   // log at DEBUG, else at NOTICE
	SIP    bool   // FreeSWITCH alone: with SIP profiles, see sip.go
	// Dialplan are extensions of the switch's SIP profile, before those that it has anyway.
	Dialplan string
	Version  string // minihost alone: the version that it says it has; "": its own
	// Env are further variables of the switch's environment, NAME=value.
	Env []string
	// DNS is the address of the only name server that the switch asks, at port 53; "": the
	// machine's. It needs root.
	DNS string
	// FirstPort and LastPort are the switch's RTP ports; 0, 0: 20000 to 40000.
	FirstPort, LastPort int
}

// Switch is a running switch with mod_janus in it.
type Switch struct {
	Host string
	dir  string
	cmd  *exec.Cmd
	end  chan struct{}
	esl  *esl
	ending

	addr, password string // of the event socket
}

// Address is where media goes in this lab (scripts/netns says), "auto" outside.
func Address() string {
	if address := os.Getenv("MOD_JANUS_RTP_IP"); address != "" {
		return address
	}
	return "auto"
}

// JanusConf is a janus.conf.xml with one enabled server, demo.
func JanusConf(url, params string) string {
	return fmt.Sprintf(`<configuration name="janus.conf"><settings/><server name="demo"><param name="url" value="%s"/>`+
		`<param name="enabled" value="true"/><param name="rtp-ip" value="%s"/>%s</server></configuration>`, url, Address(), params)
}

// ConfOf is JanusConf for one Janus: for https and wss with the CA that has
// signed its certificate.
func ConfOf(j *realjanus.Janus, params string) string { return JanusConf(j.URL, Trust(j)+params) }

// Trust is the param with which the module trusts a Janus, where it needs one.
func Trust(j *realjanus.Janus) string {
	if strings.HasPrefix(j.URL, "https:") || strings.HasPrefix(j.URL, "wss:") {
		return fmt.Sprintf(`<param name="tls-ca-file" value="%s"/>`, j.Certs.CA)
	}
	return ""
}

// StartSwitch starts a switch in dir and loads the module.
func StartSwitch(dir string, cfg SwitchConfig) (*Switch, error) {
	port, err := realjanus.FreePort()
	if err != nil {
		return nil, err
	}
	password := rand.Text()
	mods := filepath.Join(dir, "mod")
	for _, folder := range []string{mods, filepath.Join(dir, "conf"), filepath.Join(dir, "run")} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
	}
	if err := linkModules(cfg, mods); err != nil {
		return nil, err
	}
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	s := &Switch{Host: cfg.Host, dir: dir, end: make(chan struct{}), addr: addr, password: password}
	if err := os.WriteFile(filepath.Join(dir, "resolv.conf"), []byte("nameserver "+cfg.DNS+"\noptions timeout:1 attempts:2\n"), 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "conf", "freeswitch.xml"), []byte(document(dir, port, password, cfg)), 0o600); err != nil {
		return nil, err
	}
	s.cmd = s.command(cfg, mods)
	output, err := createOutput(dir)
	if err != nil {
		return nil, err
	}
	defer output.Close()
	s.cmd.Stdout, s.cmd.Stderr, s.cmd.Dir = output, output, dir
	s.cmd.Env = append(os.Environ(), cfg.Env...)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	restore := allowCores()
	err = realjanus.StartProcess(s.cmd, s.end)
	restore()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", cfg.Host, err)
	}
	if err := realjanus.Until(realjanus.StartLimit, cfg.Host+" has an event socket", func() bool {
		s.esl, err = dialESL(addr, password)
		return err == nil
	}); err != nil {
		s.Stop()
		return nil, fmt.Errorf("%w; its output is %s", err, output.Name())
	}
	return s, s.load()
}

// createOutput is the file for what the switch prints. With MOD_JANUS_OUTPUT it
// is in that folder and outlives the test: sanitizers report there.
func createOutput(dir string) (*os.File, error) {
	if kept := os.Getenv("MOD_JANUS_OUTPUT"); kept != "" {
		return os.CreateTemp(kept, "switch-*")
	}
	return os.Create(filepath.Join(dir, "output"))
}

// load waits until the switch takes commands, and loads the module.
func (s *Switch) load() error {
	return realjanus.Until(realjanus.StartLimit, "the module loads", func() bool {
		out, err := s.API("load mod_janus")
		return err == nil && (strings.Contains(out, "+OK\n") || strings.Contains(out, "already loaded"))
	})
}

func linkModules(cfg SwitchConfig, mods string) error {
	module, err := filepath.Abs(cfg.Module)
	if err != nil {
		return err
	}
	if err := os.Symlink(module, filepath.Join(mods, "mod_janus.so")); err != nil && !os.IsExist(err) {
		return err
	}
	if cfg.Host != FreeSWITCH {
		return nil
	}
	for _, name := range strings.Fields(cfg.modules()) {
		file := name + ".so"
		if err := os.Symlink(filepath.Join(moduleFolder(), file), filepath.Join(mods, file)); err != nil && !os.IsExist(err) {
			return err
		}
	}
	return nil
}

const freeswitchModules = "mod_logfile mod_event_socket mod_commands mod_dptools mod_loopback mod_sndfile mod_tone_stream mod_opus"

// command is how each host is started: in the foreground, all files in dir.
func (s *Switch) command(cfg SwitchConfig, mods string) *exec.Cmd {
	conf, run := filepath.Join(s.dir, "conf"), filepath.Join(s.dir, "run")
	if cfg.Host == FreeSWITCH {
		return s.withDNS(cfg, program(), "-nonat", "-nf", "-nc",
			"-conf", conf, "-log", run, "-db", run, "-run", run, "-certs", run, "-mod", mods)
	}
	// absolute: the switch runs in a folder of its own
	binary, err := filepath.Abs(cfg.Binary)
	if err != nil {
		binary = cfg.Binary
	}
	arguments := []string{"-conf", conf, "-mod", mods, "-log", filepath.Join(run, "switch.log"), "-nc"}
	if cfg.Version != "" {
		arguments = append(arguments, "-version", cfg.Version)
	}
	return s.withDNS(cfg, binary, arguments...)
}

// withDNS is a command that has a resolv.conf of its own, where it wants one.
func (s *Switch) withDNS(cfg SwitchConfig, name string, args ...string) *exec.Cmd {
	if cfg.DNS == "" {
		return exec.Command(name, args...)
	}
	mount := fmt.Sprintf(`mount --bind %q "$(readlink -f /etc/resolv.conf)" && exec "$0" "$@"`, filepath.Join(s.dir, "resolv.conf"))
	return exec.Command("unshare", append([]string{"--mount", "--", "sh", "-c", mount, name}, args...)...)
}

// document is the whole configuration, in one file, as both hosts read it.
func document(dir string, port int, password string, cfg SwitchConfig) string {
	level := "notice"
	levels := "notice,warning,err,crit,alert"
	if cfg.Debug {
		level, levels = "debug", "debug,info,"+levels
	}
	var load strings.Builder
	if cfg.Host == FreeSWITCH {
		for _, name := range strings.Fields(cfg.modules()) {
			fmt.Fprintf(&load, `<load module="%s"/>`, name)
		}
	}
	first, last := cfg.FirstPort, cfg.LastPort
	if last == 0 {
		first, last = 20000, 40000
	}
	run := filepath.Join(dir, "run")
	section := func(name, inner string) string {
		return fmt.Sprintf("<configuration name=%q>%s</configuration>\n", name+".conf", inner)
	}
	return `<document type="freeswitch/xml"><section name="configuration">` + "\n" +
		section("switch", fmt.Sprintf(`<settings><param name="loglevel" value="%s"/><param name="max-sessions" value="2000"/>`+
			`<param name="sessions-per-second" value="1000"/><param name="core-db-name" value="%s/core.db"/>`+
			`<param name="rtp-start-port" value="%d"/><param name="rtp-end-port" value="%d"/></settings>`, level, run, first, last)) +
		section("modules", "<modules>"+load.String()+"</modules>") +
		section("event_socket", fmt.Sprintf(`<settings><param name="listen-ip" value="127.0.0.1"/>`+
			`<param name="listen-port" value="%d"/><param name="password" value="%s"/></settings>`, port, password)) +
		section("logfile", fmt.Sprintf(`<settings/><profiles><profile name="default"><settings><param name="logfile" value="%s/switch.log"/>`+
			`</settings><mappings><map name="all" value="%s"/></mappings></profile></profiles>`, run, levels)) +
		section("acl", "<network-lists/>") + section("opus", "<settings/>") + section("timezones", "<timezones/>") +
		section("console", "<mappings/><settings/>") + section("post_load_modules", "<modules/>") +
		cfg.sofia(section) + cfg.Janus + "\n</section>" + cfg.dialplan() + "</document>\n"
}

// API runs a command on the switch's event socket.
func (s *Switch) API(format string, args ...any) (string, error) {
	return s.APIWithin(eslPatience, format, args...)
}

// APIWithin is API with a limit for the answer. A switch that does not answer in time gets no
// further command.
func (s *Switch) APIWithin(limit time.Duration, format string, args ...any) (string, error) {
	output, err := s.esl.api(fmt.Sprintf(format, args...), limit)
	return output, s.explain(err)
}

// PID of the switch.
func (s *Switch) PID() int { return s.cmd.Process.Pid }

// Log is what the switch has logged.
func (s *Switch) Log() string {
	text, _ := os.ReadFile(filepath.Join(s.dir, "run", "switch.log"))
	return string(text)
}

// Stop unloads the module, which ends its calls in order, and the switch
// without more ado: that of FreeSWITCH takes some 5 s. It waits for the end.
func (s *Switch) Stop() {
	if why := s.Ended(); why != "" {
		fmt.Fprintln(os.Stderr, why)
	}
	s.asked.Store(true)
	if s.esl != nil {
		_, _ = s.API("unload -f mod_janus")
		_, _ = s.API("fsctl shutdown now")
		_, _ = s.API("shutdown")
		s.esl.close()
	}
	s.wait(5 * time.Second)
}

// Shutdown shuts the switch down as it is, calls and all, and waits for its end.
func (s *Switch) Shutdown() {
	s.asked.Store(true)
	_, _ = s.API("fsctl shutdown")
	_, _ = s.API("shutdown")
	s.esl.close()
	s.wait(realjanus.StartLimit)
}

// Kill ends the switch as a crash does (SIGKILL), and waits for its end. Another
// may be started in the same folder.
func (s *Switch) Kill() {
	s.asked.Store(true)
	s.esl.close()
	realjanus.StopProcess(s.cmd, s.end, syscall.SIGKILL)
}

func (s *Switch) wait(limit time.Duration) {
	select {
	case <-s.end:
	case <-time.After(limit):
		realjanus.StopProcess(s.cmd, s.end, syscall.SIGTERM)
	}
}

// RSS is the resident memory of the switch in bytes, 0 if it is not there.
func (s *Switch) RSS() int64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.PID()))
	var size, resident int64
	_, _ = fmt.Sscan(string(text), &size, &resident)
	return resident * int64(os.Getpagesize())
}
