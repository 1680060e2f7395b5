// SPDX-License-Identifier: MPL-2.0

package impair

import (
	"container/heap"
	"time"
)

// schedule holds packets until they are due; those due at the same time keep
// the order in which they came.
type schedule struct {
	heap  dueHeap
	count uint64
}

type due struct {
	at    time.Time
	count uint64
	data  []byte
}

func (s *schedule) add(at time.Time, data []byte) {
	s.count++
	heap.Push(&s.heap, due{at, s.count, data})
}

// take returns a packet that is due, or nil and how long it is until the next
// one is.
func (s *schedule) take(now time.Time) ([]byte, time.Duration) {
	if len(s.heap) == 0 {
		return nil, time.Hour
	}
	if wait := s.heap[0].at.Sub(now); wait > 0 {
		return nil, wait
	}
	first, ok := heap.Pop(&s.heap).(due)
	if !ok {
		return nil, 0
	}
	return first.data, 0
}

// dueHeap implements heap.Interface.
type dueHeap []due

func (h dueHeap) Len() int { return len(h) }

func (h dueHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].count < h[j].count
	}
	return h[i].at.Before(h[j].at)
}

func (h dueHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *dueHeap) Push(x any) {
	if d, ok := x.(due); ok {
		*h = append(*h, d)
	}
}

// Pop implements heap.Interface.
func (h *dueHeap) Pop() any {
	last := (*h)[len(*h)-1]
	(*h)[len(*h)-1] = due{}
	*h = (*h)[:len(*h)-1]
	return last
}
