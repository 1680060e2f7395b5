// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"
	"errors"

	"mod_janus/bridge/archive"
	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/server"
	"mod_janus/janusclient/audiobridge"
)

// recorder records a leg, at Janus or on the switch. It belongs to the call's
// goroutine.
type recorder struct {
	channel *channel
	janus   *attachment
	room    *room
	archive server.Archive
	tell    func(action string) // tells the others of the leg
	ready   func() bool         // the switch can record the session

	recording   *archive.Recording // by Janus, under a name of ours; nil for none
	recordingOn bool               // Janus has begun it
	local       *archive.Recording // by the switch; nil for none
}

func (r *recorder) subject(kind archive.Kind) archive.Subject {
	return archive.Subject{Kind: kind, Server: r.room.ref.Server.Name, Room: r.room.ref.ID().String(), Leg: r.channel.uuid(), Plugin: r.room.ref.Config.Plugin}
}

// name enters what Janus is about to record of this participant, and
// returns the base of its file; "" where nothing is archived.
func (r *recorder) name() string {
	if r.room.ref.Config.Plugin != audiobridge.Plugin || r.room.vars.RoomMJRsDir != "" { // Janus would put our folder into its own
		return ""
	}
	if r.recording == nil {
		r.recording = r.archive.Begin(r.channel.uuid(), r.subject(archive.Participant))
	}
	if r.recording == nil {
		return ""
	}
	return r.recording.Path()
}

// begun: Janus has taken the name.
func (r *recorder) begun() {
	if r.recording != nil {
		r.recordingOn = true
		r.tellBegun(r.recording)
	}
}

func (r *recorder) tellBegun(recording *archive.Recording) {
	r.channel.setVariable(host.VarArchiveFile, recording.Job().Data.Audio)
	r.archive.Tell(recording, "started", "", "")
}

// over: Janus has ended the recording, or never begun it; or, if it has
// not been told, will.
func (r *recorder) over(told bool) {
	if r.recordingOn {
		wait := config.OverAtJanus
		if !told {
			wait.Quiet, wait.Grace = config.SessionTimeout, 2*config.SessionTimeout
		}
		r.archive.Finish(r.recording, wait)
	} else {
		r.archive.Drop(r.recording)
	}
	r.recording, r.recordingOn = nil, false
}

// record has Janus record what the caller says, to a file on its own disk, or
// with janus-archive=local the switch, here. The words are the file that was named
// by the archive.
func (r *recorder) record(ctx context.Context, on bool, file string) (words string, err error) {
	if r.room.vars.Archive == config.ArchiveLocal && file == "" {
		return r.here(on)
	}
	request := audiobridge.ConfigureRequest{Record: &on, Filename: file}
	if on && file == "" && !r.room.vars.UserRecord {
		request.Filename = r.name()
	}
	if err := r.janus.configure(ctx, request); err != nil {
		if !r.recordingOn {
			r.over(true)
		}
		return "", err
	}
	r.room.vars.UserRecord, r.room.vars.UserRecordFile = on, file
	r.tell(map[bool]string{true: "recording", false: "stopped-recording"}[on])
	switch {
	case !on:
		r.over(true)
	case !r.recordingOn:
		r.begun()
	}
	if r.recordingOn {
		words = r.recording.Job().Data.Audio
	}
	return words, nil
}

// here has the switch record what the caller hears and says. The switch's
// own recorder does it (libsndfile writes the file) and not a library in Go: it has the
// decoded audio of both directions at one clock, DTMF, prompts and silence included, so
// that left and right stay in step; the path of a frame of a call that does not record is
// what it was; and no audio has to be decoded twice.
func (r *recorder) here(on bool) (words string, err error) {
	switch {
	case !on && r.local == nil:
		return "", errors.New("the call is not recorded")
	case !on:
		r.hereOver()
		r.tell("stopped-recording")
		return "", nil
	case r.local != nil:
		return r.local.Job().Data.Audio, nil
	}
	recording := r.archive.Begin(r.channel.uuid(), r.subject(archive.Local))
	if recording == nil {
		return "", errors.New("the call is not recorded: there is no archive, see the log")
	}
	if err := r.channel.host.Record(r.channel.uuid(), recording.Path()); err != nil {
		r.archive.Drop(recording)
		return "", err
	}
	r.local = recording
	r.tellBegun(recording)
	r.tell("recording")
	return recording.Job().Data.Audio, nil
}

// hereOver ends what the switch records of the call.
func (r *recorder) hereOver() {
	if r.local == nil {
		return
	}
	if err := r.channel.host.RecordStop(r.channel.uuid(), r.local.Path()); err != nil && !errors.Is(err, host.ErrGone) {
		r.channel.logf(host.LevelWarning, "Archive: ending %s: %s", r.local.Path(), err)
	}
	r.archive.Finish(r.local, archive.Wait{Patience: config.ArchivePatience})
	r.local = nil
}

// hereIfDue begins to record a call if it is to be recorded here and is ready.
func (r *recorder) hereIfDue() {
	if r.room.vars.Archive != config.ArchiveLocal || !r.ready() || r.local != nil {
		return
	}
	if _, err := r.here(true); err != nil && !errors.Is(err, host.ErrGone) {
		r.channel.logf(host.LevelError, "Archive: the call is not recorded: %s", failure.Reason(err))
	}
}

// namesRoom: the call wants its room recorded, and leaves the name to us.
func (r *recorder) namesRoom() bool {
	return r.room.vars.RoomRecord && r.room.vars.RoomRecordFile == "" && r.room.vars.RoomRecordDir == ""
}

// roomAgain begins another recording of a room that was recorded until it
// was empty. Others' rooms stay as they are.
func (r *recorder) roomAgain(ctx context.Context) {
	if !r.namesRoom() {
		return
	}
	admin, ok := r.janus.handle.(server.RoomAdmin)
	if !ok {
		return
	}
	err := r.room.ref.Server.Archives.RecordAgain(r.room.ref, r.channel.uuid(), r.room.vars.RoomSecret, func(path string) error {
		ctx, cancel := r.janus.limited(ctx)
		defer cancel()
		_, err := admin.EnableRecording(ctx, audiobridge.RecordingRequest{
			Room: r.room.ref.ID(), Secret: r.room.vars.RoomSecret, Record: true, File: path,
		})
		return err
	})
	if err != nil {
		r.channel.logf(host.LevelWarning, "Janus call %s: the room is not recorded: %s", r.room.describe(), failure.Reason(err))
	}
}
