// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"embed"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/media"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/test/lab"
)

// toneFiles are a second of 440 Hz at -13 dB as libopus encodes it, in mode and length as the name
// says: each packet after its length in two bytes.
//
//go:embed testdata/*.opus
var toneFiles embed.FS

func opusTone(t *testing.T, name string) (packets [][]byte) {
	t.Helper()
	b, err := toneFiles.ReadFile("testdata/" + name + ".opus")
	require.NoError(t, err)
	for len(b) > 0 {
		length := int(binary.BigEndian.Uint16(b))
		packets = append(packets, b[2:2+length])
		b = b[2+length:]
	}
	return packets
}

// g711Tone is the same in PCMU, of any length.
func g711Tone(ms int) (packets [][]byte) {
	samples := make([]float64, 8000)
	for i := range samples {
		samples[i] = 10000.0 / 32768 * math.Sin(2*math.Pi*440*float64(i)/8000)
	}
	all := lab.EncodeMuLaw(samples)
	for length := 8 * ms; len(all) >= length; all = all[length:] {
		packets = append(packets, all[:length])
	}
	return packets
}

// script says what a switch writes.
type script struct {
	codec   media.Codec
	packets [][]byte // again and again
	ms      int      // of each
	dtx     bool
	// written says whether this one is written, and after how long
	written func(n int) (late time.Duration, yes bool)
}

// speaker is a leg without a switch: a script writes.
func speaker(t *testing.T, engine *media.Engine, room janusclient.ID, s script) {
	t.Helper()
	rings := legIn(t, engine, room, s.codec, s.dtx)
	every(t, time.Duration(s.ms)*time.Millisecond, func(n int) {
		late, yes := s.written(n)
		if !yes {
			return
		}
		time.Sleep(late)
		if slot := rings.FromSwitch.Reserve(); slot != nil {
			samples := s.ms * int(s.codec.ClockRate) / 1000
			slot.Set(uint32(n*samples), 0, 0, uint16(samples), s.packets[n%len(s.packets)]) // #nosec G115 -- wraps as it should
			rings.FromSwitch.Push()
		}
	})
}

// listener hears what the room hears, as G.711.
type listener struct {
	mu      sync.Mutex
	samples []float64
}

func listens(t *testing.T, engine *media.Engine, room janusclient.ID) *listener {
	t.Helper()
	l := &listener{}
	rings := legIn(t, engine, room, media.PCMU, false)
	every(t, 20*time.Millisecond, func(int) {
		l.mu.Lock()
		defer l.mu.Unlock()
		slot := rings.ToSwitch.Peek()
		if slot == nil || len(slot.Payload()) != 160 {
			l.samples = append(l.samples, make([]float64, 160)...)
		} else {
			l.samples = append(l.samples, lab.DecodeMuLaw(slot.Payload())...)
		}
		if slot != nil {
			rings.ToSwitch.Pop()
		}
	})
	return l
}

// after is what is heard from now on, for so long.
func (l *listener) after(d time.Duration) lab.Sound {
	l.mu.Lock()
	l.samples = nil
	l.mu.Unlock()
	time.Sleep(d)
	l.mu.Lock()
	defer l.mu.Unlock()
	return lab.Sound{Rate: 8000, Samples: l.samples}
}

func legIn(t *testing.T, engine *media.Engine, room janusclient.ID, codec media.Codec, dtx bool) *media.Rings {
	t.Helper()
	a, rings, up := ask(t, janus), media.NewRings(), make(chan struct{}, 16)
	leg, err := engine.NewLeg(t.Context(), media.LegConfig{
		Rings: rings, Codecs: []media.Codec{codec}, LocalAddrs: []netip.Addr{netip.MustParseAddr(lab.Address())}, DTX: dtx,
		OnState: func(state media.State, _ error) {
			if state == media.StateUp {
				up <- struct{}{}
			}
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = leg.Close() })
	offer, err := leg.Offer()
	require.NoError(t, err)
	request := audiobridge.JoinRequest{Room: room}
	if codec.Is(media.PCMU) {
		request.Codec = "pcmu"
	}
	_, answer, err := a.Join(t.Context(), request, &janusclient.JSEP{Type: "offer", SDP: offer})
	require.NoError(t, err)
	_, err = leg.Answer(answer.SDP)
	require.NoError(t, err)
	select {
	case <-up:
	case <-time.After(patience):
		require.Fail(t, "no media")
	}
	return rings
}

// every calls step at an even pace until the test ends.
func every(t *testing.T, period time.Duration, step func(n int)) {
	stop := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		began := time.Now()
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			case <-time.After(time.Until(began.Add(time.Duration(n) * period))):
				step(n)
			}
		}
	})
	t.Cleanup(func() { close(stop); running.Wait() })
}

