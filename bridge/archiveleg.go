// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"errors"

	"mod_janus/bridge/archive"
	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/janusclient/audiobridge"
)

func (c *Call) archiveSubject(kind archive.Kind) archive.Subject {
	return archive.Subject{Kind: kind, Server: c.server.name, Room: c.room.ref.id().String(), Leg: c.channel.uuid(), Plugin: c.cfg.Plugin}
}

// nameRecording enters what Janus is about to record of this participant, and
// returns the base of its file; "" where nothing is archived.
func (c *Call) nameRecording() string {
	if c.cfg.Plugin != audiobridge.Plugin || c.vars.RoomMJRsDir != "" { // Janus would put our folder into its own
		return ""
	}
	if c.recording == nil {
		c.recording = c.engine.beginArchive(c.channel.uuid(), c.archiveSubject(archive.Participant))
	}
	if c.recording == nil {
		return ""
	}
	return c.recording.Path()
}

// recordingBegun: Janus has taken the name.
func (c *Call) recordingBegun() {
	if c.recording != nil {
		c.recordingOn = true
		c.recordingTold(c.recording)
	}
}

func (c *Call) recordingTold(r *archive.Recording) {
	c.channel.setVariable(host.VarArchiveFile, r.Job().Data.Audio)
	c.engine.tellArchive(r, "started", "", "")
}

// recordingOver: Janus has ended the recording, or never begun it; or, if it has
// not been told, will.
func (c *Call) recordingOver(told bool) {
	r := c.recording
	if c.recordingOn {
		wait := overAtJanus
		if !told {
			wait.Quiet, wait.Grace = config.SessionTimeout, 2*config.SessionTimeout
		}
		c.engine.finish(r, wait)
	} else {
		c.engine.dropArchive(r)
	}
	c.recording, c.recordingOn = nil, false
}

// record has Janus record what the caller says, to a file on its own disk, or
// with janus-archive=local the switch, here. The words are the file that was named
// by the archive.
func (c *Call) record(ctx context.Context, on bool, file string) (words string, err error) {
	if c.vars.Archive == config.ArchiveLocal && file == "" {
		return c.recordHere(on)
	}
	request := audiobridge.ConfigureRequest{Record: &on, Filename: file}
	if on && file == "" && !c.vars.UserRecord {
		request.Filename = c.nameRecording()
	}
	if err := c.janus.configure(ctx, request); err != nil {
		if !c.recordingOn {
			c.recordingOver(true)
		}
		return "", err
	}
	c.vars.UserRecord, c.vars.UserRecordFile = on, file
	c.participant(map[bool]string{true: "recording", false: "stopped-recording"}[on], c.me())
	switch {
	case !on:
		c.recordingOver(true)
	case !c.recordingOn:
		c.recordingBegun()
	}
	if c.recordingOn {
		words = c.recording.Job().Data.Audio
	}
	return words, nil
}

// recordHere has the switch record what the caller hears and says. The switch's
// own recorder does it (libsndfile writes the file) and not a library in Go: it has the
// decoded audio of both directions at one clock, DTMF, prompts and silence included, so
// that left and right stay in step; the path of a frame of a call that does not record is
// what it was; and no audio has to be decoded twice.
func (c *Call) recordHere(on bool) (words string, err error) {
	switch {
	case !on && c.local == nil:
		return "", errors.New("the call is not recorded")
	case !on:
		c.localOver()
		c.participant("stopped-recording", c.me())
		return "", nil
	case c.local != nil:
		return c.local.Job().Data.Audio, nil
	}
	r := c.engine.beginArchive(c.channel.uuid(), c.archiveSubject(archive.Local))
	if r == nil {
		return "", errors.New("the call is not recorded: there is no archive, see the log")
	}
	if err := c.engine.host.Record(c.channel.uuid(), r.Path()); err != nil {
		c.engine.dropArchive(r)
		return "", err
	}
	c.local = r
	c.recordingTold(r)
	c.participant("recording", c.me())
	return r.Job().Data.Audio, nil
}

// localOver ends what the switch records of the call.
func (c *Call) localOver() {
	if c.local == nil {
		return
	}
	if err := c.engine.host.RecordStop(c.channel.uuid(), c.local.Path()); err != nil && !errors.Is(err, host.ErrGone) {
		c.channel.logf(host.LevelWarning, "Archive: ending %s: %s", c.local.Path(), err)
	}
	c.engine.finish(c.local, archive.Wait{Patience: config.ArchivePatience})
	c.local = nil
}

// archiveHere begins to record a call that has been answered and has media, if it
// is to be recorded.
func (c *Call) archiveHere() {
	if c.vars.Archive != config.ArchiveLocal || !c.gate.done || !c.gate.marked || c.local != nil {
		return
	}
	if _, err := c.recordHere(true); err != nil && !errors.Is(err, host.ErrGone) {
		c.channel.logf(host.LevelError, "Archive: the call is not recorded: %s", controlReason(err))
	}
}
