// SPDX-License-Identifier: MPL-2.0

package impair_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/test/impair"
)

// arrival is a packet as it came out of a channel.
type arrival struct {
	sent int
	at   time.Duration // after the first packet was sent
}

const interval = 20 * time.Millisecond

// pass sends packets of 160 bytes, one each 20 ms, and returns the arrivals in
// their order.
func pass(t *testing.T, link impair.Link, seed uint64, packets int) ([]arrival, impair.Stats) {
	t.Helper()
	channel, err := impair.NewChannel(link, seed)
	require.NoError(t, err)
	start := time.Unix(1000, 0)
	var all []arrival
	for i := range packets {
		copies, at := channel.Send(start.Add(time.Duration(i)*interval), 160)
		for j := range copies {
			all = append(all, arrival{i, at[j].Sub(start)})
		}
	}
	slices.SortStableFunc(all, func(a, b arrival) int { return int(a.at - b.at) })
	return all, channel.Stats()
}

// lostOf returns which packets never came.
func lostOf(all []arrival, packets int) []int {
	came := make([]bool, packets)
	for _, a := range all {
		came[a.sent] = true
	}
	var lost []int
	for i, c := range came {
		if !c {
			lost = append(lost, i)
		}
	}
	return lost
}

func TestPerfect(t *testing.T) {
	all, stats := pass(t, impair.Link{}, 1, 100)
	require.Len(t, all, 100)
	for i, a := range all {
		require.Equal(t, arrival{i, time.Duration(i) * interval}, a)
	}
	require.Equal(t, impair.Stats{Packets: 100}, stats)
}

func TestSameSeedSameNetwork(t *testing.T) {
	link := impair.Link{
		Loss: 0.1, Bursts: &impair.Bursts{ToBad: 0.02, ToGood: 0.3, LossBad: 0.8}, Delay: 30 * time.Millisecond,
		Jitter: 20 * time.Millisecond, Shape: impair.Normal, Stalls: &impair.Stalls{Every: time.Second, For: 200 * time.Millisecond},
		Reorder: 0.05, Duplicate: 0.05, Rate: 64000,
	}
	first, _ := pass(t, link, 7, 5000)
	second, _ := pass(t, link, 7, 5000)
	other, _ := pass(t, link, 8, 5000)
	require.Equal(t, first, second)
	require.NotEqual(t, first, other)
}

func TestLossIsTheSameWhateverElse(t *testing.T) {
	plain, _ := pass(t, impair.Link{Loss: 0.1}, 3, 2000)
	more, _ := pass(t, impair.Link{
		Loss: 0.1, Delay: time.Second, Jitter: time.Second, Shape: impair.Normal, Duplicate: 0.5, Reorder: 0.5,
	}, 3, 2000)
	require.Equal(t, lostOf(plain, 2000), lostOf(more, 2000))
}

func TestLoss(t *testing.T) {
	for _, loss := range []float64{0, 0.01, 0.05, 0.2, 1} {
		all, stats := pass(t, impair.Link{Loss: loss}, 4, 20000)
		lost := 20000 - len(all)
		require.InDelta(t, loss, float64(lost)/20000, 0.01)
		require.Equal(t, uint64(lost), stats.Lost) // #nosec G115 -- not negative
	}
	all, _ := pass(t, impair.Link{Down: true}, 4, 100)
	require.Empty(t, all)
}

func TestBursts(t *testing.T) {
	model := impair.Bursts{ToBad: 0.02, ToGood: 0.25, LossBad: 1}
	const packets = 50000
	all, _ := pass(t, impair.Link{Bursts: &model}, 5, packets)
	lost := lostOf(all, packets)
	require.InDelta(t, model.MeanLoss(), float64(len(lost))/packets, 0.01)
	bursts := 0
	for i, seq := range lost {
		if i == 0 || lost[i-1] != seq-1 {
			bursts++
		}
	}
	mean := float64(len(lost)) / float64(bursts)
	require.InDelta(t, 4, mean, 0.4, "a burst is 1/ToGood long; independent loss of the same share has 1.08")
}

