// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"time"

	"mod_janus/janusclient/janustest"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
	"mod_janus/test/lab/mediapeer"
)

// The chain of -what scale and -what limit: a media peer talks, a leg of the switch
// hears it, is bridged to a second leg, and whose media peer hears what comes out; and
// so the other way round. No mixer: every frame's delay is what switch and module
// add, and nothing else.

// Setting legs up may take as long as this, and a single call as long as that. A machine that
// needs longer has too much to do.
const (
	setUpBase    = 30 * time.Second
	setUpPerLeg  = 150 * time.Millisecond
	callSeconds  = 10 // until a call that nobody answers has failed
	callAtMost   = 15 * time.Second
	goneAtMost   = 15 * time.Second // a peer is gone after 10 s of silence
	settlingTime = 2 * time.Second  // of buffers, when legs have come or gone
)

// rig is a switch whose legs talk to media peers, bridged in pairs.
type rig struct {
	*bench
	peers *mediapeer.Server
	pairs [][2]string // UUIDs
	idle  usage       // of the switch, before any leg
	last  float64     // CPU of the machine at the last level, in percent of all cores
}

// peerAddress is where media peers are: not on the loopback interface, in the lab.
func peerAddress() netip.Addr {
	address, err := netip.ParseAddr(os.Getenv("MOD_JANUS_ICE_IP"))
	if err != nil {
		return netip.Addr{} // the peers' default
	}
	return address
}

// newRig starts peers and a switch, and observes it without legs for a while.
func newRig(o options, m module, idle time.Duration) (r *rig, err error) {
	made := &rig{bench: &bench{options: o}}
	r = made
	defer func() {
		if err != nil {
			made.close()
		}
	}()
	if r.dir, err = os.MkdirTemp("", "mod-janus-bench-"); err != nil {
		return nil, err
	}
	if r.peers, err = mediapeer.New(mediapeer.Config{Address: peerAddress(), Options: []janustest.Option{janustest.WithRoom("9700")}}); err != nil {
		return nil, err
	}
	if err = r.startSwitch(m, lab.JanusConf(r.peers.URL, serverParams)); err != nil {
		return nil, err
	}
	hurry()
	if err = r.firstCall("9700"); err != nil {
		return nil, err
	}
	if err = r.clear(); err != nil {
		return nil, err
	}
	if err = pause(o.ctx, time.Second); err != nil { // what the first call has left to do is not measured
		return nil, err
	}
	r.idle, err = observe(o.ctx, r.sw.PID(), idle)
	return r, err
}

func (r *rig) close() {
	relax()
	r.bench.close()
	if r.peers != nil {
		r.peers.Close()
	}
}

// legs is how many there are.
func (r *rig) legs() int { return 2 * len(r.pairs) }

// setUpLimit is how long it may take to go from one number of legs to another.
func setUpLimit(from, to int) time.Duration {
	return setUpBase + time.Duration(abs(to-from))*setUpPerLeg
}

func abs(n int) int { return max(n, -n) }

// setLegs adds or takes away pairs until there are so many legs, and waits until each has its
// media. An error says what was too much.
func (r *rig) setLegs(legs int) error {
	began, limit := time.Now(), setUpLimit(r.legs(), legs)
	left := func() time.Duration { return limit - time.Since(began) }
	for r.legs() != legs {
		if left() <= 0 {
			return fmt.Errorf("after %s of setting up there are %d", limit.Round(time.Second), r.legs())
		}
		change := r.addPair
		if r.legs() > legs {
			change = r.dropPair
		}
		if err := change(callAtMost); err != nil {
			return err
		}
	}
	if err := realjanus.Until(max(left(), goneAtMost), "media of all legs", func() bool {
		return r.peers.Up() == legs || r.ctx.Err() != nil
	}); err != nil {
		return fmt.Errorf("%d legs have media: %w", r.peers.Up(), err)
	}
	return pause(r.ctx, settlingTime)
}

// addPair bridges two more legs. When one fails the other one ends.
func (r *rig) addPair(limit time.Duration) error {
	var uuids [2]string
	for i := range uuids {
		var err error
		if uuids[i], err = r.originateWithin(limit, "%sjanus/demo/leg@9700 &park() XML default Bench 1000 %d", existing, callSeconds); err != nil {
			if i > 0 {
				_, _ = r.sw.APIWithin(limit, "uuid_kill %s", uuids[0])
			}
			return fmt.Errorf("call %d: %w", r.legs()+i+1, err)
		}
	}
	out, err := r.sw.APIWithin(limit, "uuid_bridge %s %s", uuids[0], uuids[1])
	if err == nil {
		err = succeeded(out)
	}
	if err != nil {
		return fmt.Errorf("bridge: %w", err)
	}
	r.pairs = append(r.pairs, uuids)
	return nil
}

// dropPair hangs the newest pair up.
func (r *rig) dropPair(limit time.Duration) error {
	last := r.pairs[len(r.pairs)-1]
	for _, uuid := range last {
		// the bridge may have ended the other one already
		if _, err := r.sw.APIWithin(limit, "uuid_kill %s", uuid); err != nil {
			return err
		}
	}
	r.pairs = r.pairs[:len(r.pairs)-1]
	return nil
}

// answers says whether the switch still takes commands.
func (r *rig) answers() bool {
	_, err := r.sw.APIWithin(callAtMost, "status")
	return err == nil
}

// level measures the legs that are there.
func (r *rig) level(span time.Duration) (l level, err error) {
	r.peers.Reset()
	began := time.Now()
	before, err := cpuTime(os.Getpid())
	if err != nil {
		return l, err
	}
	l.Legs = r.legs()
	if l.Usage, err = observe(r.ctx, r.sw.PID(), span); err != nil {
		return l, err
	}
	after, err := cpuTime(os.Getpid())
	if err != nil {
		return l, err
	}
	took := time.Since(began)
	streams := r.peers.Streams()
	l.Seconds, l.Peer = took.Seconds(), 100*float64(after-before)/float64(took)
	// the kernel counts the machine's time in ticks, and misses what runs between two of them
	l.Usage.Machine = max(l.Usage.Machine, (l.Usage.CPU+l.Peer+l.Usage.Others)/float64(runtime.NumCPU()))
	l.sum(streams)
	if gone := l.Legs - len(streams); gone > 0 {
		return l, fmt.Errorf("%d of %d streams have ended", gone, l.Legs)
	}
	return l, nil
}
