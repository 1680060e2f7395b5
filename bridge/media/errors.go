// SPDX-License-Identifier: MPL-2.0

package media

import "errors"

// What can be wrong with an answer. Answer returns them wrapped, with detail;
// errors.Is tells them apart.
var (
	ErrBadSDP        = errors.New("answer is not valid SDP")
	ErrNoAudio       = errors.New("answer has no audio section")
	ErrRejected      = errors.New("answer rejects the audio (port 0 in m=audio)")
	ErrInactive      = errors.New("answer lets no audio flow (a=inactive)")
	ErrNoCodec       = errors.New("answer has no codec in common with the offer")
	ErrNoICE         = errors.New("answer has no ICE credentials (ice-ufrag, ice-pwd)")
	ErrNoFingerprint = errors.New("answer has no DTLS fingerprint that can be checked")
	ErrNoCandidate   = errors.New("none of the answer's candidates is usable and allowed")
	ErrBadSetup      = errors.New("answer has an unusable a=setup, active or passive would be right")
)

// Why a leg failed: what comes with StateFailed.
var (
	ErrTimeout          = errors.New("no connection in time")
	ErrICEFailed        = errors.New("ICE connection lost")
	ErrDTLS             = errors.New("DTLS handshake failed")
	ErrFingerprint      = errors.New("certificate of the peer does not match its fingerprint in the SDP")
	ErrClosedByPeer     = errors.New("peer closed the DTLS connection")
	ErrNoSRTPProfile    = errors.New("peer shares no SRTP protection profile")
	ErrInternal         = errors.New("internal error")
	errConnectionBroken = errors.New("socket cannot be connected to the selected candidate")
)

// Misuse of a leg.
var (
	ErrClosed            = errors.New("media leg is closed")
	ErrState             = errors.New("not possible in this state of the media leg")
	ErrBadCandidate      = errors.New("candidate cannot be parsed")
	ErrTooManyCandidates = errors.New("more candidates than a leg takes")
	ErrNoPort            = errors.New("no free UDP port in the range")
	ErrConfig            = errors.New("incomplete media configuration")
)
