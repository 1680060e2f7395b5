// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"mod_janus/janusclient/realjanus"
)

// One phone calls another: each hears the other, what is lost is seen, a hold is silent, a key is
// told, a hangup reaches both.
func TestPhones(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	phones := [2]*Phone{}
	for i := range phones {
		var err error
		phones[i], err = NewPhone()
		require.NoError(t, err)
		defer phones[i].Close()
	}
	uri := fmt.Sprintf("sip:phone@%s", phones[1].Address)
	_, err := phones[0].Dial(ctx, uri, PhoneConfig{Sends: PhoneMedia{Codec: "PCMU"}})
	require.ErrorContains(t, err, "486")
	lost := 0
	phones[1].Answer(PhoneConfig{Sends: PhoneMedia{Codec: "PCMA", Frames: ToneFrames("PCMA", 1000, 20)}})
	_, err = phones[0].Dial(ctx, uri, PhoneConfig{Sends: PhoneMedia{Codec: "PCMU"}})
	require.ErrorContains(t, err, "488")
	a, err := phones[0].Dial(ctx, uri, PhoneConfig{Sends: PhoneMedia{
		Codec: "PCMA", Frame: 30 * time.Millisecond, Frames: ToneFrames("PCMA", 440, 30),
		Fate: func(n int) PacketFate {
			if n%10 == 9 {
				lost++
				return Lost
			}
			return Sent
		},
	}})
	require.NoError(t, err)
	b, err := phones[1].Arrived(ctx)
	require.NoError(t, err)
	require.Equal(t, a.ID(), b.ID())

	require.NoError(t, realjanus.Until(10*time.Second, "each has packets", func() bool { return len(a.All().Packets) > 60 && len(b.All().Packets) > 40 }))
	all := b.All()
	require.Equal(t, map[int]int{240: len(all.Packets)}, all.Lengths())
	require.Positive(t, all.Lost())
	since := a.All().Packets[10].At
	sound := a.Heard(since, since.Add(500*time.Millisecond)).Sound()
	require.InDelta(t, -13, sound.Tone(1000), 3)
	at, heard := sound.Onset(1000, -13)
	require.True(t, heard)
	require.Less(t, at, 200*time.Millisecond)

	require.NoError(t, a.Hold(ctx))
	require.NoError(t, realjanus.Until(10*time.Second, "the one that is held sends nothing", func() bool {
		return len(a.Heard(time.Now().Add(-300*time.Millisecond), time.Now()).Packets) == 0
	}))
	require.NoError(t, a.Unhold(ctx))
	back := time.Now()
	require.NoError(t, realjanus.Until(10*time.Second, "it is back", func() bool { return len(a.Heard(back, time.Now()).Packets) > 10 }))
	a.Key('5', 100*time.Millisecond)
	require.NoError(t, realjanus.Until(10*time.Second, "the key is told, its end three times", func() bool {
		ends := 0
		b.audio.mu.Lock()
		defer b.audio.mu.Unlock()
		for _, packet := range b.audio.received {
			if packet.Type == keysType && packet.Payload[0] == 5 && packet.Payload[1]&0x80 != 0 {
				ends++
			}
		}
		return ends == 3
	}))
	require.NoError(t, a.Hangup(ctx))
	select {
	case <-b.Ended():
	case <-ctx.Done():
		require.Fail(t, "the other does not know that the call has ended")
	}
}