func TestDelayAndJitter(t *testing.T) {
	for _, shape := range []impair.Shape{impair.Uniform, impair.Normal} {
		link := impair.Link{Delay: 50 * time.Millisecond, Jitter: 15 * time.Millisecond, Shape: shape}
		all, _ := pass(t, link, 6, 20000)
		var sum, squares, largest float64
		reordered := 0
		for i, a := range all {
			extra := float64(a.at-time.Duration(a.sent)*interval-link.Delay) / float64(link.Jitter)
			require.GreaterOrEqual(t, extra, 0.0)
			sum, squares, largest = sum+extra, squares+extra*extra, max(largest, extra)
			if i > 0 && a.sent < all[i-1].sent {
				reordered++
			}
		}
		if shape == impair.Uniform {
			require.InDelta(t, 0.5, sum/20000, 0.02)
			require.LessOrEqual(t, largest, 1.0)
			require.Zero(t, reordered, "15 ms do not reach the next packet")
		} else {
			require.InDelta(t, 1, math.Sqrt(squares/20000), 0.03)
			require.LessOrEqual(t, largest, 4.0)
			require.Positive(t, reordered)
			link.InOrder = true
			all, _ = pass(t, link, 6, 20000)
			require.True(t, slices.IsSortedFunc(all, func(a, b arrival) int { return a.sent - b.sent }))
		}
	}
}

func TestReorderAndDuplicate(t *testing.T) {
	all, stats := pass(t, impair.Link{Reorder: 0.1, Duplicate: 0.2}, 9, 10000)
	overtaken := 0
	for i := 1; i < len(all); i++ {
		if all[i].sent < all[i-1].sent {
			overtaken++
		}
	}
	require.InDelta(t, 1000, float64(stats.HeldBack), 100)
	require.Greater(t, overtaken, 700, "two in a row that are held back do not overtake each other")
	require.InDelta(t, 2000, float64(stats.Duplicated), 150)
	require.Len(t, all, 10000+int(stats.Duplicated)) // #nosec G115 -- small
}

func TestRate(t *testing.T) {
	// 160 bytes each 20 ms are 64 kbit/s.
	all, stats := pass(t, impair.Link{Rate: 32000, Queue: 200 * time.Millisecond}, 1, 1000)
	require.InDelta(t, 500, float64(len(all)), 10, "half of it fits")
	require.InDelta(t, 500, float64(stats.Overflowed), 10)
	for _, a := range all {
		require.LessOrEqual(t, a.at-time.Duration(a.sent)*interval, 240*time.Millisecond, "the queue is bounded")
	}
	all, stats = pass(t, impair.Link{Rate: 128000}, 1, 1000)
	require.Len(t, all, 1000)
	require.Zero(t, stats.Overflowed)
	require.Equal(t, 10*time.Millisecond, all[0].at, "the time on the line")
}

func TestStalls(t *testing.T) {
	link := impair.Link{Stalls: &impair.Stalls{Every: 2 * time.Second, For: 300 * time.Millisecond}}
	all, stats := pass(t, link, 2, 10000)
	require.Len(t, all, 10000)
	longest, together := time.Duration(0), 0
	for i := 1; i < len(all); i++ {
		require.GreaterOrEqual(t, all[i].sent, all[i-1].sent, "nobody overtakes")
		longest = max(longest, all[i].at-all[i-1].at)
		if all[i].at == all[i-1].at {
			together++
		}
	}
	require.Greater(t, longest, 200*time.Millisecond)
	require.LessOrEqual(t, longest, 300*time.Millisecond+interval)
	require.Greater(t, together, 500, "what was held up arrives at once")
	require.InDelta(t, 10000*0.225/2.225, float64(stats.Stalled), 200, "a ninth of the time")
}

func TestImpossibleLinks(t *testing.T) {
	for field, link := range map[string]impair.Link{
		"Loss":             {Loss: 1.5},
		"Duplicate":        {Duplicate: -0.1},
		"Reorder":          {Reorder: math.NaN()},
		"Bursts.LossBad":   {Bursts: &impair.Bursts{ToBad: 1, LossBad: 2}},
		"Bursts.ToBad and": {Bursts: &impair.Bursts{}},
		"a time":           {Delay: -1},
		"Rate":             {Rate: -1},
		"Stalls":           {Stalls: &impair.Stalls{Every: time.Second}},
	} {
		_, err := impair.NewChannel(link, 1)
		require.ErrorIs(t, err, impair.ErrLink)
		require.ErrorContains(t, err, field)
	}
}
