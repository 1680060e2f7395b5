// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"mod_janus/bridge/config"
	"mod_janus/janusclient/audiobridge"
)

// createRequest is the request that makes the room.
func (r *callRoom) createRequest() audiobridge.CreateRequest {
	v := r.vars
	if r.creation != nil {
		return *r.creation // it was moved here
	}
	request := audiobridge.CreateRequest{
		Description: v.RoomDescription, PIN: v.RoomPIN, Secret: v.RoomSecret, AdminKey: r.ref.cfg.AdminKey,
		RecordFile: v.RoomRecordFile, AudioLevelEvent: v.RoomAudioLevel, Private: v.RoomIsPrivate,
	}
	if v.RoomRecord {
		request.Record = &v.RoomRecord
	}
	if v.RoomAllowWS {
		request.AllowWSParticipants = &v.RoomAllowWS
	}
	if v.RoomSamplingRate != nil {
		request.SamplingRate = *v.RoomSamplingRate
	}
	if v.RoomPermanent != nil {
		request.Permanent = *v.RoomPermanent
	}
	askFor(v, &request)
	if v.UserGroup != "" {
		request.Groups = []string{v.UserGroup} // a room without groups admits nobody with one
	}
	return request
}

// askFor writes what a room that the call makes is to be like, beyond what every call asks for, into the request that
// makes the room. A Janus that is too old for one of the members passes over it.
func askFor(v *config.Variables, request *audiobridge.CreateRequest) {
	request.SignedTokens, request.SpatialAudio, request.Denoise = v.RoomSignedTokens, v.RoomSpatialAudio, v.RoomDenoise
	request.MJRs, request.AllowRTPParticipants = v.RoomMJRs, v.RoomAllowRTP
	request.RecordDir, request.MJRsDir = v.RoomRecordDir, v.RoomMJRsDir
	for value, member := range map[*int]*int{
		v.RoomBitrate: &request.DefaultBitrate, v.RoomExpectedLoss: &request.DefaultExpectedLoss,
		v.RoomLevelAverage: &request.AudioLevelAverage, v.RoomActivePackets: &request.AudioActivePackets,
	} {
		if value != nil {
			*member = *value
		}
	}
}
