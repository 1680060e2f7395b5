// SPDX-License-Identifier: MPL-2.0

package call

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
)

func TestInquiries(t *testing.T) {
	ch, _ := newTestChannel(nil)
	janus, handle := newTestAttachment(ch)
	var said []any
	q := inquiries{janus: janus, background: func(_ string, work func()) { work() }, post: func(msg any) { said = append(said, msg) }}
	quiet := inquiry{why: "no audio comes"}
	q.ask(quiet)
	q.ask(quiet)
	require.Equal(t, []any{msgInquired{1, quiet, nil}}, said, "one question at a time")
	why := failure.New(host.CauseMediaTimeout, "media failed")
	q.lost(why)
	require.Equal(t, msgInquired{1, inquiry{"media failed", why}, nil}, said[1], "that is asked in any case")
	require.Len(t, handle.configured, 2)
	janus.drop()
	q.lost(why)
	require.Len(t, said, 2, "there is nothing to ask about")
}
