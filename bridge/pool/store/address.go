// SPDX-License-Identifier: MPL-2.0

package store

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"mod_janus/bridge/config"
)

// The words of an address that say what kind of Redis it is.
const (
	paramMaster = "master_name" // Sentinel's name of the master
	paramNode   = "addr"        // another node of a Cluster, another Sentinel
)

// address is where a Redis is, with what it takes to get in.
type address struct {
	shown   string   // without secrets
	secrets []string // that may stand in no log
	options redis.UniversalOptions
}

// parseAddress reads the value of the param store. The error names no secret.
func parseAddress(text string) (*address, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Scheme != "redis" && u.Scheme != "rediss" {
		// what url.Parse says would show the password
		return nil, errors.New("this is no address of Redis, want redis://[[user]:password@]host[:port][/database], or rediss:// for TLS")
	}
	if u.Hostname() == "" {
		return nil, errors.New("the address of Redis names no host, want redis://[[user]:password@]host[:port][/database]")
	}
	a := &address{shown: shown(u)}
	if password, set := u.User.Password(); set {
		a.secrets = append(a.secrets, password)
	} else if u.User != nil {
		a.secrets = append(a.secrets, u.User.Username()) // a password whose colon was forgotten
	}
	query := u.Query()
	for _, name := range []string{"password", "sentinel_password"} {
		a.secrets = append(a.secrets, query[name]...)
	}
	switch {
	case query.Has(paramMaster):
		err = a.sentinel(u)
	case query.Has(paramNode):
		err = a.cluster(u)
	default:
		err = a.single(u)
	}
	if err != nil {
		return nil, fmt.Errorf("the address of Redis (%s) cannot be used: %s", a.shown, a.masked(err.Error()))
	}
	return a, nil
}

// Check tells what is wrong with the value of the param store of a pool, without connecting. The
// error names no secret.
func Check(text, pool string) error {
	_, err := checked(text, pool)
	return err
}

// checked reads the address of the store of a pool.
func checked(text, pool string) (*address, error) {
	a, err := parseAddress(text)
	if err != nil {
		return nil, err
	}
	if pool == "" || strings.ContainsAny(pool, "{}") {
		return nil, fmt.Errorf("a pool with a store may not be called %q: braces have a meaning in Redis", pool)
	}
	return a, nil
}

// shown is an address without user, password and query.
func shown(u *url.URL) string {
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), "6379")
	}
	text := u.Scheme + "://" + host
	if path := strings.Trim(u.Path, "/"); path != "" {
		text += "/" + path
	}
	return text
}

// masked is a text without the secrets: a server that does not know AUTH answers with what it was
// sent.
func (a *address) masked(text string) string {
	for _, secret := range a.secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return text
}

// single, sentinel and cluster read the three kinds of addresses.

func (a *address) single(u *url.URL) error {
	if database := strings.Trim(u.Path, "/"); database != "" {
		if _, err := strconv.Atoi(database); err != nil {
			return fmt.Errorf("the database is %q, want a number", database)
		}
	}
	o, err := redis.ParseURL(u.String())
	if err != nil {
		return err
	}
	a.options = redis.UniversalOptions{
		Addrs: []string{o.Addr}, DB: o.DB, Username: o.Username, Password: o.Password, TLSConfig: o.TLSConfig,
		ClientName: o.ClientName, PoolSize: o.PoolSize,
	}
	return nil
}

func (a *address) sentinel(u *url.URL) error {
	o, err := redis.ParseFailoverURL(u.String())
	if err != nil {
		return err
	}
	if o.MasterName == "" {
		return fmt.Errorf("%s is empty, want Sentinel's name of the master", paramMaster)
	}
	a.options = redis.UniversalOptions{
		Addrs: o.SentinelAddrs, MasterName: o.MasterName, DB: o.DB, Username: o.Username, Password: o.Password,
		SentinelUsername: o.SentinelUsername, SentinelPassword: o.SentinelPassword, TLSConfig: o.TLSConfig,
		ClientName: o.ClientName, PoolSize: o.PoolSize,
	}
	return nil
}

func (a *address) cluster(u *url.URL) error {
	o, err := redis.ParseClusterURL(u.String())
	if err != nil {
		return err
	}
	if database := strings.Trim(u.Path, "/"); database != "" && database != "0" {
		return fmt.Errorf("the database is %q: a Cluster has only 0", database)
	}
	a.options = redis.UniversalOptions{
		Addrs: o.Addrs, IsClusterMode: true, Username: o.Username, Password: o.Password, TLSConfig: o.TLSConfig,
		ClientName: o.ClientName, PoolSize: o.PoolSize,
	}
	return nil
}

// client makes a client, which connects when it is used. Everything that takes time is bounded by
// the contexts of the requests, and retries are the caller's.
func (a *address) client(name string) redis.UniversalClient {
	o := a.options
	if o.ClientName == "" {
		o.ClientName = name
	}
	o.Protocol, o.DisableIdentity, o.PipelinePoolSize = 2, true, -1
	o.MaxRetries, o.DialerRetries, o.ContextTimeoutEnabled = 1, 1, true
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = config.StorePatience, config.StorePatience, config.StorePatience
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return redis.NewUniversalClient(&o)
}
