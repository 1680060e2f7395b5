// SPDX-License-Identifier: MPL-2.0

package bridge

import "mod_janus/janusclient/audiobridge"

const (
	// leastBitrate and mostBitrate bound what AudioBridge has its Opus encoder
	// make, in bit/s; it passes over anything else.
	leastBitrate, mostBitrate = 500, 512000
	// mostLoss is the highest loss that AudioBridge prepares for, in percent.
	mostLoss = 20
	// quietest is the lowest audio level there is (RFC 6464), in -dBov.
	quietest = 127
	// mostActivePackets is how many packets of 20 ms may decide whether somebody
	// talks: 20 s.
	mostActivePackets = 1000
)

// roomVariables are what a room that the call makes is to be like beyond what
// every call asks for. Nil and "" leave it to Janus; a Janus that is too old for
// one of them passes over it.
type roomVariables struct {
	signedTokens, spatialAudio, mjrs, denoise, allowRTP      *bool
	recordDir, mjrsDir                                       string
	defaultBitrate, defaultLoss, levelAverage, activePackets *int
}

func (c *Call) readRoomVariables() roomVariables {
	return roomVariables{
		signedTokens:   c.optionalBool("janus-room-signed-tokens"),
		spatialAudio:   c.optionalBool("janus-room-spatial-audio"),
		mjrs:           c.optionalBool("janus-room-mjrs"),
		denoise:        c.optionalBool("janus-room-denoise"),
		allowRTP:       c.optionalBool("janus-room-allow-rtp-participants"),
		recordDir:      c.variable("janus-room-record-dir"),
		mjrsDir:        c.variable("janus-room-mjrs-dir"),
		defaultBitrate: c.optionalInt("janus-room-default-bitrate", leastBitrate, mostBitrate),
		defaultLoss:    c.optionalInt("janus-room-default-expectedloss", 0, mostLoss),
		levelAverage:   c.optionalInt("janus-room-audio-level-average", 1, quietest),
		activePackets:  c.optionalInt("janus-room-audio-active-packets", 1, mostActivePackets),
	}
}

// askFor writes the variables into the request that makes the room.
func (v *roomVariables) askFor(request *audiobridge.CreateRequest) {
	request.SignedTokens, request.SpatialAudio, request.Denoise = v.signedTokens, v.spatialAudio, v.denoise
	request.MJRs, request.AllowRTPParticipants = v.mjrs, v.allowRTP
	request.RecordDir, request.MJRsDir = v.recordDir, v.mjrsDir
	for value, member := range map[*int]*int{
		v.defaultBitrate: &request.DefaultBitrate, v.defaultLoss: &request.DefaultExpectedLoss,
		v.levelAverage: &request.AudioLevelAverage, v.activePackets: &request.AudioActivePackets,
	} {
		if value != nil {
			*member = *value
		}
	}
}
