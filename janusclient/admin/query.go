// SPDX-License-Identifier: MPL-2.0

package admin

import (
	"context"
	"encoding/json"
	"time"

	"mod_janus/janusclient"
)

// MessagePlugin sends a request to a plugin as a whole, without session and
// handle: janus.plugin.audiobridge, say, lists its rooms so. Request is written
// as a JSON object, nil is none. The plugin's refusal is a
// *janusclient.PluginError, here and of what the following ask.
func (c *Client) MessagePlugin(ctx context.Context, plugin string, request any) (json.RawMessage, error) {
	return c.query(ctx, "message_plugin", "plugin", plugin, request)
}

// QueryTransport asks a transport, janus.transport.http, say; what there is to
// ask depends on it. Request is as in MessagePlugin.
func (c *Client) QueryTransport(ctx context.Context, transport string, request any) (json.RawMessage, error) {
	return c.query(ctx, "query_transport", "transport", transport, request)
}

// QueryEventHandler asks an event handler, janus.eventhandler.wsevh, say, or
// changes what it is told. Request is as in MessagePlugin.
func (c *Client) QueryEventHandler(ctx context.Context, handler string, request any) (json.RawMessage, error) {
	return c.query(ctx, "query_eventhandler", "handler", handler, request)
}

// QueryLogger asks a logger, janus.logger.jsonlog, say. Request is as in
// MessagePlugin.
func (c *Client) QueryLogger(ctx context.Context, logger string, request any) (json.RawMessage, error) {
	return c.query(ctx, "query_logger", "logger", logger, request)
}

func (c *Client) query(ctx context.Context, name, member, whom string, request any) (json.RawMessage, error) {
	members := fields{member: whom}
	if request != nil {
		members["request"] = request
	}
	var answer struct {
		Response json.RawMessage `json:"response"`
	}
	if err := c.do(ctx, name, whole, members, &answer); err != nil {
		return nil, err
	}
	if err := janusclient.PluginRefusal(whom, answer.Response, name); err != nil {
		return nil, err
	}
	return answer.Response, nil
}

// ResolveAddress has Janus resolve a name, and tells the address and how long
// that took Janus. A name that does not resolve is janusclient.CodeUnknown.
func (c *Client) ResolveAddress(ctx context.Context, name string) (ip string, took time.Duration, err error) {
	var answer struct {
		IP      string `json:"ip"`
		Elapsed int64  `json:"elapsed"` // µs
	}
	err = c.ask(ctx, "resolve_address", whole, fields{"address": name}, &answer)
	return answer.IP, time.Duration(answer.Elapsed) * time.Microsecond, err
}

// STUNTest asks Janus to try a STUN server (RFC 8489).
type STUNTest struct {
	Address   string // of the server, or its name
	Port      int
	LocalPort int // from which to ask; 0: any
}

// STUNResult is the address that the STUN server has seen.
type STUNResult struct {
	PublicIP   string
	PublicPort int
	Took       time.Duration // name resolution and exchange
}

// TestSTUN has Janus ask a STUN server for its own address. Janus waits 5 s for
// the server, so with a CmdTimeout that is not longer a server that is silent
// ends in janusclient.ErrTimeout, else in janusclient.CodeUnknown.
func (c *Client) TestSTUN(ctx context.Context, test STUNTest) (*STUNResult, error) {
	members := fields{"address": test.Address, "port": test.Port}
	if test.LocalPort != 0 {
		members["localport"] = test.LocalPort
	}
	var answer struct {
		IP      string `json:"public_ip"`
		Port    int    `json:"public_port"`
		Elapsed int64  `json:"elapsed"` // µs
	}
	if err := c.ask(ctx, "test_stun", whole, members, &answer); err != nil {
		return nil, err
	}
	return &STUNResult{PublicIP: answer.IP, PublicPort: answer.Port, Took: time.Duration(answer.Elapsed) * time.Microsecond}, nil
}

// Loop is one of the static event loops ("event_loops" in janus.jcfg).
type Loop struct {
	ID      int `json:"id"`
	Handles int `json:"handles"` // that it serves
}

// LoopsInfo returns the static event loops, none if Janus uses none.
func (c *Client) LoopsInfo(ctx context.Context) ([]Loop, error) {
	var answer struct {
		Loops []Loop `json:"loops"`
	}
	err := c.ask(ctx, "loops_info", whole, nil, &answer)
	return answer.Loops, err
}
