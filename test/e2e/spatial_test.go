// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// A room with spatial audio answers in stereo. The leg stays one of one channel,
// in which the tone is heard as elsewhere.
func TestSpatialRoom(t *testing.T) {
	spatial := true
	room := janusclient.NumberID(8991)
	_, _, err := ask(t, janus).Create(t.Context(), audiobridge.CreateRequest{Room: room, SpatialAudio: &spatial, SamplingRate: 48000})
	require.NoError(t, err)
	speaker := originate(t, sw, "%s", tone("janus-use-existing-room=true", "janus/demo/Speaker@8991", 440))
	thrice(t, func(try testingT) {
		heard := record(t, "janus/demo/Listener@8991", 4)
		middle := heard.Cut(heard.Duration()/3, heard.Duration()*2/3)
		require.InDelta(try, toneLevel-6, middle.Tone(440), 3, "half of it is on either side")
		require.InDelta(try, middle.Level(), middle.Tone(440), 1, "and nothing else")
	})
	hangup(t, sw, speaker)
}
