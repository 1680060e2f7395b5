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
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// bench is one switch with one module, and its Janus.
type bench struct {
	options
	dir     string
	janus   *realjanus.Janus
	sw      *lab.Switch
	retries int // legs that failed and were tried again
	// watched ends the watch over the run's time.
	watched func() bool
}

// serverParams are those of the module's server: the C module takes no
// candidate of a private network unless told to.
const serverParams = `<param name="apply-candidate-acl" value="0.0.0.0/0"/><param name="codec-string" value="opus"/>`

// existing joins a room that is there. Without an A-leg, the C module offers
// Opus only when absolute_codec_string says so.
const existing = "{janus-use-existing-room=true,absolute_codec_string=opus}"

// newBench starts a real Janus, and a switch with the module that uses it.
func newBench(o options, m module) (*bench, error) {
	b, err := newJanus(o)
	if err != nil {
		return nil, err
	}
	if err := b.startSwitch(m, lab.ConfOf(b.janus, serverParams)); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

// newJanus starts a real Janus, and no switch yet.
func newJanus(o options) (*bench, error) {
	b := &bench{options: o}
	var err error
	if b.dir, err = os.MkdirTemp("", "mod-janus-bench-"); err != nil {
		return nil, err
	}
	janusDir := filepath.Join(b.dir, "janus")
	if err = os.Mkdir(janusDir, 0o700); err == nil {
		// string ids: the C module sends nothing else
		b.janus, err = realjanus.Start(janusDir, realjanus.Config{StringIDs: true})
	}
	if err == nil {
		err = b.env.askJanus(b.ctx, b.janus.HTTP)
	}
	if err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

// startSwitch starts the switch. When the run's time is up it is killed, so that whoever waits for
// it does so no longer.
func (b *bench) startSwitch(m module, janusConf string) (err error) {
	b.sw, err = lab.StartSwitch(filepath.Join(b.dir, "switch"), lab.SwitchConfig{
		Host: b.host, Binary: b.minihost, Module: m.path, Janus: janusConf, Env: m.env(),
	})
	if err == nil {
		var version string
		version, err = b.sw.API("version")
		b.env.askSwitch(version)
	}
	if err == nil {
		b.watched = context.AfterFunc(b.ctx, b.sw.Kill)
	}
	return err
}

func (b *bench) close() {
	if b.watched != nil {
		b.watched()
	}
	if b.sw != nil {
		b.sw.Stop()
	}
	if b.janus != nil {
		b.janus.Stop(syscall.SIGTERM)
	}
	_ = os.RemoveAll(b.dir)
}

// rooms makes rooms of 48 kHz, as callers with Opus would want them.
func (b *bench) rooms(url string, names ...string) error {
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
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
	for _, name := range names {
		if _, _, err := handle.Create(ctx, audiobridge.CreateRequest{Room: janusclient.StringID(name), SamplingRate: 48000}); err != nil {
			return err
		}
	}
	return session.Destroy(ctx)
}

// firstCall waits until a call comes up: a Janus that has just started cannot
// take any yet.
func (b *bench) firstCall(room string) error {
	var last error
	if err := realjanus.Until(30*time.Second, "the first call is answered", func() bool {
		_, last = b.originate("%sjanus/demo/first@%s &park()", existing, room)
		return last == nil
	}); err != nil {
		return fmt.Errorf("%w: %w\n%s", err, last, b.log())
	}
	return nil
}

// callPatience is how long the switch may take with a call.
const callPatience = 90 * time.Second

// originate places a call that must be answered, and returns its UUID.
func (b *bench) originate(format string, args ...any) (string, error) {
	return b.originateWithin(callPatience, format, args...)
}

// originateWithin is originate with a limit for the switch's answer.
func (b *bench) originateWithin(limit time.Duration, format string, args ...any) (string, error) {
	out, err := b.sw.APIWithin(limit, "originate "+format, args...)
	if err != nil {
		return "", err
	}
	uuid, answered := strings.CutPrefix(strings.TrimSpace(out), "+OK ")
	if !answered {
		return "", errors.New(strings.TrimSpace(out))
	}
	return uuid, nil
}

// clear hangs all legs up and waits for their end.
func (b *bench) clear() error {
	if _, err := b.sw.API("hupall"); err != nil {
		return err
	}
	return realjanus.Until(20*time.Second, "no leg is left", func() bool {
		out, err := b.sw.API("show channels count")
		return err == nil && strings.Contains(out, "0 total")
	})
}

// log is the end of the switch's log.
func (b *bench) log() string {
	const lines = 25
	all := strings.Split(strings.TrimSpace(b.sw.Log()), "\n")
	return strings.Join(all[max(len(all)-lines, 0):], "\n")
}
