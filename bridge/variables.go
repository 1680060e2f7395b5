// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
)

// The variables that the engine sets on a leg.
const (
	varServer        = "janus_server"
	varRoom          = "janus_room"
	varParticipantID = "janus_participant_id"
	varSessionID     = "janus_session_id"
	varHandleID      = "janus_handle_id"
	varCodec         = "janus_codec"
	varSetup         = "janus_setup_ms"
	varHangupReason  = "janus_hangup_reason"
	varResult        = "janus_result" // of the application janus
	varLastDigits    = "janus_last_matching_digits"
	varResponse      = "janus_response"
	varSendResult    = "janus_send_result" // of the application janus_send
	varArchiveFile   = "janus_archive_file"
	varRoomLocked    = "janus_room_locked" // of a leg with janus-room-lock
)

// samplingRates are those that AudioBridge mixes at, in Hz.
var samplingRates = []int{8000, 12000, 16000, 24000, 48000}

// variables are what the dial string and the A-leg ask for, read once, when
// the call is run. Pointers are nil where nothing is asked for.
type variables struct {
	useExistingRoom bool

	roomDescription  string
	roomRecord       bool
	roomRecordFile   string
	roomPIN          string
	roomSecret       string
	roomAllowWS      bool
	roomSamplingRate *int
	roomAudioLevel   *bool
	roomIsPrivate    *bool
	roomPermanent    *bool
	room             roomVariables

	archive string // archiveJanus or archiveLocal

	roomAutoDestroy bool
	roomLock        bool
	announce        bool

	userToken        string
	tokenTTL         time.Duration
	userRecord       bool
	userRecordFile   string
	startMuted       bool
	userVolume       *int // percent
	userPrebuffer    *int // packets
	userQuality      *int // of Opus, 1 to 10
	userExpectedLoss *int // percent
	userGroup        string
	userBitrate      *int // of Opus, bit/s
	userPosition     *int // 0 left to 100 right
	userDenoise      *bool
	userAdmin        bool // spared by mute-all

	answerOnReady bool
	answerTimeout time.Duration
	answerOnUp    bool

	codec         string
	bridgedCodec  bool
	hold          holdPolicy
	dtmfInband    bool
	opusDTX       bool
	rejoin        bool
	rejoinTimeout time.Duration
}

func (c *Call) readVariables() {
	c.vars = variables{
		useExistingRoom: c.boolVariable("janus-use-existing-room", false),

		roomDescription:  c.variable("janus-room-description"),
		roomRecord:       c.boolVariable("janus-room-record", false),
		roomRecordFile:   c.variable("janus-room-record-file"),
		roomPIN:          c.variable("janus-room-pin"),
		roomSecret:       c.variable("janus-room-secret"),
		roomAllowWS:      c.boolVariable("janus-room-allow-ws-participants", false),
		roomSamplingRate: c.oneOf("janus-room-sampling-rate", samplingRates),
		roomAudioLevel:   c.optionalBool("janus-room-audiolevel-event"),
		roomIsPrivate:    c.optionalBool("janus-room-is-private"),
		roomPermanent:    c.optionalBool("janus-room-permanent"),
		room:             c.readRoomVariables(),

		archive: c.archiveVariable(),

		roomAutoDestroy: c.boolVariable("janus-room-auto-destroy", false),
		roomLock:        c.boolVariable("janus-room-lock", false),
		announce:        c.boolVariable("janus-announce", false),

		userToken:        c.variable("janus-user-token"),
		tokenTTL:         c.duration("janus-hmac-token-ttl", time.Second, config.TokenTTL, config.LongestTokenTTL),
		userRecord:       c.boolVariable("janus-user-record", false),
		userRecordFile:   c.variable("janus-user-record-file"),
		startMuted:       c.boolVariable("janus-start-muted", false),
		userVolume:       c.optionalInt("janus-user-volume", 0, 1000),
		userPrebuffer:    c.optionalInt("janus-user-prebuffer", 0, 50),
		userQuality:      c.optionalInt("janus-user-quality", 1, 10),
		userExpectedLoss: c.optionalInt("janus-user-expected-loss", 0, mostLoss),
		userGroup:        c.variable("janus-user-group"),
		userBitrate:      c.optionalInt("janus-user-bitrate", leastBitrate, mostBitrate),
		userPosition:     c.optionalInt("janus-user-spatial-position", 0, 100),
		userDenoise:      c.optionalBool("janus-user-denoise"),
		userAdmin:        c.boolVariable("janus-user-admin", false),

		answerOnReady: c.boolVariable("janus-answer-on-participant-ready", false),
		answerTimeout: c.duration("janus-answer-participant-timeout-ms", time.Millisecond, config.AnswerTimeout, time.Hour),
		answerOnUp:    c.boolVariable("answer_on_webrtcup", false),

		codec:         c.variable("janus-codec"),
		bridgedCodec:  c.boolVariable("janus-use-bridged-channel-codec", false),
		hold:          c.holdVariable(),
		dtmfInband:    c.boolVariable("janus-dtmf-inband", false),
		opusDTX:       c.boolVariable("janus-opus-dtx", false),
		rejoin:        c.boolVariable("janus-rejoin", true),
		rejoinTimeout: c.duration("janus-rejoin-timeout", time.Second, config.RejoinTimeout, 24*time.Hour),
	}
	if c.vars.userAdmin && c.vars.roomSecret == "" {
		c.logf(host.LevelWarning, "Variable janus-user-admin has no effect without janus-room-secret")
	}
	c.info.setSecret(c.vars.roomSecret)
	c.chooseControls()
}

