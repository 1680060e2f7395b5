// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// message is anything that Janus sends: an answer to a request, or an event.
type message struct {
	Janus       string          `json:"janus"`
	Transaction string          `json:"transaction"`
	SessionID   uint64          `json:"session_id"`
	Sender      uint64          `json:"sender"`
	Error       *coreError      `json:"error"`
	Data        *answerData     `json:"data"`
	PluginData  *pluginData     `json:"plugindata"`
	JSEP        *JSEP           `json:"jsep"`
	Type        string          `json:"type"`
	Mid         string          `json:"mid"`
	Media       string          `json:"media"`
	Receiving   bool            `json:"receiving"`
	Uplink      bool            `json:"uplink"`
	Lost        int             `json:"lost"`
	Nacks       int             `json:"nacks"`
	Reason      string          `json:"reason"`
	Candidate   json.RawMessage `json:"candidate"`

	raw  json.RawMessage // the whole of it
	road uint64          // the number of the connection by which it came; 0 over REST
	took time.Duration   // from request to answer
}

type coreError struct {
	Code   int    `json:"code"`
	Reason string `json:"reason"`
}

type answerData struct {
	ID uint64 `json:"id"`
}

type pluginData struct {
	Plugin string          `json:"plugin"`
	Data   json.RawMessage `json:"data"`
}

const (
	// maxDepth is far above what Janus nests (about six levels), and far below
	// what would cost anything to walk.
	maxDepth = 64
	// maxBatch is how many events one poll may bring; Janus keeps to maxev.
	maxBatch = 1000
)

var (
	errDepth = fmt.Errorf("JSON nested deeper than %d", maxDepth)
	errBatch = fmt.Errorf("more than %d events at once", maxBatch)
	errKind  = errors.New(`JSON without a "janus" member`)
)

// parseMessage reads one message.
func parseMessage(b []byte) (*message, error) {
	if err := checkDepth(b); err != nil {
		return nil, err
	}
	m := &message{raw: b}
	if err := json.Unmarshal(b, m); err != nil {
		return nil, err
	}
	if m.Janus == "" {
		return nil, errKind
	}
	return m, nil
}

// parseBatch reads the answer to a long poll: one message, or an array of them
// (maxev above 1). A message that cannot be read does not take the others with
// it: they are returned along with the error.
func parseBatch(b []byte) ([]*message, error) {
	if !bytes.HasPrefix(bytes.TrimSpace(b), []byte("[")) {
		m, err := parseMessage(b)
		if err != nil {
			return nil, err
		}
		return []*message{m}, nil
	}
	if err := checkDepth(b); err != nil {
		return nil, err
	}
	var parts []json.RawMessage
	if err := json.Unmarshal(b, &parts); err != nil {
		return nil, err
	}
	if len(parts) > maxBatch {
		return nil, errBatch
	}
	var bad error
	messages := make([]*message, 0, len(parts))
	for _, part := range parts {
		m, err := parseMessage(part)
		if err != nil {
			bad = err
			continue
		}
		messages = append(messages, m)
	}
	return messages, bad
}

// checkDepth counts brackets outside strings, before a parser recurses on them.
func checkDepth(b []byte) error {
	depth, quoted := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return errDepth
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// refusal returns the core's error in the message, if it is one.
func (m *message) refusal(request string) error {
	if m.Janus != "error" {
		return nil
	}
	e := &Error{Request: request, Reason: "no reason given"}
	if m.Error != nil {
		e.Code = m.Error.Code
		if m.Error.Reason != "" {
			e.Reason = maskReason(m.Error.Reason)
		}
	}
	return e
}
