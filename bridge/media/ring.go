// SPDX-License-Identifier: MPL-2.0

package media

import (
	"math/bits"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Layout of the shared memory, the same as in include/janus_ring.h. module/ compares these with the
// C compiler's idea of them and does not compile where they differ.
const (
	RingSlots = 16   // slots of a ring (JANUS_RING_SLOTS), a power of two
	SlotData  = 1428 // most bytes of one encoded frame (JANUS_SLOT_DATA)

	SlotSize  = unsafe.Sizeof(Slot{})  // sizeof(janus_slot_t)
	RingSize  = unsafe.Sizeof(Ring{})  // sizeof(janus_ring_t)
	MediaSize = unsafe.Sizeof(Rings{}) // sizeof(janus_media_t)

	SlotOffTimestamp = unsafe.Offsetof(Slot{}.Timestamp)
	SlotOffSeq       = unsafe.Offsetof(Slot{}.Seq)
	SlotOffFlags     = unsafe.Offsetof(Slot{}.Flags)
	SlotOffLen       = unsafe.Offsetof(Slot{}.Len)
	SlotOffSamples   = unsafe.Offsetof(Slot{}.Samples)
	SlotOffLevel     = unsafe.Offsetof(Slot{}.Level)
	SlotOffData      = unsafe.Offsetof(Slot{}.Data)

	RingOffHead      = unsafe.Offsetof(Ring{}.head)
	RingOffOverruns  = unsafe.Offsetof(Ring{}.overruns)
	RingOffRunning   = unsafe.Offsetof(Ring{}.running)
	RingOffOrder     = unsafe.Offsetof(Ring{}.order)
	RingOffTail      = unsafe.Offsetof(Ring{}.tail)
	RingOffUnderruns = unsafe.Offsetof(Ring{}.underruns)
	RingOffLoss      = unsafe.Offsetof(Ring{}.loss)
	RingOffLevels    = unsafe.Offsetof(Ring{}.levels)
	RingOffRepairs   = unsafe.Offsetof(Ring{}.repairs)
	RingOffAsleep    = unsafe.Offsetof(Ring{}.asleep)
	RingOffSlots     = unsafe.Offsetof(Ring{}.slots)

	OffToSwitch   = unsafe.Offsetof(Rings{}.ToSwitch)
	OffFromSwitch = unsafe.Offsetof(Rings{}.FromSwitch)
)

// Flags of a slot, JANUS_SLOT_... in C.
const (
	SlotLost    uint16 = 0x0001 // the frame at this place in the stream was lost; Len is 0, the codec conceals it
	SlotSilence uint16 = 0x0002 // nothing to play, by intent: DTX, a pause; Len is 0
	SlotMark    uint16 = 0x0004 // first frame after a pause: the RTP marker bit (RFC 3551 4.1)
	SlotFEC     uint16 = 0x0008 // with SlotLost, to the switch only: Data is the frame after the lost one, in which the decoder finds it (Opus in-band FEC, RFC 6716 2.1.7)
)

// Slot is one frame in a ring (janus_slot_t).
type Slot struct {
	Timestamp uint32 // RTP timestamp, in units of the codec's RTP clock
	Seq       uint16 // RTP sequence number; 0 from the switch
	Flags     uint16 // SlotLost, SlotSilence, SlotMark
	Len       uint16 // bytes in Data
	Samples   uint16 // duration of what Data holds, in units of the codec's RTP clock
	Level     uint8  // from the switch, of Opus: how loud it is, -dBov (RFC 6464) and 1; 0: not known
	_         [3]byte
	Data      [SlotData]byte // the encoded frame
}

// Payload is the encoded frame in the slot, empty where Len is out of range:
// the other side may be C.
func (s *Slot) Payload() []byte {
	if int(s.Len) > len(s.Data) {
		return nil
	}
	return s.Data[:s.Len]
}

// Set fills the slot with a frame. A payload that does not fit leaves the slot a lost frame.
func (s *Slot) Set(timestamp uint32, seq, flags, samples uint16, payload []byte) {
	s.Timestamp, s.Seq, s.Samples, s.Level = timestamp, seq, samples, 0
	if len(payload) > len(s.Data) {
		s.Flags, s.Len = flags|SlotLost, 0
		return
	}
	s.Flags, s.Len = flags, uint16(len(payload)) // #nosec G115 -- bounded by SlotData
	copy(s.Data[:], payload)
}

// Ring has one producer and one consumer at a time and needs no lock (janus_ring_t). head counts
// the frames ever pushed, tail those ever popped; both wrap at 2^32, and head - tail is what waits.
// The producer takes the lowest slot that is free, so that the memory of the others is not touched.
type Ring struct {
	// The producer's cache line.
	head     uint32
	overruns uint32
	running  uint32           // 1: a frame is pushed each 20 ms
	order    [RingSlots]uint8 // the slot that holds frame number n, at n % RingSlots
	_        [36]byte
	// The consumer's cache line.
	tail      uint32
	underruns uint32
	loss      uint32 // reported by the far end, percent and 1; 0: no report yet
	levels    uint32 // 1: the far end wants to know how loud the frames are
	repairs   uint32 // times that tail was past head
	asleep    uint32 // 1: the consumer sleeps until head moves
	_         [40]byte
	slots     [RingSlots]Slot
}

// Reserve returns the slot to fill next,
// or nil (and counts an overrun) when the ring is full. Producer only.
func (r *Ring) Reserve() *Slot {
	head, tail := atomic.LoadUint32(&r.head), atomic.LoadUint32(&r.tail)
	if head-tail >= RingSlots {
		atomic.StoreUint32(&r.overruns, atomic.LoadUint32(&r.overruns)+1)
		return nil
	}
	taken := uint32(0)
	for n := tail; n != head; n++ {
		taken |= 1 << (r.order[n%RingSlots] % RingSlots)
	}
	r.order[head%RingSlots] = uint8(bits.TrailingZeros32(^taken)) // #nosec G115 -- 31 at most
	return r.slot(head)
}

// slot returns the slot that holds frame number n.
func (r *Ring) slot(n uint32) *Slot { return &r.slots[r.order[n%RingSlots]%RingSlots] }

// Push makes the slot that Reserve returned visible to the consumer. Producer only.
func (r *Ring) Push() {
	atomic.StoreUint32(&r.head, atomic.LoadUint32(&r.head)+1)
}

// Wake wakes a consumer that sleeps until something is pushed (futex(2)). Producer only.
func (r *Ring) Wake() {
	if atomic.LoadUint32(&r.asleep) != 0 {
		_, _, _ = unix.RawSyscall(unix.SYS_FUTEX, uintptr(unsafe.Pointer(&r.head)), futexWakePrivate, 1)
	}
}

// futexWakePrivate is FUTEX_WAKE | FUTEX_PRIVATE_FLAG of linux/futex.h.
const futexWakePrivate = 1 | 128

// SetRunning tells the consumer whether a frame is pushed each 20 ms, so that one that is not there
// is worth waiting for. Producer only.
func (r *Ring) SetRunning(running bool) {
	var value uint32
	if running {
		value = 1
	}
	if atomic.LoadUint32(&r.running) != value {
		atomic.StoreUint32(&r.running, value)
	}
}

// Peek returns the oldest slot, or nil (and counts an underrun) when the ring is empty. It stays
// valid until Pop. A ring whose tail is past its head is emptied, and the repair counted.
// Consumer only.
func (r *Ring) Peek() *Slot {
	tail, head := atomic.LoadUint32(&r.tail), atomic.LoadUint32(&r.head)
	if head-tail > RingSlots {
		atomic.StoreUint32(&r.repairs, atomic.LoadUint32(&r.repairs)+1)
		atomic.StoreUint32(&r.tail, head)
		tail = head
	}
	if head == tail {
		atomic.StoreUint32(&r.underruns, atomic.LoadUint32(&r.underruns)+1)
		return nil
	}
	return r.slot(tail)
}

// Pop gives the slot that Peek returned back to the producer. Consumer only.
func (r *Ring) Pop() {
	atomic.StoreUint32(&r.tail, atomic.LoadUint32(&r.tail)+1)
}

// Waiting is the number of frames pushed and not yet popped. Any goroutine;
// exact only for producer or consumer.
func (r *Ring) Waiting() int {
	// A corrupt counter from the other side must not become a huge loop bound here.
	return int(min(atomic.LoadUint32(&r.head)-atomic.LoadUint32(&r.tail), RingSlots))
}

// Taken is the number of frames ever popped, which wraps, and of those that wait,
// as Waiting has it. Producer only.
func (r *Ring) Taken() (tail uint32, waiting int) {
	tail = atomic.LoadUint32(&r.tail)
	return tail, int(min(atomic.LoadUint32(&r.head)-tail, RingSlots))
}

// Ahead is the slot that is popped after n others, nil where fewer wait. Consumer only.
func (r *Ring) Ahead(n int) *Slot {
	tail := atomic.LoadUint32(&r.tail)
	if waiting := atomic.LoadUint32(&r.head) - tail; n < 0 || waiting > RingSlots || uint32(n) >= waiting { // #nosec G115 -- not negative
		return nil
	}
	return r.slot(tail + uint32(n)) // #nosec G115 -- less than RingSlots
}

// Discard drops all that waits, but what is pushed meanwhile. Consumer only.
func (r *Ring) Discard() { atomic.StoreUint32(&r.tail, atomic.LoadUint32(&r.head)) }

// Repairs is how often the consumer found tail past head, which neither side does:
// memory was overwritten.
func (r *Ring) Repairs() uint32 { return atomic.LoadUint32(&r.repairs) }

// SetLevels tells the producer whether the far end wants to know how loud the frames are.
// Consumer only.
func (r *Ring) SetLevels(wanted bool) {
	var levels uint32
	if wanted {
		levels = 1
	}
	atomic.StoreUint32(&r.levels, levels)
}

// Levels is what SetLevels has told. Producer only.
func (r *Ring) Levels() bool { return atomic.LoadUint32(&r.levels) != 0 }

// Overruns is how often the producer found the ring full.
func (r *Ring) Overruns() uint32 { return atomic.LoadUint32(&r.overruns) }

// Underruns is how often the consumer found the ring empty.
func (r *Ring) Underruns() uint32 { return atomic.LoadUint32(&r.underruns) }

// SetLoss tells the producer how much of what is taken from the ring the far end has missed lately,
// in percent: an encoder adapts to it. Consumer only.
func (r *Ring) SetLoss(percent uint32) { atomic.StoreUint32(&r.loss, min(percent, 100)+1) }

// Loss is what SetLoss has told; false: nothing yet. Producer only.
func (r *Ring) Loss() (percent uint32, known bool) {
	loss := atomic.LoadUint32(&r.loss)
	return max(loss, 1) - 1, loss != 0
}

// Rings is what one call shares with the switch (janus_media_t).
type Rings struct {
	ToSwitch   Ring // produced by the media loop, consumed by the switch's read_frame
	FromSwitch Ring // produced by the switch's write_frame, consumed by the media loop
}

// RingsAt is the view of a janus_media_t that somebody else owns, usually C memory. It must stay
// until Leg.Close has returned.
func RingsAt(p unsafe.Pointer) *Rings { return (*Rings)(p) }

// NewRings is the same in Go memory, for tests.
func NewRings() *Rings { return new(Rings) }
