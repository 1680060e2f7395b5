// SPDX-License-Identifier: MPL-2.0

package media

import "time"

// packetizer makes packets of 20 ms of what the switch hands over, whatever its length is:
// AudioBridge mixes 20 ms of each packet, and what is beyond it is not heard. Frames of Opus are
// put into other packets as they are; those of SILK that are longer than 20 ms cannot be cut,
// and the shim encodes them anew.
type packetizer struct {
	opus bool
	fill byte // of G.711: silence

	payload []byte // that is being cut; the rest of it, in G.711
	frames  opusFrames
	next    int // of frames

	// what is less than 20 ms yet: frames of one kind, or bytes of G.711
	toc   byte
	have  int // of its samples
	count int
	ends  [opus20ms / opusShortest]int
	part  []byte
	out   []byte
}

// g711Samples is 20 ms.
const g711Samples = 160

func (p *packetizer) init(codec Codec) {
	p.opus = codec.Is(Opus)
	p.fill = 0xff
	if codec.Is(PCMA) {
		p.fill = 0xd5
	}
	p.out = make([]byte, 0, g711Samples) // and grows once where more is put together
}

// begun makes room for what is less than 20 ms: few phones write such frames.
func (p *packetizer) begun() {
	if p.part == nil {
		p.part = make([]byte, 0, SlotData)
	}
}

// silence is a packet of 20 ms that nothing is heard in.
func (p *packetizer) silence() []byte {
	if p.opus {
		return opusSilence
	}
	p.out = p.out[:0]
	for range g711Samples {
		p.out = append(p.out, p.fill)
	}
	return p.out
}

// empty is an Opus packet of 20 ms with nothing in it.
func (p *packetizer) empty() []byte {
	p.out = append(p.out[:0], opusSilence[0])
	return p.out
}

// begin takes what a slot holds; false: it is no packet of the codec.
func (p *packetizer) begin(payload []byte) bool {
	p.payload, p.next = payload, 0
	return len(payload) > 0 && (!p.opus || p.frames.parse(payload))
}

// cut is the next packet and its duration; nil: there is no more.
// It stays valid until the next call.
func (p *packetizer) cut() ([]byte, time.Duration) {
	if !p.opus {
		return p.cutG711()
	}
	f := &p.frames
	switch {
	case p.next >= f.count:
		return nil, 0
	case p.have > 0 && p.toc != f.toc:
		return p.flush()
	case p.next == 0 && p.have == 0 && f.count*f.samples == opus20ms:
		p.next = f.count
		return p.payload, frameTime
	case f.samples >= opus20ms:
		p.next++
		p.out = append(append(p.out[:0], f.toc), f.frame(p.payload, p.next-1)...)
		return p.out, frameTime * time.Duration(f.samples) / opus20ms
	}
	for p.have < opus20ms && p.next < f.count {
		p.add(f.toc, f.samples, f.frame(p.payload, p.next))
		p.next++
	}
	if p.have < opus20ms {
		return nil, 0
	}
	return p.join()
}

// frameTime is the duration of a packet.
const frameTime = 20 * time.Millisecond

// add appends a frame to what is less than 20 ms yet. One that finds no room counts as lost, as an
// empty one does (RFC 6716 3.2.1).
func (p *packetizer) add(toc byte, samples int, frame []byte) {
	p.begun()
	if len(p.part)+len(frame) <= cap(p.part) {
		p.part = append(p.part, frame...)
	}
	p.toc, p.have = toc, p.have+samples
	p.ends[p.count] = len(p.part)
	p.count++
}

// join makes one packet of the frames that were added.
func (p *packetizer) join() ([]byte, time.Duration) {
	begin := 0
	p.out = append(p.out[:0], p.toc|3, 0x80|byte(p.count)) // #nosec G115 -- 8 at most
	for _, end := range p.ends[:p.count-1] {
		p.out = appendFrameLength(p.out, end-begin)
		begin = end
	}
	p.out = append(p.out, p.part...)
	p.part, p.have, p.count = p.part[:0], 0, 0
	return p.out, frameTime
}

// flush completes with silence what is less than 20 ms; nil: there is nothing.
func (p *packetizer) flush() ([]byte, time.Duration) {
	switch {
	case p.have == 0:
		return nil, 0
	case p.opus:
		for samples := opusFrameSamples(p.toc); p.have < opus20ms; {
			p.add(p.toc, samples, nil)
		}
		return p.join()
	}
	for len(p.part) < g711Samples {
		p.part = append(p.part, p.fill)
	}
	return p.wholeG711()
}

func (p *packetizer) cutG711() ([]byte, time.Duration) {
	rest := p.payload
	switch {
	case len(rest) == 0:
		return nil, 0
	case p.have == 0 && len(rest) >= g711Samples:
		p.payload = rest[g711Samples:]
		return rest[:g711Samples], frameTime
	}
	p.begun()
	n := min(len(rest), g711Samples-p.have)
	p.part, p.payload, p.have = append(p.part, rest[:n]...), rest[n:], p.have+n
	if p.have < g711Samples {
		return nil, 0
	}
	return p.wholeG711()
}

func (p *packetizer) wholeG711() ([]byte, time.Duration) {
	p.out = append(p.out[:0], p.part...)
	p.part, p.have = p.part[:0], 0
	return p.out, frameTime
}
