// SPDX-License-Identifier: MPL-2.0

package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mod_janus/janusclient/realjanus"
)

// cost is what one round says of one module.
type cost struct {
	Legs    int                  `json:"legs"`
	Idle    usage                `json:"idle"`  // module loaded, no call
	Calls   usage                `json:"calls"` // that many legs, bridged in pairs
	Null    usage                `json:"null"`  // as many null legs: the switch's own floor
	Setup   map[string][]float64 `json:"setup_ms"`
	Retries int                  `json:"retries"` // calls that failed
	// Bursts are what calls at once cost, by size, as in Setup.
	Bursts map[string]callCost `json:"bursts"`
	// Sustained are calls one after the other at a rate, where -rate asks for them.
	Sustained *sustained `json:"sustained,omitempty"`
}

// one is the key of Setup for calls one at a time; the others are sizes of bursts.
const one = "1"

func (c cost) leg() usage  { return c.Calls.minus(c.Idle).per(c.Legs) }
func (c cost) null() usage { return c.Null.minus(c.Idle).per(c.Legs) }

func (c cost) String() string {
	text := fmt.Sprintf("idle %.2f %%, null leg %.3f %%, leg %.3f %%, %.0f kB a leg, %d retries; set-up, 95th:",
		c.Idle.CPU, c.null().CPU, c.leg().CPU, c.leg().RSS, c.Retries)
	for _, key := range setupKeys(c) {
		text += fmt.Sprintf(" %s of %s", milliseconds(percentile(c.Setup[key], 95)), key)
	}
	if c.Sustained != nil {
		text += "; " + c.Sustained.String()
	}
	return text
}

func milliseconds(ms float64) string { return fmt.Sprintf("%.1f ms", ms) }

// measureCost starts a Janus and a switch with the module, and measures.
func measureCost(o options, m module) (cost, error) {
	b, err := newBench(o, m)
	if err != nil {
		return cost{}, err
	}
	defer b.close()
	if err := b.rooms(b.janus.HTTP, b.costRooms()...); err != nil {
		return cost{}, err
	}
	hurry(b.janus.PID())
	defer relax()
	if err := b.firstCall("9000"); err != nil {
		return cost{}, err
	}
	c := cost{Legs: o.legs / 2 * 2, Setup: map[string][]float64{}, Bursts: map[string]callCost{}}
	parts := []func(*cost) error{b.idle, b.calls, b.floor, b.singles}
	for _, size := range o.bursts {
		parts = append(parts, func(c *cost) error { return b.nullBurst(c, size) }, func(c *cost) error { return b.burst(c, size) })
	}
	if o.rate > 0 {
		parts = append(parts, b.sustain)
	}
	// between the parts the switch has no leg
	for _, part := range parts {
		if err := b.clear(); err != nil {
			return c, err
		}
		if err := part(&c); err != nil {
			return c, err
		}
	}
	c.Retries = b.retries
	return c, nil
}

// costRooms are all rooms that the parts use: what is measured is to join one.
func (b *bench) costRooms() []string {
	names := []string{"9000", "9300", "9400"}
	for i := range b.legs {
		names = append(names, fmt.Sprintf("91%d", i))
	}
	for i := range b.sustainedRooms() {
		names = append(names, sustainedRoom(i))
	}
	return names
}

func (b *bench) idle(c *cost) (err error) {
	if err := pause(b.ctx, time.Second); err != nil { // what the last calls have left to do is not measured
		return err
	}
	c.Idle, err = observe(b.ctx, b.sw.PID(), b.span)
	return err
}

// calls comes before floor: memory that null legs leave behind would be reused.
func (b *bench) calls(c *cost) error {
	// a room for each leg: Janus mixes least, and is another process anyway
	if err := b.pairs(func(i int) string { return fmt.Sprintf("%sjanus/demo/leg@91%d", existing, i) }); err != nil {
		return err
	}
	var err error
	if c.Calls, err = observe(b.ctx, b.sw.PID(), b.span); err != nil {
		return err
	}
	out, err := b.sw.API("show channels count")
	if err == nil && !strings.Contains(out, fmt.Sprintf("%d total", c.Legs)) {
		err = fmt.Errorf("not all legs have stayed up: %s", strings.TrimSpace(out))
	}
	return err
}

// floor is what bridging costs without us: null legs.
func (b *bench) floor(c *cost) (err error) {
	if err := b.pairs(func(i int) string { return fmt.Sprintf("null/%d", i) }); err != nil {
		return err
	}
	c.Null, err = observe(b.ctx, b.sw.PID(), b.span)
	return err
}

func (b *bench) singles(c *cost) error {
	for i := range b.options.singles {
		began := time.Now()
		uuid, err := b.originate("%sjanus/demo/s%d@9300 &park()", existing, i)
		if err != nil {
			return fmt.Errorf("single call: %w", err)
		}
		c.Setup[one] = append(c.Setup[one], time.Since(began).Seconds()*1000)
		if _, err := b.sw.API("uuid_kill %s", uuid); err != nil {
			return err
		}
	}
	return nil
}

// pairs sets legs up, one after the other, and bridges each two. A leg that
// fails is tried again: that counts as a retry of the round.
func (b *bench) pairs(destination func(i int) string) error {
	var uuids []string
	for i := range b.legs / 2 * 2 {
		var uuid string
		if err := realjanus.Until(20*time.Second, "a leg is up", func() bool {
			var err error
			if uuid, err = b.originate("%s &park() XML default Bench 1000 5", destination(i)); err != nil {
				b.retries++
			}
			return err == nil
		}); err != nil {
			return fmt.Errorf("%w\n%s", err, b.log())
		}
		uuids = append(uuids, uuid)
	}
	for pair := range slices.Chunk(uuids, 2) {
		if err := b.bridge(pair[0], pair[1]); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) bridge(one, other string) error {
	out, err := b.sw.API("uuid_bridge %s %s", one, other)
	if err == nil {
		err = succeeded(out)
	}
	if err != nil {
		return fmt.Errorf("bridge: %w", err)
	}
	return nil
}

// succeeded makes an error of what the switch says of a command that failed.
func succeeded(out string) error {
	if strings.HasPrefix(out, "+OK") {
		return nil
	}
	return errors.New(strings.TrimSpace(out))
}
