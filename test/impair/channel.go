// SPDX-License-Identifier: MPL-2.0

package impair

import (
	"math"
	"math/rand/v2"
	"time"
)

// Stats counts what became of packets.
type Stats struct {
	Packets    uint64 // that came in
	Lost       uint64 // by Loss, Bursts or Down
	Overflowed uint64 // that the queue before Rate had no room for
	Duplicated uint64 // that went out twice
	HeldBack   uint64 // by Reorder
	Stalled    uint64 // that waited for the end of a stall
}

// Channel is one direction of a network. It belongs to one goroutine.
type Channel struct {
	link  Link
	stats Stats

	loss, burst, jitter, reorder, duplicate, stall *rand.Rand

	bad        bool      // state of Bursts
	free       time.Time // when the line has sent all that it took
	last       time.Time // latest arrival so far, for InOrder
	stallFrom  time.Time
	stallUntil time.Time
}

// NewChannel makes a channel whose decisions follow from the seed.
func NewChannel(link Link, seed uint64) (*Channel, error) {
	if err := link.check(); err != nil {
		return nil, err
	}
	generator := func(kind uint64) *rand.Rand {
		return rand.New(rand.NewPCG(seed, kind)) // #nosec G404 -- repeatable on purpose
	}
	return &Channel{
		link: link, loss: generator(1), burst: generator(2), jitter: generator(3),
		reorder: generator(4), duplicate: generator(5), stall: generator(6),
	}, nil
}

// Set makes the link another one from the next packet on. The generators go on
// where they were.
func (c *Channel) Set(link Link) error {
	if err := link.check(); err != nil {
		return err
	}
	c.link = link
	return nil
}

// Stats returns the counts so far.
func (c *Channel) Stats() Stats { return c.stats }

// Send puts a packet of size bytes into the channel at a time that must not be
// before that of the call before. It returns how often the packet arrives: not
// at all, once, or twice, and when.
func (c *Channel) Send(now time.Time, size int) (copies int, at [2]time.Time) {
	c.stats.Packets++
	// Each generator is drawn from for each packet, lost or not: so one
	// impairment does not shift another.
	lost := c.loses()
	delay := c.link.Delay + c.varies()
	held := c.reorder.Float64() < c.link.Reorder
	twice := c.duplicate.Float64() < c.link.Duplicate
	if lost {
		c.stats.Lost++
		return 0, at
	}
	sent, ok := c.transmit(now, size)
	if !ok {
		c.stats.Overflowed++
		return 0, at
	}
	arrival := c.stalled(sent.Add(delay))
	if c.link.InOrder && arrival.Before(c.last) {
		arrival = c.last
	}
	if held {
		c.stats.HeldBack++
		arrival = arrival.Add(c.link.ReorderBy)
	} else if arrival.After(c.last) {
		c.last = arrival
	}
	at[0], at[1] = arrival, arrival
	if twice {
		c.stats.Duplicated++
		return 2, at
	}
	return 1, at
}

// loses decides about Loss, Bursts and Down.
func (c *Channel) loses() bool {
	lost := c.loss.Float64() < c.link.Loss
	if b := c.link.Bursts; b != nil {
		change, drop := c.burst.Float64(), c.burst.Float64()
		if c.bad {
			c.bad = change >= b.ToGood
		} else {
			c.bad = change < b.ToBad
		}
		if c.bad {
			lost = lost || drop < b.LossBad
		} else {
			lost = lost || drop < b.LossGood
		}
	}
	return lost || c.link.Down
}

// varies draws a packet's share of Jitter.
func (c *Channel) varies() time.Duration {
	share := c.jitter.Float64()
	if c.link.Shape == Normal {
		share = min(math.Abs(c.jitter.NormFloat64()), 4)
	}
	return time.Duration(share * float64(c.link.Jitter))
}

// transmit queues a packet for a line of limited rate and says when it has left.
func (c *Channel) transmit(now time.Time, size int) (time.Time, bool) {
	if c.link.Rate == 0 {
		return now, true
	}
	start := now
	if c.free.After(now) {
		start = c.free
	}
	if start.Sub(now) > c.link.Queue {
		return now, false
	}
	c.free = start.Add(time.Duration(size) * 8 * time.Second / time.Duration(c.link.Rate))
	return c.free, true
}

// stalled moves an arrival that falls into a stall to the end of it.
func (c *Channel) stalled(arrival time.Time) time.Time {
	s := c.link.Stalls
	if s == nil {
		return arrival
	}
	if c.stallUntil.IsZero() {
		c.stallUntil = arrival
		c.nextStall(s)
	}
	for !arrival.Before(c.stallUntil) {
		c.nextStall(s)
	}
	if arrival.Before(c.stallFrom) {
		return arrival
	}
	c.stats.Stalled++
	return c.stallUntil
}

func (c *Channel) nextStall(s *Stalls) {
	c.stallFrom = c.stallUntil.Add(time.Duration(c.stall.ExpFloat64() * float64(s.Every)))
	c.stallUntil = c.stallFrom.Add(time.Duration((1 + c.stall.Float64()) / 2 * float64(s.For)))
}
