// SPDX-License-Identifier: MPL-2.0

package server

import (
	"reflect"

	"mod_janus/bridge/config"
)

// Match returns the server for a configuration: the present one where the
// connection stays as it is, else one that takes its place.
func Match(env *Env, present *Server, wanted config.ServerConfig) (s *Server, changed bool, err error) {
	wanted.TLSContents = wanted.Digest()
	if present == nil {
		s, err = New(env, wanted, nil)
		return s, false, err
	}
	was := *present.cfg.Load()
	switch {
	case reflect.DeepEqual(was, wanted):
		return present, present.follow(wanted.Enabled), nil
	case reflect.DeepEqual(connection(was), connection(wanted)):
		present.configure(wanted)
		present.follow(wanted.Enabled)
		return present, true, nil
	}
	s, err = New(env, wanted, present)
	return s, true, err
}

// connection is what of a configuration the connection with Janus stands on;
// the rest is each call's own.
func connection(cfg config.ServerConfig) config.ServerConfig {
	return config.ServerConfig{
		URL: cfg.URL, Fallbacks: cfg.Fallbacks, Secret: cfg.Secret, AuthToken: cfg.AuthToken, HMACSecret: cfg.HMACSecret, Plugin: cfg.Plugin,
		CmdTimeout: cfg.CmdTimeout, SendTimeout: cfg.SendTimeout, PingInterval: cfg.PingInterval, MaxMessageSize: cfg.MaxMessageSize, MaxChunks: cfg.MaxChunks,
		TLSVerify: cfg.TLSVerify, TLSCAFile: cfg.TLSCAFile, TLSCertFile: cfg.TLSCertFile, TLSKeyFile: cfg.TLSKeyFile,
		TLSContents: cfg.TLSContents,
	}
}
