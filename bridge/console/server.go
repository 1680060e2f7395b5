// SPDX-License-Identifier: MPL-2.0

package console

import (
	"maps"
	"slices"
	"strings"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/media"
	"mod_janus/bridge/server"
)

func (c *Console) commandServer(text string) string {
	args, asJSON := cutJSON(strings.Fields(text))
	if len(args) < 1 || len(args) > 2 || (len(args) == 2 && asJSON) {
		return usageOf("server")
	}
	s, err := c.env.Server(args[0])
	if err != nil {
		return outcome("", err)
	}
	switch {
	case len(args) == 1:
		return show(describeServer(s), asJSON)
	case args[1] == "enable", args[1] == "disable":
		s.Enable(args[1] == "enable")
		return "+OK\n"
	}
	return usageOf("server")
}

// otherURLs are the URLs of a server that are not in use.
func otherURLs(cfg *config.ServerConfig, used string) string {
	var others []string
	for _, address := range cfg.URLs() {
		if address != used {
			others = append(others, config.Mask(address))
		}
	}
	return strings.Join(others, " ")
}

// describeServer is all that is known of one server, for `janus server <name>`.
func describeServer(s *server.Server) fields {
	cfg, now := s.Config(), s.State()
	state := "disabled"
	switch {
	case now.Session != 0:
		state = "connected"
	case now.Enabled:
		state = "connecting"
	}
	reason := ""
	if now.LastErr != nil {
		reason = failure.Of(now.LastErr).Reason
	}
	version, transports := "", ""
	if now.Janus != nil {
		version = now.Janus.VersionString
		transports = strings.Join(slices.Sorted(maps.Keys(now.Janus.Transports)), ",")
	}
	var f fields
	f.add("name", s.Name)
	f.add("state", state)
	f.add("enabled", now.Enabled)
	f.add("url", config.Mask(now.URL))
	f.add("otherUrls", otherURLs(cfg, now.URL))
	f.add("plugin", cfg.Plugin)
	f.add("id", now.Session)
	f.add("started", microseconds(now.Since))
	f.add("roundTripMs", media.Milliseconds(float64(now.RoundTrip.Microseconds())/1000))
	f.add("version", version)
	f.add("transports", transports)
	f.add("stringIds", [...]string{"auto", "true", "false"}[now.IDs])
	f.add("totalCalls", now.TotalCalls)
	f.add("callsInProgress", now.Calls)
	f.add("lastError", reason)
	return f
}
