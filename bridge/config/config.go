// SPDX-License-Identifier: MPL-2.0

package config

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"mod_janus/bridge/archive"
	"mod_janus/bridge/hep"
	"mod_janus/bridge/host"
)

// Config is janus.conf, parsed once.
type Config struct {
	Debug bool
	// MaxLateness is how late the media of the calls may be before new calls are refused; 0: any.
	MaxLateness time.Duration
	Database    Database          // with more servers
	Controls    ControlGroups     // of the keypad
	Sounds      map[string]string // prompts that are set
	HTTP        HTTP              // of the live page
	Archive     *archive.Config   // nil: nothing is archived
	HEP         hep.Config        // where RTCP reports go; no Server: nowhere
	Servers     []ServerConfig    // in the order of the file
	Pools       []PoolConfig      // of these servers, see FillPools
	Pods        *Discovery        // servers outside of pools, as the C module finds them; nil: none

	Incomplete bool // servers of the database are still to come

	pods podParams // while the settings are read; Pods is what comes of them
}

// XMLParam is a <param> of the configuration.
type XMLParam struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type xmlServer struct {
	Name   string     `xml:"name,attr"`
	Params []XMLParam `xml:"param"`
}

type xmlConfig struct {
	XMLName  xml.Name
	Settings []struct {
		Params []XMLParam `xml:"param"`
	} `xml:"settings"`
	Controls []struct {
		Groups []xmlGroup `xml:"group"`
	} `xml:"caller-controls"`
	Archives []struct {
		Params []XMLParam `xml:"param"`
	} `xml:"archive"`
	Servers []xmlServer `xml:"server"`
	Pools   []xmlServer `xml:"pool"`
}

// ParseConfig parses the text of janus.conf. Whatever can be used of it is
// returned, together with what is wrong with the rest: problems, each of which
// names server, param and value (secrets excepted). The error is for a text
// that is no configuration at all.
func ParseConfig(text string) (cfg Config, problems []Problem, err error) {
	if strings.TrimSpace(text) == "" {
		return cfg, nil, errors.New("the configuration is empty")
	}
	var doc xmlConfig
	if err := xml.NewDecoder(strings.NewReader(text)).Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("there is no XML element in it")
		}
		return cfg, nil, fmt.Errorf("the configuration is not XML: %w", err)
	}
	if doc.XMLName.Local != "configuration" {
		return cfg, nil, fmt.Errorf("the configuration's root element is <%s>, want <configuration>", doc.XMLName.Local)
	}
	cfg.Database.Table, cfg.MaxLateness = DefaultTable, DefaultMaxLateness
	for _, settings := range doc.Settings {
		for _, p := range settings.Params {
			if err := cfg.set(p); err != nil {
				problems = append(problems, Warning("settings: %s", err))
			}
		}
	}
	problems = append(problems, cfg.pods.notices...)
	cfg.Pods, cfg.pods = cfg.pods.discovery(), podParams{}
	var groups []xmlGroup
	for _, controls := range doc.Controls {
		groups = append(groups, controls.Groups...)
	}
	var wrong []Problem
	cfg.Controls, wrong = parseControls(groups)
	problems = append(problems, wrong...)
	if len(doc.Archives) > 0 {
		var params []XMLParam
		for _, section := range doc.Archives {
			params = append(params, section.Params...)
		}
		cfg.Archive, wrong = ParseArchive(params)
		problems = append(problems, wrong...)
	}
	names := make(map[string]bool)
	for i, x := range doc.Servers {
		server, wrong := parseServer(x, i+1, names)
		problems = append(problems, wrong...)
		if server != nil {
			names[server.Name] = true
			cfg.Servers = append(cfg.Servers, *server)
		}
	}
	for i, x := range doc.Pools {
		pool, wrong := parsePool(x, i+1, cfg.Pools)
		problems = append(problems, wrong...)
		if pool != nil {
			cfg.Pools = append(cfg.Pools, *pool)
		}
	}
	if len(cfg.Servers) == 0 && cfg.Database.DSN == "" {
		problems = append(problems, Warning("no usable <server> in the configuration: no call can be placed"))
	}
	return cfg, problems, nil
}

// Problem is one thing that is wrong with a configuration.
type Problem struct {
	Level host.Level
	Text  string
}

// Warning is a problem at which the rest of the configuration still counts.
func Warning(format string, args ...any) Problem {
	return Problem{host.LevelWarning, fmt.Sprintf(format, args...)}
}
