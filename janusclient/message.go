// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// message is anything that Janus sends: an answer to a request, or an event.
type message struct {
	Janus       string          `json:"janus"`
	Transaction string          `json:"transaction"`
	SessionID   coreID          `json:"session_id"`
	Sender      coreID          `json:"sender"`
	Error       *coreError      `json:"error"`
	Data        *answerData     `json:"data"`
	PluginData  *pluginData     `json:"plugindata"`
	JSEP        *JSEP           `json:"jsep"`
	Type        string          `json:"type"`
	Mid         string          `json:"mid"`
	Media       string          `json:"media"`
	Receiving   Flag            `json:"receiving"`
	Uplink      Flag            `json:"uplink"`
	Lost        int             `json:"lost"`
	Nacks       int             `json:"nacks"`
	Reason      string          `json:"reason"`
	Candidate   json.RawMessage `json:"candidate"`

	raw        json.RawMessage // the whole of it; nil of a copy, see text
	original   *original       // of which this is a copy; nil for none
	fault      *TransportError // it was too large: only the members above data have been read
	connection uint64          // the number of the connection by which it came; 0 over REST, unless there are several addresses
	took       time.Duration   // from request to answer
}

type coreError struct {
	Code   int    `json:"code"`
	Reason string `json:"reason"`
}

type answerData struct {
	ID coreID `json:"id"`
}

type pluginData struct {
	Plugin string          `json:"plugin"`
	Data   json.RawMessage `json:"data"`
}

// maxDepth is far above what Janus nests (about six levels), and far below
// what would cost anything to walk.
const maxDepth = 64

var (
	errDepth    = fmt.Errorf("JSON nested deeper than %d", maxDepth)
	errKind     = errors.New(`JSON without a "janus" member`)
	errTrailing = errors.New("more follows the end of the array")
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
