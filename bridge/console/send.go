// SPDX-License-Identifier: MPL-2.0

package console

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/server"
	"mod_janus/janusclient"
)

// commandSend runs `janus send`.
func (c *Console) commandSend(text string) string {
	s, p, err := c.parseRawRequest(text)
	switch {
	case errors.Is(err, errUsage):
		return usageOf("send")
	case err != nil:
		return "-ERR " + failure.Reason(err) + "\n"
	}
	answer, err := s.Send(p, 0)
	if err != nil {
		return "-ERR " + failure.Reason(err) + "\n"
	}
	return string(answer) + "\n"
}

// SendApplication runs the dialplan application janus_send on a session: the
// request goes to the server, and where it wants a handle of ours, to that of
// the session's Janus leg, if it has one there. Janus's answer is in the
// session's variable janus_response, and in janus_send_result "+OK", or "-ERR"
// and why there is no answer. It waits for Janus, at most cmd-timeout.
func (c *Console) SendApplication(uuid, line string) {
	answer, err := c.sendFor(uuid, line)
	result := "+OK"
	if err != nil {
		result = "-ERR " + failure.Reason(err)
		c.env.Host.Log(uuid, host.LevelWarning, "Application janus_send: "+result)
	}
	_ = c.env.Host.SetVariable(uuid, host.VarResponse, string(answer))
	_ = c.env.Host.SetVariable(uuid, host.VarSendResult, result)
}

func (c *Console) sendFor(uuid, line string) (json.RawMessage, error) {
	s, p, err := c.parseRawRequest(line)
	if errors.Is(err, errUsage) {
		return nil, errors.New("usage: janus_send " + SendSyntax())
	}
	if err != nil {
		return nil, err
	}
	var handle uint64
	if leg := c.legOf(uuid); leg != nil && leg.Server() == s {
		handle, _ = strconv.ParseUint(c.env.Host.Variable(leg.UUID(), host.VarHandleID), 10, 64)
	}
	return s.Send(p, handle)
}

// parseRawRequest takes <server> <json> [async] [force].
func (c *Console) parseRawRequest(text string) (*server.Server, server.RawRequest, error) {
	name, text := config.CutWord(text)
	if name == "" || text == "" {
		return nil, server.RawRequest{}, errUsage
	}
	s, err := c.env.Server(name)
	if err != nil {
		return nil, server.RawRequest{}, err
	}
	var p server.RawRequest
	var rest string
	if p.Request, rest, err = janusclient.ParseRequest(text, s.Config().MaxMessageSize); err != nil {
		return s, p, err
	}
	for _, word := range strings.Fields(rest) {
		switch word {
		case "async":
			p.Async = true
		case "force":
			p.Force = true
		default:
			return s, p, errUsage
		}
	}
	return s, p, nil
}
