// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"
	"time"

	"mod_janus/bridge/archive"
	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/metrics"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// roomMaker is a server.RoomHandle whose plugin has *create*.
type roomMaker interface {
	Create(context.Context, audiobridge.CreateRequest) (room janusclient.ID, permanent bool, err error)
}

// roomMaking is how a call comes by its room before it joins. It belongs to the
// call's goroutine.
type roomMaking struct {
	channel  *channel
	janus    *attachment
	room     *room
	recorder *recorder
	progress *progress
	told     func() // that this call has made its room
	there    bool   // Janus has just said that the room exists
}

// create makes the room unless the call wants an existing one. A room that is
// there already is as good.
func (m *roomMaking) create(ctx context.Context) error {
	maker, ok := m.janus.handle.(roomMaker)
	switch {
	case !ok:
		return m.appear(ctx)
	case m.room.vars.UseExistingRoom:
		return nil
	case m.there:
		m.there = false
		m.recorder.roomAgain(ctx)
		return nil
	}
	m.progress.advance(stateCreating)
	request := m.room.createRequest()
	asked := request
	var recording *archive.Recording
	if m.recorder.namesRoom() {
		if recording = m.room.ref.Server.Archives.Begin(m.room.ref, m.channel.uuid(), true); recording != nil {
			request.RecordFile = recording.Path()
		}
	}
	began := time.Now()
	err := m.room.ref.With(func(room janusclient.ID) error {
		request.Room = room
		_, _, err := maker.Create(ctx, request)
		return err
	})
	if err != nil {
		m.recorder.archive.Drop(recording)
	}
	if (err == nil || audiobridge.HasCode(err, audiobridge.CodeRoomExists)) && !m.progress.rejoining() {
		m.room.ref.Server.Metrics.Stage(metrics.StageCreate, time.Since(began))
	}
	switch {
	case audiobridge.HasCode(err, audiobridge.CodeRoomExists):
		m.recorder.roomAgain(ctx)
		return nil
	case err == nil:
		m.room.made(asked)
		m.room.ref.Server.Archives.Made(m.room.ref, recording, m.room.vars.RoomSecret)
		m.told()
	}
	return err
}

// appear stands for create where joining makes the room.
func (m *roomMaking) appear(ctx context.Context) error {
	for _, variable := range config.AllVariables {
		if variable.AudioBridgeOnly && m.channel.variable(variable.Name) != "" {
			m.channel.logf(host.LevelWarning, "Variable %s has no effect: %s has nothing of the kind", variable.Name, m.janus.cfg.Plugin)
		}
	}
	if !m.room.vars.UseExistingRoom {
		return nil
	}
	ctx, cancel := m.janus.limited(ctx)
	defer cancel()
	exists, err := m.janus.handle.Exists(ctx, m.room.ref.Room)
	if err == nil && !exists {
		return failure.New(host.CauseUnallocatedNumber, "there is no room "+m.room.name())
	}
	return err
}

// createRequest is the request that makes the room.
func (r *room) createRequest() audiobridge.CreateRequest {
	v := r.vars
	if r.creation != nil {
		return *r.creation // it was moved here
	}
	request := audiobridge.CreateRequest{
		Description: v.RoomDescription, PIN: v.RoomPIN, Secret: v.RoomSecret, AdminKey: r.ref.Config.AdminKey,
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

// askFor writes what a room that the call makes is to be like, beyond what every call asks for,
// into the request that makes the room.
// A Janus that is too old for one of the members passes over it.
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
