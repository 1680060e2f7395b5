// SPDX-License-Identifier: MPL-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mod_janus/test/impair"
	"mod_janus/test/lab"
)

// The chain of -what quality: a leg of the switch plays speech into a room,
// another leg in the room is recorded by the switch. A relay in the media of
// one of the two, which lab.BadNetwork has put there, is the bad network.

// network is a case: how bad, and where.
type network struct {
	Loss     float64 `json:"loss"` // 0 to 1
	JitterMs int     `json:"jitter_ms"`
	Up       bool    `json:"up"` // between the leg that speaks and Janus; else between Janus and the leg that hears
	// Text is how long is spoken where -long says so, else 0.
	Text time.Duration `json:"text_ns,omitempty"`
}

func (n network) String() string {
	text := "from Janus"
	if n.Up {
		text = "to Janus"
	}
	if n.Loss > 0 {
		text += fmt.Sprintf(", %.0f %% loss", 100*n.Loss)
	}
	if n.JitterMs > 0 {
		text += fmt.Sprintf(", %d ms jitter", n.JitterMs)
	}
	if n.Loss == 0 && n.JitterMs == 0 {
		text += ", undisturbed"
	}
	if n.Text > 0 {
		text += fmt.Sprintf(", %s of text", n.Text)
	}
	return text
}

func (n network) link() impair.Link {
	// a queue delays, it does not reorder
	return impair.Link{Loss: n.Loss, Jitter: time.Duration(n.JitterMs) * time.Millisecond, InOrder: true}
}

// networks are the cases, each in both directions.
func networks() []network {
	var all []network
	for _, up := range []bool{false, true} {
		for _, loss := range []float64{0, 0.01, 0.03, 0.05, 0.10} {
			all = append(all, network{Loss: loss, Up: up})
		}
		for _, jitter := range []int{20, 40, 60} {
			all = append(all, network{JitterMs: jitter, Up: up})
		}
		all = append(all, network{Loss: 0.05, JitterMs: 40, Up: up})
	}
	return all
}

// longNetworks are those of -long: what goes wrong slowly is heard there.
func longNetworks(text time.Duration) []network {
	return []network{{Loss: 0.03, Text: text}, {Loss: 0.03, Up: true, Text: text}}
}

// cases are the networks that a run asks for.
func (o options) cases() []network {
	if o.long > 0 {
		return longNetworks(o.long)
	}
	return networks()
}

// quality is what one round says of one module.
type quality struct {
	Cases []heard `json:"cases"`
}

// heard is one case of a round.
type heard struct {
	network
	lab.Quality
	Unlike bool `json:"unlike"` // nothing of the original was found
}

// missing is the share of speech that did not come, in percent.
func (h heard) missing() float64 {
	if h.Unlike {
		return 100
	}
	return 100 * float64(h.Missing) / float64(max(h.Speech, 1))
}

func (h heard) longest() float64 {
	return float64(slices.Max(append(h.Gaps, 0)).Milliseconds())
}

func (q quality) String() string {
	var text strings.Builder
	for _, h := range q.Cases {
		fmt.Fprintf(&text, "\n  %s: weighted SNR %.1f dB, segmental %.1f dB, STOI %.3f, ESTOI %.3f, %.1f %% missing, longest gap %.0f ms, shifts %v, the largest %v, drift %v",
			h.network, h.WeightedSNR, h.SegmentalSNR, h.STOI, h.ESTOI, h.missing(), h.longest(),
			h.Shifts.Round(time.Millisecond), h.LargestShift.Round(time.Millisecond), h.Drift.Round(time.Millisecond))
	}
	return text.String()
}

// settle is how long a network is bad before speech begins: buffers adapt,
// and ends report to each other every few seconds.
const settle = 12 * time.Second

// atOnce is how many cases run at a time.
const atOnce = 9

// runQuality compares modules by sound.
func runQuality(o options, modules []module) error {
	dir, err := os.MkdirTemp("", "mod-janus-speech-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	speech, source, err := lab.Speech(dir)
	if o.long > 0 {
		speech, source, err = lab.LongSpeech(dir, o.long)
	}
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "speech.wav")
	if err := speech.WriteWAV(path); err != nil {
		return err
	}
	fmt.Printf("%s, %d rounds, %.1f s of speech by %s\n", o.host, o.rounds, speech.Duration().Seconds(), source)
	round := uint64(0)
	measure := func(o options, m module) (quality, error) {
		// each module of a round meets the same networks, each round others
		o.seed += 1000 * (round / uint64(len(modules)))
		round++
		return measureQuality(o, m, speech, path)
	}
	return compare(o, modules, measure, qualityTable, qualityChart)
}

