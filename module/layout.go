// SPDX-License-Identifier: MPL-2.0

package main

/*
#include <stddef.h>
#include "janus_ring.h"

enum {
	offsetof_slot_samples = offsetof(janus_slot_t, samples),
	offsetof_slot_level = offsetof(janus_slot_t, level),
	offsetof_slot_data = offsetof(janus_slot_t, data),
	offsetof_ring_running = offsetof(janus_ring_t, running),
	offsetof_ring_order = offsetof(janus_ring_t, order),
	offsetof_ring_tail = offsetof(janus_ring_t, tail),
	offsetof_ring_loss = offsetof(janus_ring_t, loss),
	offsetof_ring_levels = offsetof(janus_ring_t, levels),
	offsetof_ring_repairs = offsetof(janus_ring_t, repairs),
	offsetof_ring_asleep = offsetof(janus_ring_t, asleep),
	offsetof_ring_slots = offsetof(janus_ring_t, slots),
	offsetof_media_from_switch = offsetof(janus_media_t, from_switch)
};
*/
import "C"

import "mod_janus/bridge/media"

// The rings are laid out twice, in include/janus_ring.h and in bridge/media.
// Each pair below is a compile error where the two differ.
var (
	_ = [1]struct{}{}[C.sizeof_janus_slot_t-media.SlotSize]
	_ = [1]struct{}{}[C.sizeof_janus_ring_t-media.RingSize]
	_ = [1]struct{}{}[C.sizeof_janus_media_t-media.MediaSize]
	_ = [1]struct{}{}[C.JANUS_RING_SLOTS-media.RingSlots]
	_ = [1]struct{}{}[C.JANUS_SLOT_DATA-media.SlotData]
	_ = [1]struct{}{}[C.JANUS_SLOT_LOST-media.SlotLost]
	_ = [1]struct{}{}[C.JANUS_SLOT_SILENCE-media.SlotSilence]
	_ = [1]struct{}{}[C.JANUS_SLOT_MARK-media.SlotMark]
	_ = [1]struct{}{}[C.JANUS_SLOT_FEC-media.SlotFEC]
	_ = [1]struct{}{}[C.offsetof_slot_samples-media.SlotOffSamples]
	_ = [1]struct{}{}[C.offsetof_slot_level-media.SlotOffLevel]
	_ = [1]struct{}{}[C.offsetof_slot_data-media.SlotOffData]
	_ = [1]struct{}{}[C.offsetof_ring_tail-media.RingOffTail]
	_ = [1]struct{}{}[C.offsetof_ring_loss-media.RingOffLoss]
	_ = [1]struct{}{}[C.offsetof_ring_levels-media.RingOffLevels]
	_ = [1]struct{}{}[C.offsetof_ring_running-media.RingOffRunning]
	_ = [1]struct{}{}[C.offsetof_ring_order-media.RingOffOrder]
	_ = [1]struct{}{}[C.offsetof_ring_repairs-media.RingOffRepairs]
	_ = [1]struct{}{}[C.offsetof_ring_asleep-media.RingOffAsleep]
	_ = [1]struct{}{}[C.offsetof_ring_slots-media.RingOffSlots]
	_ = [1]struct{}{}[C.offsetof_media_from_switch-media.OffFromSwitch]
)
