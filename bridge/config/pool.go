// SPDX-License-Identifier: MPL-2.0

package config

import (
	"cmp"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"mod_janus/bridge/host"
)

// PoolConfig is one <pool>: servers among which each room has one.
type PoolConfig struct {
	Name          string
	Servers       []string      // by their names, in the order of the configuration
	Store         string        // the address of what the switches share, with its password; "" is none
	FailoverAfter time.Duration // how long a server may be away before its rooms go to another; 0: they never do
	Discover      *Discovery    // where more servers are found; nil: nowhere
	Template      string        // the server whose params those have; "" for the defaults
	Refresh       time.Duration // between two looks for servers; 0: the default
}

// PoolParams are the params of a <pool> in the order of the manual.
var PoolParams = []Param[PoolConfig]{
	{"servers", "–",
		"names of `<server>`s of this file or of the database, separated by commas; a server may also name its pool itself, by its param `pool`",
		addPoolServers},
	{"failover-after", "5 s",
		"a server that is away for so long loses its rooms to the next one; `0`: never",
		func(p *PoolConfig, v string) error { return setWait(&p.FailoverAfter, v) }},
	{"discover", "–",
		"servers are [found in the DNS](scale-out.md#servers-from-the-dns): `srv:_SERVICE._tcp.NAME`, or `dns:HOST:PORT`; `dns:` also takes a URL",
		func(p *PoolConfig, v string) error { return setDiscover(&p.Discover, v) }},
	{"template", "–",
		"name of the `<server>` whose params the servers that are found have; it need not be in service or in the pool. Without it they have the defaults, and `ws://`",
		func(p *PoolConfig, v string) error { p.Template = strings.TrimSpace(v); return nil }},
	{"refresh", "5 s",
		"how often they are looked for",
		func(p *PoolConfig, v string) error { return setSeconds(&p.Refresh, v) }},
	{"store", "–",
		"the [Redis](scale-out.md#redis) that the switches of the pool share: `redis://[[user]:password@]host[:port][/database]`, `rediss://…` for TLS",
		func(p *PoolConfig, v string) error { p.Store = strings.TrimSpace(v); return nil }},
}

// DefaultPool is a pool with the defaults of all params.
func DefaultPool(name string) PoolConfig {
	return PoolConfig{Name: name, FailoverAfter: 5 * time.Second}
}

// addPoolServers takes a list of names; the param may repeat.
func addPoolServers(p *PoolConfig, v string) error {
	for _, name := range strings.Split(v, ",") {
		name = strings.TrimSpace(name)
		switch {
		case name == "":
		case slices.Contains(p.Servers, name):
			return fmt.Errorf("server %q stands there twice", name)
		default:
			p.Servers = append(p.Servers, name)
		}
	}
	return nil
}

// setWait takes a number of seconds, which may be 0 and may have its unit: 5 or 5s.
func setWait(to *time.Duration, v string) error {
	number := strings.TrimSuffix(strings.TrimSpace(v), "s")
	if number == "0" {
		*to = 0
		return nil
	}
	if err := setDuration(to, number, time.Second); err != nil {
		return fmt.Errorf("%q is not a whole number of seconds", v)
	}
	return nil
}

// setSeconds takes a number of seconds above 0, which may have its unit: 5 or 5s.
func setSeconds(to *time.Duration, v string) error {
	if err := setDuration(to, strings.TrimSuffix(strings.TrimSpace(v), "s"), time.Second); err != nil {
		return fmt.Errorf("%q is not a whole number of seconds above 0", v)
	}
	return nil
}

// parsePool parses the nth <pool>; nil when it cannot be used.
func parsePool(x xmlServer, nth int, pools []PoolConfig) (*PoolConfig, []Problem) {
	refuse := func(format string, args ...any) (*PoolConfig, []Problem) {
		return nil, []Problem{{host.LevelError, fmt.Sprintf(format, args...)}}
	}
	switch {
	case x.Name == "":
		return refuse("pool number %d has no name and is ignored: want <pool name=\"...\">", nth)
	case !fitsDialString(x.Name):
		return refuse("pool %q is ignored: its name would not fit a dial string (no \"/\", \"@\" or space)", x.Name)
	case slices.ContainsFunc(pools, func(p PoolConfig) bool { return p.Name == x.Name }):
		return refuse("pool %q is configured twice: the second one is ignored", x.Name)
	}
	pool := DefaultPool(x.Name)
	var problems []Problem
	for _, given := range x.Params {
		param, known := paramNamed(PoolParams, given.Name)
		if !known {
			problems = append(problems, Warning("pool %q: unknown param %q is ignored", x.Name, given.Name))
			continue
		}
		if err := param.set(&pool, given.Value); err != nil {
			problems = append(problems, Warning("pool %q: param %s: %s; the default stands", x.Name, given.Name, err))
		}
	}
	switch {
	case pool.Discover != nil:
		pool.Discover.Every = cmp.Or(pool.Refresh, DiscoveryRefresh)
	case pool.Template != "":
		pool.Template = ""
		problems = append(problems, Warning("pool %q: template has no effect without discover", x.Name))
	}
	return &pool, problems
}

