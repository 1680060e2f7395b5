// SPDX-License-Identifier: MPL-2.0

package media

import "time"

const (
	// repeatFor is how long packets are sent twice after a report of loss. It is long, as little of
	// what is sent twice is reported lost, whether the network is better or not.
	repeatFor = time.Minute
	// mostRepeats is how many packets of one tick are sent again. Every second tick has one.
	mostRepeats = 4
)

// repeater sends each packet a second time while the network loses many: the same bytes, a tick
// later, as what is lost at one moment is often lost with its neighbours. The far end drops what it
// has already (RFC 3711 3.3.2), and decodes the rest in its place.
type repeater struct {
	until   time.Time // packets are sent twice
	packets [][]byte  // that are to be sent again; their room is used again
	waiting int       // how many of them
}

// report takes the loss that the far end reports, in 1/256, and from how many percent of it on
// packets are sent twice; 0: never.
func (r *repeater) report(loss uint8, from int, now time.Time) {
	if from > 0 && int(loss)*100 >= from*256 {
		r.until = now.Add(repeatFor)
	}
}

// note takes a packet that has been sent.
func (r *repeater) note(packet []byte, now time.Time) {
	if !now.Before(r.until) || r.waiting == mostRepeats {
		return
	}
	if r.waiting == len(r.packets) {
		r.packets = append(r.packets, nil)
	}
	r.packets[r.waiting] = append(r.packets[r.waiting][:0], packet...)
	r.waiting++
}

// repeat sends again what the tick before has sent.
func (st *stream) repeat() {
	r := &st.out.again
	for _, packet := range r.packets[:r.waiting] {
		if st.leg.expired.Load() || !st.path.send(packet) {
			break
		}
		st.leg.counts.repeated.Add(1)
	}
	r.waiting = 0
}
