// SPDX-License-Identifier: MPL-2.0

package media

import "sync/atomic"

// lossMemory is what a report of loss still counts for at the next one. Reports come every few seconds and loss comes in
// bursts: one quiet report does not mean that the path is good again.
const lossMemory = 0.75

// lossMeter follows the loss that successive reports tell of (RFC 3550 6.4.1): up at once, down by and by.
type lossMeter struct{ percent float64 }

// report takes the loss of one interval, in 1/256.
func (m *lossMeter) report(fraction uint8) {
	m.percent = max(float64(fraction)*100/256, m.percent*lossMemory)
	if m.percent < 0.5 {
		m.percent = 0
	}
}

// lossGrades are the losses that an encoder is prepared for. It is not told of each change, but of another grade.
var lossGrades = [...]int{0, 5, 10, 20}

// grade is the least grade that covers the loss, in percent.
func (m *lossMeter) grade() int {
	for _, grade := range lossGrades {
		if m.percent <= float64(grade) {
			return grade
		}
	}
	return lossGrades[len(lossGrades)-1]
}

// gradeOf is grade, where another goroutine may read it.
type gradeOf struct {
	meter lossMeter
	value atomic.Int64
}

// report says whether the grade has changed.
func (g *gradeOf) report(fraction uint8) bool {
	g.meter.report(fraction)
	return g.value.Swap(int64(g.meter.grade())) != int64(g.meter.grade())
}
