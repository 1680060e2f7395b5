// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"slices"
	"time"
)

// PhonePacket is one that a phone has received.
type PhonePacket struct {
	At        time.Time
	Type      uint8
	Sequence  uint16
	Timestamp uint32
	SSRC      uint32
	Payload   []byte
}

// PhoneHeard is what a phone has received in some time.
type PhoneHeard struct {
	From, To time.Time
	Packets  []PhonePacket // of its codec
	codec    phoneCodec
}

// Listen is what comes in from now on, for so long.
func (c *PhoneCall) Listen(d time.Duration) PhoneHeard {
	from := time.Now()
	time.Sleep(d)
	return c.Heard(from, from.Add(d))
}

// Heard is what has come in between two times.
func (c *PhoneCall) Heard(from, to time.Time) PhoneHeard {
	a := c.audio
	a.mu.Lock()
	defer a.mu.Unlock()
	h := PhoneHeard{From: from, To: to, codec: a.codec}
	for _, packet := range a.received {
		if packet.Type == a.codec.payloadType && !packet.At.Before(from) && packet.At.Before(to) {
			h.Packets = append(h.Packets, packet)
		}
	}
	return h
}

// All is what has come in since the call began.
func (c *PhoneCall) All() PhoneHeard { return c.Heard(time.Time{}, time.Now()) }

// Rate is packets a second.
func (h PhoneHeard) Rate() float64 { return float64(len(h.Packets)) / h.To.Sub(h.From).Seconds() }

// Lengths counts the payloads of each length.
func (h PhoneHeard) Lengths() map[int]int {
	lengths := map[int]int{}
	for _, packet := range h.Packets {
		lengths[len(packet.Payload)]++
	}
	return lengths
}

// Longest is the longest time without a packet.
func (h PhoneHeard) Longest() time.Duration {
	longest, last := time.Duration(0), h.From
	for _, packet := range h.Packets {
		longest, last = max(longest, packet.At.Sub(last)), packet.At
	}
	return max(longest, h.To.Sub(last))
}

// Lost counts the sequence numbers that are missing.
func (h PhoneHeard) Lost() (lost int) {
	for i := 1; i < len(h.Packets); i++ {
		if h.Packets[i].SSRC == h.Packets[i-1].SSRC {
			lost += max(int(int16(h.Packets[i].Sequence-h.Packets[i-1].Sequence))-1, 0) // #nosec G115 -- wraps as it should
		}
	}
	return lost
}

// Skew is by how much RTP time and the time of arrival differ from the first to the last packet, at
// most: the smallest delay of a second tells where each of them stands.
func (h PhoneHeard) Skew() time.Duration {
	if len(h.Packets) == 0 {
		return 0
	}
	first := h.Packets[0]
	var best, worst time.Duration
	least, since := time.Duration(1<<62), first.At
	started := false
	for i, packet := range h.Packets {
		least = min(least, packet.At.Sub(first.At)-h.codec.duration(packet.Timestamp-first.Timestamp))
		if packet.At.Sub(since) < time.Second && i < len(h.Packets)-1 {
			continue
		}
		if !started {
			best, worst, started = least, least, true
		}
		best, worst = min(best, least), max(worst, least)
		least, since = 1<<62, packet.At
	}
	return worst - best
}

func (c phoneCodec) duration(units uint32) time.Duration {
	return time.Duration(int32(units)) * time.Second / time.Duration(c.rate) // #nosec G115 -- wraps as it should
}

// Sound is what a G.711 phone has heard: each packet stands where its RTP time says, nothing where
// there was none. A stream that begins anew begins when it comes in.
func (h PhoneHeard) Sound() Sound {
	decode := DecodeMuLaw
	if h.codec.rtpmap == phoneCodecs["PCMA"].rtpmap {
		decode = DecodeALaw
	}
	sound := Sound{Rate: int(h.codec.rate), Samples: make([]float64, int(h.To.Sub(h.From)*time.Duration(h.codec.rate)/time.Second))}
	var anchor PhonePacket
	var at time.Duration // of the anchor
	for i, packet := range h.Packets {
		arrived := packet.At.Sub(h.From)
		position := at + h.codec.duration(packet.Timestamp-anchor.Timestamp)
		if i == 0 || packet.SSRC != anchor.SSRC || (position-arrived).Abs() > time.Second {
			anchor, at, position = packet, arrived, arrived
		}
		if from := int(position * time.Duration(h.codec.rate) / time.Second); from >= 0 && from < len(sound.Samples) {
			copy(sound.Samples[from:], decode(packet.Payload))
		}
	}
	return sound
}

// Onset is when a frequency is first heard for 100 ms on end,
// of windows of 10 ms that are at most 10 dB below a level.
func (s Sound) Onset(frequency, level float64) (at time.Duration, heard bool) {
	const window = 10 * time.Millisecond
	var present []bool
	for at := time.Duration(0); at+window <= s.Duration(); at += window {
		present = append(present, s.Cut(at, at+window).tone(frequency) >= level-10)
	}
	for i := range len(present) - 9 {
		if !slices.Contains(present[i:i+10], false) {
			return time.Duration(i) * window, true
		}
	}
	return 0, false
}