func eachTime(int) (time.Duration, bool) { return 0, true }

// pausing writes for half a second to a second, and then for 40 to 400 ms not.
func pausing() func(int) (time.Duration, bool) {
	random := rand.New(rand.NewPCG(3, 4))
	until, paused := 25, false
	return func(n int) (time.Duration, bool) {
		if n >= until {
			paused = !paused
			until = n + 25 + random.IntN(25)
			if paused {
				until = n + 2 + random.IntN(19)
			}
		}
		return 0, !paused
	}
}

// losing leaves out one in 25.
func losing() func(int) (time.Duration, bool) {
	random := rand.New(rand.NewPCG(5, 6))
	return func(int) (time.Duration, bool) { return 0, random.IntN(25) > 0 }
}

// What the room hears of a leg, whatever its switch writes:
// holes are no longer than what was not written, and a frame.
func TestHolesInTheRoom(t *testing.T) {
	const heardFor = 12 * time.Second
	for name, tc := range map[string]struct {
		script
		longest time.Duration // hole
		least   time.Duration // of tone
	}{
		"opus without pauses": {script{codec: media.Opus, packets: opusTone(t, "celt-20ms"), ms: 20, written: eachTime}, 40 * time.Millisecond, heardFor * 95 / 100},
		"PCMU without pauses": {script{codec: media.PCMU, packets: g711Tone(20), ms: 20, written: eachTime}, 40 * time.Millisecond, heardFor * 95 / 100},
		"opus with pauses":    {script{codec: media.Opus, packets: opusTone(t, "celt-20ms"), ms: 20, written: pausing()}, 460 * time.Millisecond, heardFor / 2},
		"SILK with pauses":    {script{codec: media.Opus, packets: opusTone(t, "silk-20ms"), ms: 20, written: pausing()}, 460 * time.Millisecond, heardFor / 2},
		"PCMU with pauses":    {script{codec: media.PCMU, packets: g711Tone(20), ms: 20, written: pausing()}, 460 * time.Millisecond, heardFor / 2},
		"opus with DTX":       {script{codec: media.Opus, packets: opusTone(t, "celt-20ms"), ms: 20, written: pausing(), dtx: true}, 460 * time.Millisecond, heardFor / 2},
		"opus with loss":      {script{codec: media.Opus, packets: opusTone(t, "celt-20ms"), ms: 20, written: losing()}, 60 * time.Millisecond, heardFor * 85 / 100},
		"PCMU with loss":      {script{codec: media.PCMU, packets: g711Tone(20), ms: 20, written: losing()}, 60 * time.Millisecond, heardFor * 85 / 100},
		"opus of 10 ms":       {script{codec: media.Opus, packets: opusTone(t, "celt-10ms"), ms: 10, written: eachTime}, 40 * time.Millisecond, heardFor * 95 / 100},
		"opus of 40 ms":       {script{codec: media.Opus, packets: opusTone(t, "celt-40ms"), ms: 40, written: eachTime}, 40 * time.Millisecond, heardFor * 95 / 100},
		"opus of 60 ms":       {script{codec: media.Opus, packets: opusTone(t, "celt-60ms"), ms: 60, written: eachTime}, 40 * time.Millisecond, heardFor * 95 / 100},
		"opus of 120 ms":      {script{codec: media.Opus, packets: opusTone(t, "celt-120ms"), ms: 120, written: eachTime}, 40 * time.Millisecond, heardFor * 95 / 100},
		"PCMU of 30 ms":       {script{codec: media.PCMU, packets: g711Tone(30), ms: 30, written: eachTime}, 40 * time.Millisecond, heardFor * 95 / 100},
		"PCMU of 100 ms":      {script{codec: media.PCMU, packets: g711Tone(100), ms: 100, written: eachTime}, 40 * time.Millisecond, heardFor * 95 / 100},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine, err := media.NewEngine(media.EngineConfig{})
			require.NoError(t, err)
			t.Cleanup(func() { _ = engine.Close() })
			room, _, err := ask(t, janus).Create(t.Context(), audiobridge.CreateRequest{SamplingRate: 16000})
			require.NoError(t, err)
			hears := listens(t, engine, room)
			speaker(t, engine, room, tc.script)
			time.Sleep(2 * time.Second) // Janus's buffer settles
			thrice(t, func(try testingT) {
				sound := hears.after(heardFor)
				spell, gaps := sound.Gaps(440)
				longest, missing := time.Duration(0), time.Duration(0)
				for _, gap := range gaps {
					longest = max(longest, gap)
					missing += gap
				}
				try.Logf("tone for %v, %d holes, the longest %v, %v in all", spell, len(gaps), longest, missing)
				require.LessOrEqual(try, longest, tc.longest)
				require.GreaterOrEqual(try, spell-missing, tc.least)
			})
		})
	}
}