func (c *Call) variable(name string) string { return c.engine.host.Variable(c.sessionUUID(), name) }

// unusable warns of a value; what stands instead is said in words.
func (c *Call) unusable(name, value, want, instead string) {
	c.logf(host.LevelWarning, "Variable %s: %q is not %s; %s", name, value, want, instead)
}

func (c *Call) boolVariable(name string, otherwise bool) bool {
	if b := c.optionalBool(name); b != nil {
		return *b
	}
	return otherwise
}

func (c *Call) optionalBool(name string) *bool {
	value := c.variable(name)
	if strings.TrimSpace(value) == "" {
		return nil
	}
	b, err := config.ParseBool(value)
	if err != nil {
		c.unusable(name, value, "true or false", "the default stands")
		return nil
	}
	return &b
}

func (c *Call) optionalInt(name string, least, most int) *int {
	value := strings.TrimSpace(c.variable(name))
	if value == "" {
		return nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < least || n > most {
		c.unusable(name, value, fmt.Sprintf("a whole number from %d to %d", least, most), "the default stands")
		return nil
	}
	return &n
}

func (c *Call) oneOf(name string, allowed []int) *int {
	n := c.optionalInt(name, 0, math.MaxInt32)
	if n != nil && !slices.Contains(allowed, *n) {
		c.unusable(name, strconv.Itoa(*n), "one of "+strings.Trim(fmt.Sprint(allowed), "[]"), "the default stands")
		return nil
	}
	return n
}

// duration reads a whole number of units above 0. What is more than the most is
// taken for the most: whoever writes it wants a long time.
func (c *Call) duration(name string, unit, otherwise, most time.Duration) time.Duration {
	value := strings.TrimSpace(c.variable(name))
	if value == "" {
		return otherwise
	}
	want := fmt.Sprintf("a whole number from 1 to %d", most/unit)
	n, err := strconv.ParseInt(value, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange) && n > 0, err == nil && n > int64(most/unit):
		c.unusable(name, value, want, fmt.Sprintf("%d is taken", most/unit))
		return most
	case err != nil || n < 1:
		c.unusable(name, value, want, fmt.Sprintf("the default (%d) stands", otherwise/unit))
		return otherwise
	}
	return time.Duration(n) * unit
}

func (c *Call) setVariable(name, value string) {
	if err := c.engine.host.SetVariable(c.sessionUUID(), name, value); err != nil {
		c.logf(host.LevelDebug, "Setting variable %s: %s", name, err)
	}
}

// drainRing drops what the switch has written while nobody took it.
func (c *Call) drainRing() { c.rings.FromSwitch.Discard() }
