// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"context"
	"encoding/json"
)

// Request is a request of the Janus API for which this package has no method,
// or one of the Admin API.
type Request struct {
	Name            string         // "janus": "keepalive", "list_sessions"
	Session, Handle uint64         // whom it is for; both 0: the server
	Fields          map[string]any // what else it holds; transaction, ids and secrets are added
	// Repeatable lets the request be sent once more, if the first try fails in
	// passing: it does no harm to carry it out twice.
	Repeatable bool
}

// Do sends a request and returns Janus's answer to it as it came: the whole
// message, for an answer that is no error. Where Janus answers "ack", that is
// all that is returned: for the messages of a plugin, [Handle.Message] also
// waits for the event. Sessions are better made with [Client.Create]: nobody
// listens to one made here. Errors are those of Handle.Message.
func (c *Client) Do(ctx context.Context, r Request) (json.RawMessage, error) {
	to := address{session: r.Session, handle: r.Handle}
	if r.Repeatable {
		m, err := c.call(ctx, to, r.Name, r.Fields)
		if err != nil {
			return nil, err
		}
		return m.raw, nil
	}
	ctx, cancel := c.limit(ctx)
	defer cancel()
	m, err := c.link.call(ctx, to, newRequest(r.Name, r.Fields))
	if err != nil {
		return nil, c.fail(ctx, r.Name, err)
	}
	if err := m.refusal(r.Name); err != nil {
		return nil, err
	}
	return m.raw, nil
}

// PluginRefusal returns the *PluginError in what a plugin said: all of Janus's
// plugins write error_code and error. It is nil if there is none. Request is the
// name of what the plugin was asked for.
func PluginRefusal(plugin string, data json.RawMessage, request string) error {
	return pluginRefusal(&pluginData{Plugin: plugin, Data: data}, request)
}
