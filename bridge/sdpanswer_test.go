// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/host"
)

// An unusual answer of Janus brings media where it can,
// and otherwise ends the call with words that name what is wrong.
func TestUnusualAnswersInACall(t *testing.T) {
	const direction = "a=recvonly" // the peers of the lab only receive
	for name, tt := range map[string]struct {
		edit  []string   // pairs of old and new
		more  string     // at the end
		cause host.Cause // CauseNone: media comes up
		words string
	}{
		"port 0":         {edit: []string{"m=audio 9", "m=audio 0"}, cause: host.CauseIncompatibleDestination, words: "port 0"},
		"no audio":       {edit: []string{"m=audio", "m=video"}, cause: host.CauseIncompatibleDestination, words: "no audio section"},
		"no SDP":         {edit: []string{"v=0", "hello"}, cause: host.CauseIncompatibleDestination, words: "not valid SDP"},
		"inactive":       {edit: []string{direction, "a=inactive"}, cause: host.CauseIncompatibleDestination, words: "a=inactive"},
		"actpass":        {edit: []string{"a=setup:active", "a=setup:actpass"}, cause: host.CauseIncompatibleDestination, words: `"actpass"`},
		"holdconn":       {edit: []string{"a=setup:active", "a=setup:holdconn"}, cause: host.CauseIncompatibleDestination, words: `"holdconn"`},
		"other codec":    {edit: []string{"opus/48000", "speex/16000"}, cause: host.CauseIncompatibleDestination, words: "no codec in common"},
		"no fingerprint": {edit: []string{"a=fingerprint", "a=x-fingerprint"}, cause: host.CauseMediaTimeout, words: "fingerprint"},
		"LF only":        {edit: []string{"\r\n", "\n"}},
		"IPv6":           {edit: []string{"c=IN IP4 0.0.0.0", "c=IN IP6 ::"}},
		"no rtcp-mux":    {edit: []string{"a=rtcp-mux\r\n", ""}},
		"sendonly":       {edit: []string{direction, "a=sendonly"}},
		"long packets":   {more: "a=ptime:60\r\na=maxptime:60\r\n"},
		"64 kB":          {more: strings.Repeat("a=x-unknown:"+strings.Repeat("y", 1000)+"\r\n", 64)},
		"more sections": {more: "m=audio 0 UDP/TLS/RTP/SAVPF 0\r\nm=video 0 UDP/TLS/RTP/SAVPF 97\r\n" +
			"m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, "")
			l.janus.Answer = func(offer string) (string, error) {
				answer, err := l.peers.answer(offer)
				edited := strings.NewReplacer(tt.edit...).Replace(answer)
				if err == nil && len(tt.edit) > 0 && edited == answer {
					t.Errorf("nothing to edit in %s", answer)
				}
				return edited + tt.more, err
			}
			c, uuid := l.call("demo/x@1234", existing)
			cause := host.CauseNormalClearing
			if tt.cause == host.CauseNone {
				l.up(uuid)
				l.mediaUp()
			} else {
				var reason string
				cause, reason = l.down(uuid)
				require.Equal(t, tt.cause, cause, reason)
				require.Contains(t, reason, tt.words)
			}
			l.end(c, cause)
			l.clean(1)
		})
	}
}
