// SPDX-License-Identifier: MPL-2.0

package host

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
	CauseOutgoingCallBarred:      "OUTGOING_CALL_BARRED",
	CauseBearerCapabilityNotImpl: "BEARERCAPABILITY_NOTIMPL",
	CauseIncompatibleDestination: "INCOMPATIBLE_DESTINATION",
	CauseRecoveryOnTimerExpire:   "RECOVERY_ON_TIMER_EXPIRE",
	CauseMediaTimeout:            "MEDIA_TIMEOUT",
}

// String returns the cause's name as the switch spells it.
func (c Cause) String() string {
	if name, ok := causeNames[c]; ok {
		return name
	}
	return "UNSPECIFIED"
}
