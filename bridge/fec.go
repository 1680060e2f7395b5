// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
	"mod_janus/janusclient/audiobridge"
)

// leastFEC is what an encoder that was asked to prepare for loss goes on to prepare for, in percent: a path that has lost
// packets once will again.
const leastFEC = 5

// expectedLoss is the loss that Janus's encoder is to prepare for, in percent: what janus-user-expected-loss says, else
// what this leg has met; nil: nothing, and the room's default stands.
func (c *Call) expectedLoss() *int {
	if c.vars.UserExpectedLoss != nil || c.lossAsked == 0 {
		return c.vars.UserExpectedLoss
	}
	asked := c.lossAsked
	return &asked
}

// lossChanged: the packets from Janus arrive with another grade of loss. AudioBridge adds FEC to what it encodes only for
// those who say what they expect to lose, and does not look at their reports.
func (c *Call) lossChanged() {
	leg := c.figures.leg.Load()
	if leg == nil || !c.joined || c.vars.UserExpectedLoss != nil || c.cfg.Plugin != audiobridge.Plugin || !c.gate.codec.Is(media.Opus) {
		return
	}
	grade := leg.Stats().LossGrade
	if c.lossAsked > 0 {
		grade = max(grade, leastFEC)
	}
	if grade == c.lossAsked {
		return
	}
	if err := c.janus.configure(c.hung, audiobridge.ConfigureRequest{Media: audiobridge.Media{ExpectedLoss: &grade}}); err != nil {
		c.channel.logf(host.LevelDebug, "Asking Janus to prepare for %d %% loss: %s", grade, err)
		return
	}
	c.channel.logf(host.LevelInfo, "Janus call %s: packets from Janus are lost (%.1f %%): it now prepares for %d %% (FEC)", c.room.describe(), leg.Stats().LossPercent, grade)
	c.lossAsked = grade
}
