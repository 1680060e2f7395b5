// SPDX-License-Identifier: MPL-2.0

package impair

import (
	"errors"
	"fmt"
	"time"
)

// ErrLink is an impossible Link; the wrapping error says which field and why.
var ErrLink = errors.New("impossible link")

// Link says how bad one direction of a network is. The zero Link is perfect.
type Link struct {
	// Loss is the probability, 0 to 1, that a packet is lost, each on its own.
	Loss float64
	// Bursts, if set, lose packets in bursts, on top of Loss.
	Bursts *Bursts
	// Delay is what every packet takes.
	Delay time.Duration
	// Jitter is how much that varies: see Shape.
	Jitter time.Duration
	// Shape is the distribution of Jitter.
	Shape Shape
	// InOrder keeps packets in order however their delays vary, as a queue does:
	// one that is late holds up those behind it.
	InOrder bool
	// Stalls, if set, are the pauses of a radio link: nothing arrives for a while,
	// then everything at once.
	Stalls *Stalls
	// Reorder is the probability, 0 to 1, that a packet is held back by ReorderBy, so that later
	// ones overtake it.
	Reorder   float64
	ReorderBy time.Duration // 0: 30 ms, enough for one packet of 20 ms
	// Duplicate is the probability, 0 to 1, that a packet arrives twice.
	Duplicate float64
	// Rate is the capacity in bits per second, 0 for no limit.
	// Packets that would wait longer than Queue are lost.
	Rate  int
	Queue time.Duration // 0: 100 ms
	// Down loses everything: a cable that is pulled out.
	Down bool
}

// Shape is a distribution of delay.
type Shape int

// How Jitter is spread over packets.
const (
	// Uniform adds 0 to Jitter.
	Uniform Shape = iota
	// Normal adds the magnitude of a normal distribution with Jitter as its standard deviation,
	// cut off at four.
	Normal
)

// Bursts is the Gilbert-Elliott model: the network is in a good or in a bad
// state, each with its own loss, and goes from one to the other at a packet with
// a given probability. The mean burst is 1/ToGood packets long.
type Bursts struct {
	ToBad, ToGood     float64 // probability of a change, at each packet
	LossGood, LossBad float64 // probability of loss
}

// MeanLoss is the share of packets that is lost in the long run, 0 to 1.
func (b Bursts) MeanLoss() float64 {
	bad := b.ToBad / (b.ToBad + b.ToGood)
	return bad*b.LossBad + (1-bad)*b.LossGood
}

// Stalls come at random: the time between two is exponentially distributed.
type Stalls struct {
	Every time.Duration // mean time from the end of one to the start of the next
	For   time.Duration // the longest; durations are uniform between half of it and all
}

const (
	defaultReorderBy = 30 * time.Millisecond
	defaultQueue     = 100 * time.Millisecond
)

// check completes a link with defaults.
func (l *Link) check() error {
	probabilities := []struct {
		name  string
		value float64
	}{{"Loss", l.Loss}, {"Reorder", l.Reorder}, {"Duplicate", l.Duplicate}}
	if b := l.Bursts; b != nil {
		probabilities = append(probabilities, []struct {
			name  string
			value float64
		}{{"Bursts.ToBad", b.ToBad}, {"Bursts.ToGood", b.ToGood}, {"Bursts.LossGood", b.LossGood}, {"Bursts.LossBad", b.LossBad}}...)
		if b.ToBad+b.ToGood == 0 {
			return fmt.Errorf("%w: Bursts.ToBad and Bursts.ToGood are both 0", ErrLink)
		}
	}
	for _, p := range probabilities {
		if !(p.value >= 0 && p.value <= 1) { // also refuses NaN
			return fmt.Errorf("%w: %s is %v, which is no probability", ErrLink, p.name, p.value)
		}
	}
	switch {
	case l.Delay < 0, l.Jitter < 0, l.ReorderBy < 0, l.Queue < 0:
		return fmt.Errorf("%w: a time is negative", ErrLink)
	case l.Rate < 0:
		return fmt.Errorf("%w: Rate is %d bit/s", ErrLink, l.Rate)
	case l.Stalls != nil && (l.Stalls.Every <= 0 || l.Stalls.For <= 0):
		return fmt.Errorf("%w: Stalls need both times", ErrLink)
	}
	if l.ReorderBy == 0 {
		l.ReorderBy = defaultReorderBy
	}
	if l.Queue == 0 {
		l.Queue = defaultQueue
	}
	return nil
}
