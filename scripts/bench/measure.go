// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/module/lab"
)

// result is what one round says of one module.
type result struct {
	idleCPU  float64 // percent of a core, module loaded, no call
	floorCPU float64 // percent of a core per null leg
	legCPU   float64 // percent of a core per leg, above idle
	legKB    float64 // resident memory per leg, in kB
	single   time.Duration
	single95 time.Duration
	burst    time.Duration // until the last of the burst was answered
	burst95  time.Duration
	retries  int // legs that failed to come up at first
}

func (r result) String() string {
	return fmt.Sprintf("idle %.2f %%, null leg %.3f %%, leg %.3f %%, %.0f kB a leg, set-up %s (95th %s), burst %s (95th %s), %d retries",
		r.idleCPU, r.floorCPU, r.legCPU, r.legKB, ms(r.single), ms(r.single95), ms(r.burst), ms(r.burst95), r.retries)
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)) }

// bench is one switch with one module, and its Janus.
type bench struct {
	options
	sw      *lab.Switch
	retries int // legs that failed and were tried again
}

// measure starts a Janus and a switch with the module, and measures.
func measure(o options, path string) (r result, err error) {
	dir, err := os.MkdirTemp("", "mod-janus-bench-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(dir)
	janusDir := filepath.Join(dir, "janus")
	if err := os.Mkdir(janusDir, 0o700); err != nil {
		return r, err
	}
	// string ids: the C module sends nothing else
	janus, err := lab.StartJanus(janusDir, lab.JanusConfig{StringIDs: true})
	if err != nil {
		return r, err
	}
	defer janus.Stop(syscall.SIGTERM)
	sw, err := lab.StartSwitch(filepath.Join(dir, "switch"), lab.SwitchConfig{
		Host: o.host, Binary: o.minihost, Module: path, // the C module takes no candidate of a private network unless told to
		Janus: janus.Conf(`<param name="apply-candidate-acl" value="0.0.0.0/0"/><param name="codec-string" value="opus"/>`),
	})
	if err != nil {
		return r, err
	}
	defer sw.Stop()
	b := &bench{options: o, sw: sw}
	if err := b.rooms(janus.URL); err != nil {
		return r, err
	}
	err = b.all(&r)
	r.retries = b.retries
	return r, err
}

// rooms makes all rooms that the parts use: what is measured is to join one.
func (b *bench) rooms(url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client, err := janusclient.New(janusclient.Config{URL: url})
	if err != nil {
		return err
	}
	defer client.Close()
	session, err := client.Create(ctx, janusclient.SessionOptions{})
	if err != nil {
		return err
	}
	handle, err := audiobridge.Attach(ctx, session, janusclient.AttachOptions{})
	if err != nil {
		return err
	}
	names := []string{"9000", "9300", "9400"}
	for i := range b.legs / 2 {
		names = append(names, fmt.Sprintf("91%d", 2*i), fmt.Sprintf("91%d", 2*i+1))
	}
	for _, name := range names {
		// 48 kHz, as callers with Opus would want it
		if _, _, err := handle.Create(ctx, audiobridge.CreateRequest{Room: janusclient.StringID(name), SamplingRate: 48000}); err != nil {
			return err
		}
	}
	return session.Destroy(ctx)
}

// existing joins a room that is there. Without an A-leg, the C module offers
// Opus only when absolute_codec_string says so.
const existing = "{janus-use-existing-room=true,absolute_codec_string=opus}"

// all runs the parts in order; between them the switch has no leg.
func (b *bench) all(r *result) error {
	// a Janus that has just started cannot take calls yet
	var out string
	if err := lab.Until(30*time.Second, "the first call is answered", func() (met bool) {
		var err error
		out, err = b.sw.API("originate %sjanus/demo/first@9000 &park()", existing)
		return err == nil && strings.HasPrefix(out, "+OK")
	}); err != nil {
		return fmt.Errorf("%w: %s\n%s", err, out, b.sw.Log())
	}
	for _, part := range []func(*result) error{b.idle, b.floor, b.calls, b.singles, b.burst} {
		if err := b.clear(); err != nil {
			return err
		}
		if err := part(r); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) clear() error {
	if _, err := b.sw.API("hupall"); err != nil {
		return err
	}
	return lab.Until(20*time.Second, "no leg is left", func() bool {
		out, err := b.sw.API("show channels count")
		return err == nil && strings.Contains(out, "0 total")
	})
}

func (b *bench) idle(r *result) (err error) {
	time.Sleep(time.Second) // what the last calls have left to do is not measured
	r.idleCPU, err = b.cpu()
	return err
}

// floor is what bridging costs without us: null legs.
func (b *bench) floor(r *result) error {
	if err := b.pairs(func(i int) string { return fmt.Sprintf("null/%d", i) }); err != nil {
		return err
	}
	used, err := b.cpu()
	r.floorCPU = (used - r.idleCPU) / float64(b.legs)
	return err
}

func (b *bench) calls(r *result) error {
	before, err := resident(b.sw.PID())
	if err != nil {
		return err
	}
	// a room for each leg: Janus mixes least, and is another process anyway
	if err := b.pairs(func(i int) string { return fmt.Sprintf("%sjanus/demo/leg@91%d", existing, i) }); err != nil {
		return err
	}
	used, err := b.cpu()
	if err != nil {
		return err
	}
	out, err := b.sw.API("show channels count")
	if err == nil && !strings.Contains(out, fmt.Sprintf("%d total", b.legs/2*2)) {
		err = fmt.Errorf("not all legs have stayed up: %s", strings.TrimSpace(out))
	}
	if err != nil {
		return err
	}
	r.legCPU = (used - r.idleCPU) / float64(b.legs)
	after, err := resident(b.sw.PID())
	r.legKB = float64(after-before) / 1024 / float64(b.legs)
	return err
}

// pairs sets legs up, one after the other, and bridges each two. A leg that
// fails is tried again: that counts as a retry of the round.
func (b *bench) pairs(destination func(i int) string) error {
	var uuids []string
	for i := range b.legs / 2 * 2 {
		var out string
		if err := lab.Until(20*time.Second, "a leg is up", func() (up bool) {
			var err error
			out, err = b.sw.API("originate %s &park() XML default Bench 1000 5", destination(i))
			up = err == nil && strings.HasPrefix(out, "+OK")
			if !up {
				b.retries++
			}
			return up
		}); err != nil {
			return fmt.Errorf("%w: %s\n%s", err, strings.TrimSpace(out), b.sw.Log())
		}
		uuids = append(uuids, strings.TrimSpace(strings.TrimPrefix(out, "+OK")))
	}
	for i := 0; i < len(uuids); i += 2 {
		out, err := b.sw.API("uuid_bridge %s %s", uuids[i], uuids[i+1])
		if err == nil && !strings.HasPrefix(out, "+OK") {
			err = errors.New(strings.TrimSpace(out))
		}
		if err != nil {
			return fmt.Errorf("bridge: %w", err)
		}
	}
	return nil
}

func (b *bench) singles(r *result) error {
	var all []time.Duration
	for i := range b.options.singles {
		began := time.Now()
		out, err := b.sw.API("originate %sjanus/demo/s%d@9300 &park()", existing, i)
		if err == nil && !strings.HasPrefix(out, "+OK") {
			err = errors.New(strings.TrimSpace(out))
		}
		if err != nil {
			return fmt.Errorf("single call: %w", err)
		}
		all = append(all, time.Since(began))
		if _, err := b.sw.API("uuid_kill %s", strings.TrimSpace(strings.TrimPrefix(out, "+OK"))); err != nil {
			return err
		}
	}
	r.single, r.single95 = lab.Median(all), lab.Percentile(all, 95)
	return nil
}

func (b *bench) burst(r *result) error {
	var commands []string
	for i := range b.options.burst {
		commands = append(commands, fmt.Sprintf("originate %sjanus/demo/m%d@9400 &park()", existing, i))
	}
	jobs, err := b.sw.Burst(commands)
	if err != nil {
		return err
	}
	var all []time.Duration
	for _, job := range jobs {
		if !strings.HasPrefix(job.Output, "+OK") {
			return fmt.Errorf("call of a burst: %s", strings.TrimSpace(job.Output))
		}
		all = append(all, job.Took)
	}
	r.burst, r.burst95 = lab.Percentile(all, 100), lab.Percentile(all, 95)
	return nil
}
