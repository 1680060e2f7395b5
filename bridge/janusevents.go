// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"strconv"
	"strings"

	"mod_janus/bridge/media"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// onJanus deals with an event of the call's handle.
func (c *Call) onJanus(event janusclient.Event) {
	switch event := event.(type) {
	case janusclient.WebRTCUp:
		if c.vars.answerOnUp {
			c.answer()
		}
	case janusclient.Trickle:
		c.onTrickle(event)
	case janusclient.SlowLink:
		c.fire("janus::slowlink", [][2]string{
			{"Uplink", strconv.FormatBool(event.Uplink)}, {"Lost", strconv.Itoa(event.Lost)},
		})
	case janusclient.Hangup:
		c.end(hungUpByJanus(event.Reason, c.leg.Load()))
	case janusclient.Detached:
		c.end(fail(CauseNormalClearing, "Janus has detached the handle"))
	case janusclient.SessionLost:
		c.end(lostSession(event.Err))
	case janusclient.PluginEvent:
		c.onPlugin(event)
	}
}

// hungUpByJanus tells a PeerConnection that Janus closed from one that never
// came up: Janus reports both as a hangup, the latter as "ICE failed" or a
// DTLS alert.
func hungUpByJanus(reason string, leg *media.Leg) *failure {
	if reason == "" {
		reason = "hung up by Janus"
	}
	if leg != nil && leg.Stats().PacketsIn == 0 && (strings.Contains(reason, "ICE") || strings.Contains(reason, "DTLS")) {
		return fail(CauseMediaTimeout, reason)
	}
	return fail(CauseNormalClearing, reason)
}

func (c *Call) onTrickle(event janusclient.Trickle) {
	leg := c.leg.Load()
	if event.Completed {
		leg.EndOfCandidates()
		return
	}
	if err := leg.AddCandidate(event.Candidate.Candidate); err != nil {
		c.logf(LevelWarning, "A candidate from Janus is not used: %s", err)
	}
}

// onPlugin deals with an event of AudioBridge.
func (c *Call) onPlugin(event janusclient.PluginEvent) {
	parsed, err := audiobridge.ParseEvent(event.Data)
	if err != nil {
		c.logf(LevelDebug, "An event of %s is not understood: %s", event.Plugin, err)
		return
	}
	switch parsed := parsed.(type) {
	case audiobridge.Destroyed:
		c.joined = false
		c.end(fail(CauseNormalClearing, "the room was destroyed"))
	case audiobridge.Kicked:
		if parsed.ID == c.self {
			c.joined = false
			c.end(fail(CauseNormalClearing, "kicked from the room"))
			return
		}
		c.participant("left", parsed.ID, "")
	case audiobridge.Leaving:
		c.participant("left", parsed.ID, "")
	case audiobridge.ParticipantsJoined:
		for _, p := range parsed.Participants {
			c.participant("joined", p.ID, p.Display)
		}
	}
}

// participant tells of another participant of the room.
func (c *Call) participant(action string, id janusclient.ID, display string) {
	if id == c.self {
		return
	}
	headers := [][2]string{{"Action", action}, {"Participant-ID", id.String()}}
	if display != "" {
		headers = append(headers, [2]string{"Participant-Display", display})
	}
	c.fire("janus::participant", headers)
}
