// SPDX-License-Identifier: MPL-2.0

package media

import "sync/atomic"

// What a report counts beside those before it. One is of some 250 packets: at 5 % loss the next
// says 4 or 6. An encoder that prepares for too much pays for it with quality, so it is the average
// that counts, sooner for more loss than for less.
const (
	lossRise = 0.5
	lossFall = 0.25
)

// lossMeter follows the loss that successive reports tell of (RFC 3550 6.4.1).
type lossMeter struct {
	percent float64
	begun   bool
}

// report takes the loss of one interval, in 1/256.
func (m *lossMeter) report(fraction uint8) {
	now := float64(fraction) * 100 / 256
	weight := lossFall
	if now > m.percent {
		weight = lossRise
	}
	if !m.begun {
		m.begun, weight = true, 1
	}
	m.percent += (now - m.percent) * weight
	if m.percent < 0.5 && now == 0 {
		m.percent = 0
	}
}

// lossGrades are the losses that an encoder is prepared for. It is not told of each change,
// but of another grade.
var lossGrades = [...]int{0, 5, 10, 20}

// grade is the least grade that covers the loss, in percent,
// where the present one is not about right.
func (m *lossMeter) grade(present int) int {
	for _, grade := range lossGrades {
		covered := float64(grade) + 0.5
		if grade < present {
			covered = 0.7 * float64(grade)
		}
		if m.percent <= covered {
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
	present := int(g.value.Load())
	grade := g.meter.grade(present)
	g.value.Store(int64(grade))
	return grade != present
}
