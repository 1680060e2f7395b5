// SPDX-License-Identifier: MPL-2.0

package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Settings are the params of <settings> in the order of the manual.
var Settings = slices.Concat([]Param[Config]{
	{"debug", "false",
		"true: every message to and from Janus is in the log at level DEBUG, secrets masked; `janus debug` changes it",
		func(c *Config, v string) error { return setBool(&c.Debug, v) }},
	{"max-lateness", fmt.Sprintf("%d ms", DefaultMaxLateness.Milliseconds()),
		"while the media of the calls is later than this on average, [new calls are refused](operations.md#too-many-calls); 0: never",
		func(c *Config, v string) error { return setLimit(&c.MaxLateness, v) }},
	{"db-dsn", "–",
		"[servers from a database](#servers-from-a-database)",
		func(c *Config, v string) error { c.Database.DSN = strings.TrimSpace(v); return nil }},
	{"db-table", DefaultTable,
		"… and its table",
		func(c *Config, v string) error { return c.Database.setTable(v) }},
	{"headless-service-url", "–",
		"that of the [C module](from-the-c-module.md): `http://SERVICE:PORT`, whose pods are servers by their names; `discover` of a [pool](#pools) does more",
		func(c *Config, v string) error { return c.pods.setURL("headless-service-url", v) }},
	{"pod-url-template", "–",
		"… as the C module's older versions have it, with `{pod}.` in front of the host",
		func(c *Config, v string) error { return c.pods.setURL("pod-url-template", v) }},
	{"registry-refresh-sec", fmt.Sprintf("%d s", int(PodRefresh.Seconds())),
		"… how often they are looked for",
		func(c *Config, v string) error {
			return setNumber(v, func(n int) { c.pods.refresh = time.Duration(n) * time.Second })
		}},
	{"pod-server-fail-max", fmt.Sprint(PodFailMax),
		"… after so many looks that found nothing of a pod the pod is forgotten",
		func(c *Config, v string) error { return setNumber(v, func(n int) { c.pods.failMax = n }) }},
	{"hep-server", "–",
		"`udp:HOST:PORT`: [RTCP reports for Homer](operations.md#rtcp-reports-for-homer) go there",
		func(c *Config, v string) error { return setHEPServer(&c.HEP.Server, v) }},
	{"hep-id", "0",
		"… with this number as the capture agent's",
		func(c *Config, v string) error { return setHEPID(&c.HEP.ID, v) }},
	{"hep-password", "–",
		"… and this key",
		func(c *Config, v string) error { return setHEPPassword(&c.HEP.Password, v) }},
	prompt("muted-sound", "the caller is muted"),
	prompt("unmuted-sound", "… and no longer"),
	prompt("deaf-sound", "the caller hears nothing of the room from now on"),
	prompt("undeaf-sound", "… and hears the room again"),
	prompt("hand-up-sound", "the caller has raised a hand"),
	prompt("hand-down-sound", "… and taken the hand down"),
	prompt("alone-sound", "nobody else is in the room"),
	prompt("join-sound", "somebody has joined the room (`janus-announce`)"),
	prompt("leave-sound", "somebody has left the room (`janus-announce`)"),
	{"count-sounds", Sounds["count-sounds"],
		"how the number of participants is told: `tones`, or `digits` (FreeSWITCH's `digits/*.wav`)",
		setSound("count-sounds")},
}, HTTPParams)

// prompt is a setting of Sounds.
func prompt(name, when string) Param[Config] {
	return Param[Config]{name, "tones", "[prompt](rooms-and-recording.md#the-keypad): " + when, setSound(name)}
}

func setSound(name string) func(*Config, string) error {
	return func(c *Config, v string) error {
		if c.Sounds == nil {
			c.Sounds = make(map[string]string)
		}
		c.Sounds[name] = strings.TrimSpace(v)
		return nil
	}
}

// set takes a param of <settings>.
func (c *Config) set(p XMLParam) error {
	setting, known := paramNamed(Settings, p.Name)
	if !known {
		return fmt.Errorf("unknown param %q is ignored", p.Name)
	}
	if err := setting.set(c, p.Value); err != nil {
		return fmt.Errorf("param %s: %w; the default (%s) stands", p.Name, err, setting.Default)
	}
	return nil
}
