// SPDX-License-Identifier: MPL-2.0

package realjanus

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Config is what differs from one Janus to the next.
type Config struct {
	ServerName     string // server_name; "" is Janus's default
	StringIDs      bool   // string_ids = true in AudioBridge
	AdminKey       string // admin_key of AudioBridge
	Rooms          string // further rooms of AudioBridge, as its jcfg has them
	Secret         string // api_secret; it admits where tokens are demanded, too
	TokenAuth      bool   // stored tokens; AddToken adds one
	TokenSecret    string // token_auth_secret: signed tokens
	SessionTimeout int    // session_timeout, in seconds
	ReclaimTimeout int    // reclaim_session_timeout, in seconds
	Plugins        string // further plugins, by the names of their files, separated by commas: libjanus_videoroom.so
	JSON           string // how the transports write it: indented, plain, compact; "" is as Debian ships this version
	Version        string // Janus112 or Janus141; "" is MOD_JANUS_JANUS's
	Transport      string // of URL: http (default), https, ws, wss; "" is MOD_JANUS_TRANSPORT's

	Namespace *Namespace // in which it runs; nil is this process's
	Address   string     // of its APIs and its media; "" is 127.0.0.1 for the APIs, MOD_JANUS_ICE_IP for media
	Cert, Key string     // files of the certificate that DTLS is done with; "" is one that Janus makes itself
	Media     string     // lines of the media section of janus.jcfg: ipv6, dtls_mtu, ...
	NAT       string     // further lines of the nat section of janus.jcfg: nat_1_1_mapping, turn_server, full_trickle, ...

	ports func() ([6]int, error) // those it listens on, nil for any that are free
}

// configure writes the configuration.
func (j *Janus) configure(ports [6]int, cfg Config) error {
	plugins, err := j.pkg.folder("plugins")
	if err != nil {
		return err
	}
	folder, err := j.pkg.folder("transports")
	if err != nil {
		return err
	}
	rooms, err := j.audioBridge(cfg)
	if err != nil {
		return err
	}
	nat := cfg.NAT
	// the address on which candidates meet; some sandboxes carry nothing between the two of a pair
	if address := cmp.Or(cfg.Address, os.Getenv("MOD_JANUS_ICE_IP")); address != "" {
		nat += fmt.Sprintf(" ice_enforce_list = %q", address)
	}
	certificates := fmt.Sprintf("certificates: { cert_pem = %q cert_key = %q }\n", j.Certs.Server, j.Certs.ServerKey)
	local := fmt.Sprintf("%q", cmp.Or(cfg.Address, "127.0.0.1"))
	json := cmp.Or(cfg.JSON, j.pkg.json)
	files := map[string]string{
		"janus.plugin.audiobridge.jcfg": rooms,
		"janus.jcfg": fmt.Sprintf("general: { configs_folder = %q plugins_folder = %q transports_folder = %q "+
			"events_folder = \"/nonexistent\" loggers_folder = \"/nonexistent\" debug_level = 4 %s }\n"+
			"%smedia: { %s }\nnat: { %s }\nplugins: { disable = %q }\ntransports: { disable = %q }\n",
			j.dir, plugins, folder, access(cfg), dtls(cfg), cfg.Media, nat, allBut(plugins, append(strings.Split(cfg.Plugins, ","), "libjanus_audiobridge.so")...),
			allBut(folder, transports...)),
		"janus.transport.http.jcfg": fmt.Sprintf("general: { json = %q base_path = \"/janus\" http = true port = %d "+
			"ip = %s https = true secure_port = %d secure_ip = %s }\n"+
			"admin: { admin_base_path = \"/admin\" admin_http = true admin_port = %d admin_ip = %s }\n%s",
			json, ports[0], local, ports[1], local, ports[4], local, certificates),
		"janus.transport.websockets.jcfg": fmt.Sprintf("general: { json = %q ws = true ws_port = %d ws_ip = %s "+
			"wss = true wss_port = %d wss_ip = %s }\nadmin: { admin_ws = true admin_ws_port = %d admin_ws_ip = %s }\n%s",
			json, ports[2], local, ports[3], local, ports[5], local, certificates),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(j.dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// dtls is the certificate that DTLS is done with.
func dtls(cfg Config) (text string) {
	if cfg.Cert != "" {
		text += fmt.Sprintf("certificates: { cert_pem = %q cert_key = %q }\n", cfg.Cert, cfg.Key)
	}
	return text
}

// access is what Janus demands of its clients, and how long it keeps them.
func access(cfg Config) string {
	text := fmt.Sprintf("admin_secret = %q ", AdminSecret)
	if cfg.ServerName != "" {
		text += fmt.Sprintf("server_name = %q ", cfg.ServerName)
	}
	if cfg.Secret != "" {
		text += fmt.Sprintf("api_secret = %q ", cfg.Secret)
	}
	if cfg.TokenAuth || cfg.TokenSecret != "" {
		text += "token_auth = true "
	}
	if cfg.TokenSecret != "" {
		text += fmt.Sprintf("token_auth_secret = %q ", cfg.TokenSecret)
	}
	if cfg.SessionTimeout > 0 {
		text += fmt.Sprintf("session_timeout = %d ", cfg.SessionTimeout)
	}
	if cfg.ReclaimTimeout > 0 {
		text += fmt.Sprintf("reclaim_session_timeout = %d ", cfg.ReclaimTimeout)
	}
	return text
}

// audioBridge is Debian's configuration of AudioBridge, changed.
func (j *Janus) audioBridge(cfg Config) (string, error) {
	stock, err := j.pkg.configuration("janus.plugin.audiobridge.jcfg")
	if err != nil {
		return "", err
	}
	general := "general: {"
	if cfg.StringIDs {
		general += "\n\tstring_ids = true"
	}
	if cfg.AdminKey != "" {
		general += fmt.Sprintf("\n\tadmin_key = %q", cfg.AdminKey)
	}
	return strings.Replace(stock, "general: {", general, 1) + "\n" + cfg.Rooms + "\n", nil
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
