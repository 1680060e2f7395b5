// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
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
		m, _, err := c.ask(ctx, to, r.Name, r.Fields)
		if err != nil {
			return nil, err
		}
		return m.raw, nil
	}
	ctx, cancel := c.limit(ctx)
	defer cancel()
	began := time.Now()
	m, err := c.link.roundTrip(ctx, to, newRequest(r.Name, r.Fields))
	if err != nil {
		err = c.fail(ctx, r.Name, err)
	} else {
		err = m.refusal(r.Name)
	}
	c.cfg.ended(r.Name, false, began, err)
	if err != nil {
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

// Request sends fields, a struct or map that becomes a JSON object, as the named
// request of the plugin, and reads the data of its one answer into answer, a
// pointer. Each of fields, jsep and answer may be nil. It returns the JSEP of
// the answer, nil if none, and the errors of [Handle.Message]. The packages below
// this one that know a plugin's requests are made of it, and so is a program
// that talks to any other plugin:
//
//	var answer struct { List []struct { Room janusclient.ID } }
//	_, err := handle.Request(ctx, "list", nil, nil, &answer)
func (h *Handle) Request(ctx context.Context, name string, fields any, jsep *JSEP, answer any) (*JSEP, error) {
	body, err := RequestBody(name, fields)
	if err != nil {
		return nil, err
	}
	reply, err := h.Message(ctx, body, jsep)
	if err != nil {
		return nil, err
	}
	if answer != nil {
		if err := json.Unmarshal(reply.Data, answer); err != nil {
			return nil, fmt.Errorf("%s: answer to %s: %w", h.plugin, name, err)
		}
	}
	return reply.JSEP, nil
}

// RequestBody is the body of a message to a plugin: fields, as a JSON object, and
// among them the name of the request. Fields may be nil. The error is for fields
// that are no JSON object.
func RequestBody(name string, fields any) (map[string]json.RawMessage, error) {
	body := map[string]json.RawMessage{}
	if fields != nil {
		raw, err := json.Marshal(fields)
		if err == nil {
			err = json.Unmarshal(raw, &body)
		}
		if err != nil {
			return nil, fmt.Errorf("janus: the fields of %s are no JSON object: %w", name, err)
		}
		if body == nil { // they were null
			body = map[string]json.RawMessage{}
		}
	}
	quoted, err := json.Marshal(name)
	if err != nil {
		return nil, fmt.Errorf("janus: %s: %w", name, err)
	}
	body["request"] = quoted
	return body, nil
}
