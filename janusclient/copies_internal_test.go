// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// polled is what a poll makes of a body, that comes in by the reader that through makes.
func polled(t *testing.T, body string, through func(io.Reader) io.Reader) (got []*message, shown []string) {
	t.Helper()
	cfg := Config{MaxMessageSize: 1 << 20, Debug: func(_ string, m fmt.Stringer) { shown = append(shown, m.String()) }}
	p := &poller{rest: &rest{cfg: cfg}}
	response := &http.Response{Body: io.NopCloser(through(strings.NewReader(body)))}
	require.NoError(t, p.events(&url.URL{}, response, func(batch []*message) { got = append(got, batch...) }))
	return got, shown
}

// joinedEvent is what Janus tells one handle of somebody who comes.
func joinedEvent(sender uint64, who string) string {
	return fmt.Sprintf(`{"janus":"event","session_id":77,"sender":%d,"plugindata":{"plugin":"janus.plugin.audiobridge","data":{`+
		`"audiobridge":"joined","room":1234,"participants":[{"id":9,"display":%q,"setup":false,"muted":false}]}}}`, sender, who)
}

// A batch reads the same, message by message, whether copies are known or not, and
// however it comes in.
func TestCopiesAreReadAsTheyCame(t *testing.T) {
	elements := []string{
		joinedEvent(1001, "Ann"), joinedEvent(1002, "Ann"), joinedEvent(99, "Ann"), joinedEvent(18446744073709551615, "Ann"),
		`{"janus":"webrtcup","session_id":77,"sender":1001}`, joinedEvent(1003, "Ann"),
		joinedEvent(1001, "Bob"), joinedEvent(1002, "Ann"), joinedEvent(1002, "Bob"), joinedEvent(1003, `"sender":5, Bob`), joinedEvent(1004, `"sender":5, Bob`),
		`{"janus":"event","session_id":77,"sender":1001,"transaction":"t","plugindata":{"plugin":"p","data":{"result":"ok"}}}`,
		`{"janus":"event","session_id":77,"sender":1002,"transaction":"t","plugindata":{"plugin":"p","data":{"result":"ok"}}}`,
		`{"janus":"event","plugindata":{"plugin":"p","data":{"sender":3}},"sender":1001}`,
		`{"janus":"event","plugindata":{"plugin":"p","data":{"sender":4}},"sender":1001}`,
		`{"janus":"event","plugindata":{"plugin":"p","data":{"sender":4}},"sender":1002}`,
	}
	compact := "[" + strings.Join(elements, ",") + "]"
	var indented bytes.Buffer
	require.NoError(t, json.Indent(&indented, []byte(compact), "", "   "))
	for _, body := range []string{compact, indented.String()} {
		for name, through := range map[string]func(io.Reader) io.Reader{
			"at once":      func(r io.Reader) io.Reader { return r },
			"byte by byte": iotest.OneByteReader,
			"in halves":    iotest.HalfReader,
			"with EOF":     iotest.DataErrReader,
		} {
			got, shown := polled(t, body, through)
			require.Len(t, got, len(elements), name)
			copied := 0
			for i, m := range got {
				if m.original != nil {
					copied++
				}
				require.JSONEq(t, elements[i], string(m.text()), name)
				require.JSONEq(t, elements[i], shown[i], name)
				want, err := parseMessage([]byte(elements[i]))
				require.NoError(t, err)
				require.Equal(t, want.event(), laidOut(t, m.event()), name)
				require.Equal(t, []any{want.SessionID, want.Sender, want.Transaction}, []any{m.SessionID, m.Sender, m.Transaction}, name)
			}
			if name == "at once" {
				require.Equal(t, 7, copied, "five of Ann, and each second one of the others")
			}
		}
	}
}

// laidOut is an event whose data is written without white space.
func laidOut(t *testing.T, event Event) Event {
	t.Helper()
	if e, ok := event.(PluginEvent); ok {
		var data bytes.Buffer
		require.NoError(t, json.Compact(&data, e.Data))
		e.Data = data.Bytes()
		return e
	}
	return event
}

// What is wrong behind a copy is still wrong.
func TestCopiesHideNoFault(t *testing.T) {
	for body, want := range map[string]string{
		"[" + joinedEvent(1, "Ann") + "," + joinedEvent(2, "Ann"):                                                "cut after",
		"[" + joinedEvent(1, "Ann") + "," + joinedEvent(2, "Ann") + "}]":                                         "not a Janus message",
		"[" + joinedEvent(1, "Ann") + "," + joinedEvent(2, "Ann") + "]]":                                         "not a Janus message",
		"[" + joinedEvent(1, "Ann") + ",x" + joinedEvent(2, "Ann") + "]":                                         "not a Janus message",
		"[" + joinedEvent(1, "Ann") + "," + joinedEvent(2, "Ann") + ",]":                                         "empty answer",
		"[" + joinedEvent(1, "Ann") + "," + joinedEvent(2, "Ann")[1:] + "]":                                      "not a Janus message",
		strings.Replace("["+joinedEvent(1, "Ann")+","+joinedEvent(5, "Ann")+"]", `"sender":5`, `"sender":05`, 1): "not a Janus message",
	} {
		p := &poller{rest: &rest{cfg: Config{MaxMessageSize: 1 << 20}}}
		err := p.events(&url.URL{}, &http.Response{Body: io.NopCloser(strings.NewReader(body))}, func([]*message) {})
		require.ErrorContains(t, err, want, body)
	}
}

// BenchmarkPollOfCopies is a poll of a hundred copies of an event.
func BenchmarkPollOfCopies(b *testing.B) {
	var body strings.Builder
	for i := range uint64(100) {
		body.WriteString("," + joinedEvent(1<<50+i, "Ann"))
	}
	text := "[" + body.String()[1:] + "]"
	b.ReportAllocs()
	for b.Loop() {
		p := &poller{rest: &rest{cfg: Config{MaxMessageSize: 1 << 20}}}
		_ = p.events(&url.URL{}, &http.Response{Body: io.NopCloser(strings.NewReader(text))}, func([]*message) {})
	}
}
