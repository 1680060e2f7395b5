// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"strconv"

	"mod_janus/bridge/media"
)

// The variables that the engine sets on a leg (spec §2).
const (
	varServer        = "janus_server"
	varRoom          = "janus_room"
	varParticipantID = "janus_participant_id"
	varSessionID     = "janus_session_id"
	varHandleID      = "janus_handle_id"
	varCodec         = "janus_codec"
	varSetup         = "janus_setup_ms"
	varHangupReason  = "janus_hangup_reason"
	varPacketsIn     = "janus_rtp_packets_in"
	varPacketsOut    = "janus_rtp_packets_out"
	varLost          = "janus_rtp_lost"
	varJitter        = "janus_rtp_jitter_ms"
	varRoundTrip     = "janus_rtt_ms"
)

// variables are what the dial string and the A-leg ask for, read once, when
// the call is run.
type variables struct {
	useExistingRoom bool
	roomDescription string
	roomRecord      bool
	roomRecordFile  string
	roomPIN         string
	userToken       string
	userRecord      bool
	userRecordFile  string
	startMuted      bool
	answerOnUp      bool
	codec           string
}

func (c *Call) readVariables() {
	v := &c.vars
	v.useExistingRoom = c.boolVariable("janus-use-existing-room")
	v.roomDescription = c.variable("janus-room-description")
	v.roomRecord = c.boolVariable("janus-room-record")
	v.roomRecordFile = c.variable("janus-room-record-file")
	v.roomPIN = c.variable("janus-room-pin")
	v.userToken = c.variable("janus-user-token")
	v.userRecord = c.boolVariable("janus-user-record")
	v.userRecordFile = c.variable("janus-user-record-file")
	v.startMuted = c.boolVariable("janus-start-muted")
	v.answerOnUp = c.boolVariable("answer_on_webrtcup")
	v.codec = c.variable("janus-codec")
}

func (c *Call) variable(name string) string { return c.engine.host.Variable(c.id4log(), name) }

func (c *Call) boolVariable(name string) bool {
	value := c.variable(name)
	b, err := parseBool(value)
	if err != nil {
		c.logf(LevelWarning, "Variable %s: %s; the default (false) stands", name, err)
	}
	return b
}

func (c *Call) setVariable(name, value string) {
	if err := c.engine.host.SetVariable(c.id4log(), name, value); err != nil {
		c.logf(LevelDebug, "Setting variable %s: %s", name, err)
	}
}

// codecs is what this call offers: janus-codec, or the server's codec-string.
func (c *Call) codecs() []media.Codec {
	if c.vars.codec == "" {
		return c.server.cfg.Codecs
	}
	codec, ok := codecNamed(c.vars.codec)
	if !ok {
		c.logf(LevelWarning, "Variable janus-codec: %q is not one of opus, PCMU, PCMA; codec-string stands", c.vars.codec)
		return c.server.cfg.Codecs
	}
	return []media.Codec{codec}
}

// setStatistics sets the leg's final figures, for dialplan and CDR. It runs on
// the session's thread, while the call's goroutine may be anywhere.
func (c *Call) setStatistics() {
	leg := c.leg.Load()
	if leg == nil {
		return
	}
	stats := leg.Stats()
	c.setVariable(varPacketsIn, strconv.FormatUint(stats.PacketsIn, 10))
	c.setVariable(varPacketsOut, strconv.FormatUint(stats.PacketsOut, 10))
	c.setVariable(varLost, strconv.FormatUint(stats.Lost, 10))
	c.setVariable(varJitter, fmt.Sprintf("%.1f", stats.JitterMs))
	c.setVariable(varRoundTrip, fmt.Sprintf("%.1f", stats.RoundTripMs))
}
