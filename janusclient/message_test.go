// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseBatchKeepsWhatIsGood(t *testing.T) {
	messages, err := parseBatch([]byte(`[{"janus":"webrtcup","sender":7},{"janus":"event","sender":-1},{},{"janus":"hangup","sender":7}]`))
	require.Error(t, err)
	require.Len(t, messages, 2)
	_, err = parseBatch([]byte(`{"janus":` + strings.Repeat("[", maxDepth) + `}`))
	require.ErrorIs(t, err, errDepth)
}

// parseBatch splits and reads what a poll brings.
func parseBatch(b []byte) (messages []*message, bad error) {
	fault := func(what string, err error) *TransportError { return &TransportError{What: what, Err: err} }
	err := split(bytes.NewReader(b), 1<<20, func(in *intake) {
		m, err := in.message(fault)
		if err != nil {
			bad = err
			return
		}
		messages = append(messages, m)
	})
	return messages, errors.Join(err, bad)
}

func FuzzMessage(f *testing.F) {
	for _, seed := range []string{
		`{"janus":"success","transaction":"a","data":{"id":7}}`,
		`[{"janus":"event","sender":7,"session_id":1,"plugindata":{"plugin":"p","data":{"error_code":485,"error":"x"}}}]`,
		`{"janus":"trickle","candidate":{"candidate":"c","sdpMLineIndex":0}}`, `{"janus":"trickle","candidate":null}`,
		`{"janus":"error","error":{"code":458}}`, `{"janus":"slowlink","lost":1e99}`, `[[]]`, `{"janus":"event","jsep":{"type":1}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(_ *testing.T, raw []byte) {
		messages, _ := parseBatch(raw)
		for _, m := range messages {
			_ = m.event()
			_ = m.refusal("fuzz")
			_ = sum(m)
			if m.PluginData != nil {
				_ = pluginRefusal(m.PluginData, "fuzz")
			}
		}
	})
}