func measureQuality(o options, m module, speech lab.Sound, file string) (q quality, err error) {
	b, err := newJanus(o)
	if err != nil {
		return q, err
	}
	defer b.close()
	bad, err := lab.NewBadNetwork(b.janus.HTTP, o.seed)
	if err != nil {
		return q, err
	}
	defer bad.Close()
	if err := b.startSwitch(m, lab.JanusConf(bad.URL, serverParams)); err != nil {
		return q, err
	}
	cases := o.cases()
	names := []string{"9000"}
	for i := range cases {
		names = append(names, qualityRoom(i))
	}
	if err := b.rooms(b.janus.HTTP, names...); err != nil {
		return q, err
	}
	if err := b.firstCall("9000"); err != nil {
		return q, err
	}
	for some := range slices.Chunk(cases, atOnce) {
		if err := b.clear(); err != nil {
			return q, err
		}
		all, err := b.listen(bad, some, speech, file)
		q.Cases = append(q.Cases, all...)
		if err != nil {
			return q, err
		}
	}
	return q, b.clear()
}

func qualityRoom(i int) string { return fmt.Sprintf("96%02d", i) }

// pair is the two legs of a case.
type pair struct{ speaks, hears, recording string }

// listen runs some cases at a time.
func (b *bench) listen(bad *lab.BadNetwork, cases []network, speech lab.Sound, file string) ([]heard, error) {
	hurry(b.janus.PID())
	defer relax()
	var pairs []pair
	for i, n := range cases {
		p, err := b.pair(bad, n, qualityRoom(i))
		if err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", n, err, b.log())
		}
		p.recording = filepath.Join(b.dir, fmt.Sprintf("heard-%d.wav", i))
		pairs = append(pairs, p)
	}
	if err := pause(b.ctx, settle); err != nil {
		return nil, err
	}
	for _, p := range pairs {
		if err := b.ok("uuid_record %s start %s", p.hears, p.recording); err != nil {
			return nil, err
		}
		if err := b.ok("uuid_broadcast %s %s aleg", p.speaks, file); err != nil {
			return nil, err
		}
	}
	if err := pause(b.ctx, speech.Duration()+time.Second); err != nil { // what is under way arrives
		return nil, err
	}
	for _, p := range pairs {
		if err := b.ok("uuid_record %s stop %s", p.hears, p.recording); err != nil {
			return nil, err
		}
	}
	relax() // comparing takes all the CPU that there is
	var all []heard
	for i, p := range pairs {
		h, err := b.judge(cases[i], p, speech)
		if err != nil {
			return all, err
		}
		all = append(all, h)
	}
	return all, nil
}

// pair puts two legs into a room and spoils the network of one. Who hears is a null leg that is
// bridged to the room: what is recorded of a leg itself FreeSWITCH decodes a second time,
// by other means.
func (b *bench) pair(bad *lab.BadNetwork, n network, room string) (p pair, err error) {
	var relays [2]*impair.Relay
	for i, leg := range []struct {
		uuid *string
		call string
	}{
		{&p.hears, "{rate=16000}null/x &bridge(%sjanus/demo/leg@%s)"},
		{&p.speaks, "%sjanus/demo/leg@%s &park()"},
	} {
		before, err := bad.Relays()
		if err != nil {
			return p, err
		}
		if *leg.uuid, err = b.originate(leg.call, existing, room); err != nil {
			return p, err
		}
		if err := bad.Flows(len(before) + 1); err != nil { // a leg that is parked sends nothing
			return p, err
		}
		after, err := bad.Relays()
		if err != nil {
			return p, err
		}
		relays[i] = after[len(before)]
	}
	if n.Up {
		return p, relays[1].SetLinks(n.link(), impair.Link{})
	}
	return p, relays[0].SetLinks(impair.Link{}, n.link())
}

// ok runs a command that must succeed.
func (b *bench) ok(format string, args ...any) error {
	out, err := b.sw.API(format, args...)
	if err == nil && !strings.HasPrefix(out, "+OK") {
		err = fmt.Errorf("%s: %s", fmt.Sprintf(format, args...), strings.TrimSpace(out))
	}
	return err
}

// judge compares a recording with the original.
func (b *bench) judge(n network, p pair, speech lab.Sound) (heard, error) {
	h := heard{network: n}
	sound, err := lab.ReadWAV(p.recording)
	if err != nil {
		return h, err
	}
	if b.keep != "" {
		name := strings.NewReplacer(" ", "-", ",", "", "%", "percent").Replace(n.String())
		if err := sound.WriteWAV(filepath.Join(b.keep, name+"-"+filepath.Base(b.dir)+".wav")); err != nil {
			return h, err
		}
	}
	h.Quality, err = lab.Compare(speech, sound)
	if errors.Is(err, lab.ErrUnlike) {
		h.Unlike, err = true, nil
	}
	return h, err
}
