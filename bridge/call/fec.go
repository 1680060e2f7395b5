// SPDX-License-Identifier: MPL-2.0

package call

import (
	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
	"mod_janus/janusclient/audiobridge"
)

// leastFEC is what an encoder that was asked to prepare for loss goes on to prepare for, in
// percent: a path that has lost packets once will again.
const leastFEC = 5

// lossReport is what Janus's encoder is told about the loss of packets on the
// way from Janus. It belongs to the call's goroutine.
type lossReport struct {
	channel *channel
	janus   *attachment
	room    *room
	figures *figures

	asked int // percent that Janus was asked to prepare for; 0: it was not
}

// expected is the loss that Janus's encoder is to prepare for, in percent: what
// janus-user-expected-loss says, else what this leg has met; nil: nothing,
// and the room's default stands.
func (l *lossReport) expected() *int {
	if l.room.vars.UserExpectedLoss != nil || l.asked == 0 {
		return l.room.vars.UserExpectedLoss
	}
	asked := l.asked
	return &asked
}

// changed: the packets from Janus arrive with another grade of loss. AudioBridge adds FEC to what
// it encodes only for those who say what they expect to lose, and does not look at their reports.
func (l *lossReport) changed(joined bool, codec media.Codec) {
	leg := l.figures.leg.Load()
	if leg == nil || !joined || l.room.vars.UserExpectedLoss != nil || l.room.ref.Config.Plugin != audiobridge.Plugin || !codec.Is(media.Opus) {
		return
	}
	grade := leg.Stats().LossGrade
	if l.asked > 0 {
		grade = max(grade, leastFEC)
	}
	if grade == l.asked {
		return
	}
	if err := l.janus.configure(l.janus.hung, audiobridge.ConfigureRequest{Media: audiobridge.Media{ExpectedLoss: &grade}}); err != nil {
		l.channel.logf(host.LevelDebug, "Asking Janus to prepare for %d %% loss: %s", grade, err)
		return
	}
	l.channel.logf(host.LevelInfo, "Janus call %s: packets from Janus are lost (%.1f %%): it now prepares for %d %% (FEC)", l.room.describe(), leg.Stats().LossPercent, grade)
	l.asked = grade
}