// fitsDialString tells whether a name can stand for a server or a pool in a dial string.
func fitsDialString(name string) bool { return !strings.ContainsAny(name, "/@ \t\r\n") }

// FillPools puts the servers, those of the database included, into their pools, and tells what is
// wrong with that. A pool that a server names and nobody configures has the defaults.
func (c *Config) FillPools() []Problem {
	var problems []Problem
	refuse := func(format string, args ...any) {
		problems = append(problems, Problem{host.LevelError, fmt.Sprintf(format, args...)})
	}
	byName := make(map[string]*ServerConfig)
	for i := range c.Servers {
		byName[c.Servers[i].Name] = &c.Servers[i]
	}
	pools := slices.Clone(c.Pools)
	for _, server := range c.Servers {
		i := slices.IndexFunc(pools, func(p PoolConfig) bool { return p.Name == server.Pool })
		switch {
		case server.Pool == "":
			continue
		case i < 0:
			pools = append(pools, DefaultPool(server.Pool))
			i = len(pools) - 1
		}
		if !slices.Contains(pools[i].Servers, server.Name) {
			pools[i].Servers = append(slices.Clone(pools[i].Servers), server.Name)
		}
	}
	c.Pools = nil
	owner := make(map[string]string) // the pool of each server
	for _, pool := range pools {
		if byName[pool.Name] != nil {
			refuse("pool %q is ignored: a server has the same name, and a dial string could mean either", pool.Name)
			continue
		}
		listed := pool.Servers
		pool.Servers = nil
		for _, name := range listed {
			server := byName[name]
			switch other := owner[name]; {
			case server == nil:
				refuse("pool %q: there is no server %q; right is the name of a <server>, or of a row of the database", pool.Name, name)
			case other != "":
				refuse("pool %q: server %q is in pool %q already, and stays only there", pool.Name, name, other)
			case len(pool.Servers) > 0 && server.Plugin != byName[pool.Servers[0]].Plugin:
				refuse("pool %q: server %q has the plugin %s, and server %q has %s: it is left out; right is one plugin for all",
					pool.Name, name, server.Plugin, pool.Servers[0], byName[pool.Servers[0]].Plugin)
			default:
				owner[name] = pool.Name
				pool.Servers = append(pool.Servers, name)
			}
		}
		if pool.Template != "" && byName[pool.Template] == nil {
			refuse("pool %q: template %q is no <server>; the servers that are found have the defaults", pool.Name, pool.Template)
		}
		if len(pool.Servers) == 0 && pool.Discover == nil {
			refuse("pool %q is ignored: there is no server in it; want the param servers with names of <server>s, or discover", pool.Name)
			continue
		}
		c.Pools = append(c.Pools, pool)
	}
	return problems
}

// setWeight takes a server's share of the rooms.
func setWeight(to *float64, v string) error {
	weight, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
	if err != nil || math.IsNaN(weight) || weight < 0 || weight > greatestWeight {
		return fmt.Errorf("%q is not a number from 0 to %d", v, greatestWeight)
	}
	*to = weight
	return nil
}

const greatestWeight = 1000

// setCount takes a whole number; "" is 0, which stands for no limit.
func setCount(to *int, v string) error {
	v = strings.TrimSpace(v)
	n, err := strconv.Atoi(v)
	if v != "" && (err != nil || n < 1) {
		return fmt.Errorf("%q is not a whole number from 1 on", v)
	}
	*to = n
	return nil
}

// setPublicURL takes what a browser is told; a password would be told to everybody.
func setPublicURL(to *string, v string) error {
	if strings.TrimSpace(v) == "" {
		*to = ""
		return nil
	}
	var checked string
	if err := setURL(&checked, strings.ReplaceAll(v, inName, "name"), "http", "https", "ws", "wss"); err != nil {
		return err
	}
	if u, err := url.Parse(checked); err != nil || u.User != nil {
		return fmt.Errorf("it has a user or a password, which everybody would be told")
	}
	*to = openSIPS.Replace(strings.TrimSpace(v))
	return nil
}

// setPoolName takes the name of the pool that a server is in.
func setPoolName(to *string, v string) error {
	v = strings.TrimSpace(v)
	if !fitsDialString(v) {
		return fmt.Errorf("%q would not fit a dial string (no \"/\", \"@\" or space)", v)
	}
	*to = v
	return nil
}
