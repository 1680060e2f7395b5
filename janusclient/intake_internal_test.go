// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// endless is a message of one member that does not end.
type endless struct{ left int64 }

func (e *endless) Read(b []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(b)), e.left))
	for i := range b[:n] {
		b[i] = 'x'
	}
	e.left -= int64(n)
	return n, nil
}

// Of a message of 100 MB no more than its head is kept, and who it is for is known.
func TestIntakeIsBounded(t *testing.T) {
	in := &intake{limit: 1 << 20}
	head := `{"janus":"event","session_id":9007199254740993,"transaction":"t","sender":18446744073709551615,"plugindata":{"words":"`
	size, err := io.Copy(in, io.MultiReader(strings.NewReader(head), &endless{100 << 20}))
	require.NoError(t, err)
	require.Equal(t, size, in.size)
	require.LessOrEqual(t, cap(in.kept), 2*headSize)
	m, err := in.message(func(what string, err error) *TransportError { return &TransportError{What: what, Err: err} })
	require.NoError(t, err)
	require.ErrorContains(t, m.fault, "above the limit of 1048576 bytes (max-message-size)")
	require.Equal(t, "event t", m.Janus+" "+m.Transaction)
	require.Equal(t, []coreID{9007199254740993, 18446744073709551615}, []coreID{m.SessionID, m.Sender})

	in = &intake{limit: 1 << 20}
	_, _ = io.Copy(in, &endless{100 << 20})
	_, err = in.message(func(what string, err error) *TransportError { return &TransportError{What: what, Err: err} })
	require.ErrorContains(t, err, "a message of 104857600 bytes", "it says not whom it is for")
}

// However a batch is read, it is cut in the same places.
func TestSplit(t *testing.T) {
	for raw, want := range map[string][]string{
		``:                        {""},
		` {"a":[1,2]} `:           {`{"a":[1,2]} `},
		`<html>,[1]`:              {`<html>,[1]`},
		`[]`:                      nil,
		" \r\n\t[ ] \n":           nil,
		`[1]`:                     {"1"},
		`[{"a":"],["}, [2 , 3] ]`: {`{"a":"],["}`, ` [2 , 3] `},
		`["\"\\",",]"]`:           {`"\"\\"`, `",]"`},
		`[{},]`:                   {"{}", ""},
		`[,]`:                     {"", ""},
		`[{}}]`:                   {"{}}"},
	} {
		for _, r := range []io.Reader{strings.NewReader(raw), iotest.OneByteReader(strings.NewReader(raw)), iotest.DataErrReader(strings.NewReader(raw))} {
			var got []string
			require.NoError(t, split(r, 1<<10, func(in *intake) { got = append(got, string(in.kept)) }), raw)
			require.Equal(t, want, got, raw)
		}
	}
	for raw, want := range map[string]error{`[1`: io.ErrUnexpectedEOF, `["]`: io.ErrUnexpectedEOF, `[1]2`: errTrailing, `[`: io.ErrUnexpectedEOF} {
		require.ErrorIs(t, split(strings.NewReader(raw), 1<<10, func(*intake) {}), want, raw)
	}
}

// A message that is too large leaves its neighbours whole.
func TestSplitPastLargeOnes(t *testing.T) {
	var batch bytes.Buffer
	batch.WriteString(`[{"janus":"webrtcup"},{"janus":"event","words":"`)
	batch.WriteString(strings.Repeat("],", 1<<20))
	batch.WriteString(`"},{"janus":"hangup"}]`)
	var got []*message
	require.NoError(t, split(&batch, 1<<10, func(in *intake) {
		m, err := in.message(func(what string, err error) *TransportError { return &TransportError{What: what} })
		require.NoError(t, err)
		got = append(got, m)
	}))
	require.Len(t, got, 3)
	require.Equal(t, "webrtcup event hangup", got[0].Janus+" "+got[1].Janus+" "+got[2].Janus)
	require.NotNil(t, got[1].fault)
}
