// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/pion/rtp"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/test/lab"
)

// The chain of -what delay: a talker in one room, a listener in another, both
// browsers in G.711, and between the rooms
//
//   - nothing: they are in one room. Janus mixes once.
//   - two browsers, of which one sends on each packet of Opus that the other
//     receives, at once: what an ideal switch would be. Janus mixes twice.
//   - two legs of the switch, bridged. What this takes more than the ideal one
//     is what we add.
//
// A mixer takes what has come every 20 ms: so a packet waits for up to that,
// by how the clock of its sender stands to the mixer's, and what is late by 1 ms
// may cost 20. Everything is therefore measured with the clocks of talker and of
// the second room at several phases, and the mean is taken.
const phases = 4

func measureDelay(o options, m module) (d delay, err error) {
	b, err := newBench(o, m)
	if err != nil {
		return d, err
	}
	defer b.close()
	if err := b.rooms(b.janus.HTTP, "9000"); err != nil {
		return d, err
	}
	hurry(b.janus.PID())
	defer relax()
	if err := b.firstCall("9000"); err != nil {
		return d, err
	}
	ctx, cancel := context.WithTimeout(o.ctx, 6*o.span+6*phases*time.Duration(o.clicks+20)*clickEvery*frameTime)
	defer cancel()
	for phase := range phases {
		if err := b.clear(); err != nil {
			return d, err
		}
		if err := b.delays(ctx, &d, phase); err != nil {
			return d, err
		}
	}
	return d, b.clear()
}

// delays measures the three passages at one phase, in rooms of its own.
func (b *bench) delays(ctx context.Context, d *delay, phase int) error {
	c := chain{bench: b, near: fmt.Sprintf("95%d0", phase), far: fmt.Sprintf("95%d1", phase), phase: frameTime * time.Duration(phase) / phases}
	atPhase(0)
	if err := b.rooms(b.janus.HTTP, c.near); err != nil {
		return err
	}
	atPhase(c.phase)
	if err := b.rooms(b.janus.HTTP, c.far); err != nil {
		return err
	}
	if err := c.passage(ctx, &d.Once, c.near, c.near); err != nil {
		return err
	}
	stop, err := c.idealSwitch(ctx)
	if err != nil {
		return err
	}
	err = c.passage(ctx, &d.Twice, c.near, c.far)
	stop()
	if err != nil {
		return fmt.Errorf("ideal switch: %w", err)
	}
	if err := c.bridgeRooms(); err != nil {
		return err
	}
	if err := c.passage(ctx, &d.Through, c.near, c.far); err != nil {
		return fmt.Errorf("bridged legs: %w", err)
	}
	return nil
}

// atPhase waits until the clock stands so, modulo the time of a frame.
func atPhase(phase time.Duration) {
	time.Sleep((phase - time.Duration(time.Now().UnixNano())%frameTime + frameTime) % frameTime)
}

// chain is two rooms.
type chain struct {
	*bench
	near, far string
	phase     time.Duration
}

// bridgeRooms puts a leg into each room and bridges the two.
func (c *chain) bridgeRooms() error {
	var legs []string
	for _, room := range []string{c.near, c.far} {
		uuid, err := c.originate("%sjanus/demo/leg@%s &park()", existing, room)
		if err != nil {
			return fmt.Errorf("%w\n%s", err, c.log())
		}
		legs = append(legs, uuid)
	}
	return c.bridge(legs[0], legs[1])
}

// browser joins a room and waits until it is up.
func (b *bench) browser(ctx context.Context, room string, cfg lab.BrowserConfig) (*lab.Browser, error) {
	browser, err := lab.NewBrowserWith(ctx, b.janus.HTTP, cfg)
	if err != nil {
		return nil, err
	}
	err = browser.Join(ctx, audiobridge.JoinRequest{Room: janusclient.StringID(room)}, false)
	if err == nil {
		err = browser.WaitUp(ctx)
	}
	if err != nil {
		browser.Close()
		return nil, err
	}
	return browser, nil
}

// idealSwitch passes packets from one room to the other without delay.
func (c *chain) idealSwitch(ctx context.Context) (stop func(), err error) {
	out, err := c.browser(ctx, c.far, lab.BrowserConfig{Opus: true})
	if err != nil {
		return nil, err
	}
	in, err := c.browser(ctx, c.near, lab.BrowserConfig{Opus: true, OnPacket: func(packet *rtp.Packet, _ time.Time) {
		_ = out.Send(packet.Payload) // one that is lost is missed by the listener
	}})
	if err != nil {
		out.Close()
		return nil, err
	}
	return func() {
		in.Close()
		out.Close()
	}, nil
}

// listener keeps what a browser hears.
type listener struct {
	mu    sync.Mutex
	ear   ear
	sound lab.Sound
}

func (l *listener) take(packet *rtp.Packet, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ear.take(packet.Payload, at)
	l.sound.Samples = append(l.sound.Samples, lab.DecodeMuLaw(packet.Payload)...)
}

// passage sends a tone and then clicks from a talker in one room to a listener
// in another; where nothing at all is heard, all clicks are missed, and it is
// done once more.
func (c *chain) passage(ctx context.Context, p *passage, from, to string) error {
	err := c.try(ctx, p, from, to)
	if errors.Is(err, errDeaf) {
		p.Missed += c.clicks
		err = c.try(ctx, p, from, to)
	}
	return err
}

func (c *chain) try(ctx context.Context, p *passage, from, to string) error {
	l := &listener{sound: lab.Sound{Rate: 8000}}
	hearing, err := c.browser(ctx, to, lab.BrowserConfig{OnPacket: l.take})
	if err != nil {
		return err
	}
	defer hearing.Close()
	talking, err := c.browser(ctx, from, lab.BrowserConfig{})
	if err != nil {
		return err
	}
	defer talking.Close()
	atPhase(c.phase)
	var clicks clicker
	toneFrames, clickFrames := int(c.span/phases/frameTime), clickEvery*(c.clicks+1)
	if err := talk(ctx, talking.Send, func(n int) []byte {
		switch {
		case n < toneFrames:
			return toneFrame(n)
		case n < toneFrames+clickFrames:
			return clicks.frame(n - toneFrames)
		default:
			return nil
		}
	}); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	heard, missed := delays(clicks.made, l.ear.heard)
	if len(heard) == 0 {
		return fmt.Errorf("from room %s to room %s: %w", from, to, errDeaf)
	}
	p.Delays, p.Missed = append(p.Delays, heard), p.Missed+missed
	heardFor, gaps := l.sound.Cut(0, l.sound.Duration()-time.Duration(clickFrames)*frameTime).Gaps(toneHertz)
	p.Seconds += heardFor.Seconds()
	for _, gap := range gaps {
		p.Gaps = append(p.Gaps, gap.Seconds()*1000)
	}
	return nil
}

var errDeaf = errors.New("no click was heard")
