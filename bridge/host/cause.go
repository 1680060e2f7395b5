// SPDX-License-Identifier: MPL-2.0

package host

import (
	"maps"
	"slices"
)

// Cause is a hangup cause: a Q.850 number, above 127 as FreeSWITCH numbers it.
type Cause int

// The causes with which the engine ends calls.
const (
	CauseNone                    Cause = 0
	CauseUnallocatedNumber       Cause = 1
	CauseNoRouteDestination      Cause = 3
	CauseNormalClearing          Cause = 16
	CauseCallRejected            Cause = 21
	CauseDestinationOutOfOrder   Cause = 27
	CauseInvalidNumberFormat     Cause = 28
	CauseNormalTemporaryFailure  Cause = 41
	CauseSwitchCongestion        Cause = 42
	CauseOutgoingCallBarred      Cause = 52
	CauseBearerCapabilityNotImpl Cause = 65
	CauseIncompatibleDestination Cause = 88
	CauseRecoveryOnTimerExpire   Cause = 102
	CauseMediaTimeout            Cause = 804
)

var causeNames = map[Cause]string{
	CauseNone:                    "NONE",
	CauseUnallocatedNumber:       "UNALLOCATED_NUMBER",
	CauseNoRouteDestination:      "NO_ROUTE_DESTINATION",
	CauseNormalClearing:          "NORMAL_CLEARING",
	CauseCallRejected:            "CALL_REJECTED",
	CauseDestinationOutOfOrder:   "DESTINATION_OUT_OF_ORDER",
	CauseInvalidNumberFormat:     "INVALID_NUMBER_FORMAT",
	CauseNormalTemporaryFailure:  "NORMAL_TEMPORARY_FAILURE",
	CauseSwitchCongestion:        "SWITCH_CONGESTION",
	CauseOutgoingCallBarred:      "OUTGOING_CALL_BARRED",
	CauseBearerCapabilityNotImpl: "BEARERCAPABILITY_NOTIMPL",
	CauseIncompatibleDestination: "INCOMPATIBLE_DESTINATION",
	CauseRecoveryOnTimerExpire:   "RECOVERY_ON_TIMER_EXPIRE",
	CauseMediaTimeout:            "MEDIA_TIMEOUT",
}

// Causes are the causes with which the engine ends calls, in the order of their numbers.
func Causes() []Cause {
	causes := slices.Sorted(maps.Keys(causeNames))
	return slices.DeleteFunc(causes, func(c Cause) bool { return c == CauseNone })
}

// Known tells whether it is one of Causes.
func (c Cause) Known() bool { return c != CauseNone && causeNames[c] != "" }

// String returns the cause's name as the switch spells it.
func (c Cause) String() string {
	if name, ok := causeNames[c]; ok {
		return name
	}
	return "UNSPECIFIED"
}

// Outcome says with which cause a call ends, for the manual.
type Outcome struct {
	What  string // has happened, in Markdown
	Cause Cause
}

// Outcomes are what the manual says of causes, in its order.
var Outcomes = []Outcome{
	{"the dial string does not parse, or names a room that is no numeric id where ids are numbers", CauseInvalidNumberFormat},
	{"unknown server", CauseNoRouteDestination},
	{"server disabled", CauseOutgoingCallBarred},
	{"the media of the calls that are there is late, see [Too many calls](operations.md#too-many-calls)", CauseSwitchCongestion},
	{"server not connected after up to 10 s, unreachable, or refusing secret or token", CauseDestinationOutOfOrder},
	{"no such room", CauseUnallocatedNumber},
	{"wrong or missing PIN or token, user not allowed, room locked by another leg, room that cannot be locked", CauseCallRejected},
	{"any other error of AudioBridge", CauseNormalTemporaryFailure},
	{"no answer within `cmd-timeout`", CauseRecoveryOnTimerExpire},
	{"no codec in common, or an SDP answer that cannot be used: no audio section, a rejected one (port 0), `a=inactive`, an unusable `a=setup`, no valid SDP", CauseIncompatibleDestination},
	{"ICE or DTLS fails, the answer has no ICE credentials or no fingerprint, no candidate of Janus is allowed, or no audio for 30 s", CauseMediaTimeout},
	{"the A-leg has video", CauseBearerCapabilityNotImpl},
	{"kicked, room destroyed, hung up by Janus", CauseNormalClearing},
	{"session lost, and not back within `janus-rejoin-timeout`", CauseDestinationOutOfOrder},
}
