// SPDX-License-Identifier: MPL-2.0

package call

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/archive"
	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/bridge/host/hosttest"
)

// fakeArchive names recordings and takes note of what becomes of them.
type fakeArchive struct {
	t       *testing.T
	archive *archive.Archive // nil: nothing is archived
	done    []string
}

func (a *fakeArchive) Begin(_ string, subject archive.Subject) *archive.Recording {
	if a.archive == nil {
		return nil
	}
	r, err := a.archive.Begin(subject)
	require.NoError(a.t, err)
	a.done = append(a.done, "begin "+string(subject.Kind))
	return r
}

func (a *fakeArchive) Tell(_ *archive.Recording, action, _, _ string) {
	a.done = append(a.done, action)
}

func (a *fakeArchive) Drop(r *archive.Recording) {
	if r != nil {
		a.done = append(a.done, "drop")
	}
}

func (a *fakeArchive) Finish(r *archive.Recording, _ archive.Wait) {
	if r != nil {
		a.done = append(a.done, "finish")
	}
}

// newTestRecorder is a recorder of a leg with these variables.
func newTestRecorder(t *testing.T, vars config.Variables, archived bool) (*recorder, *fakeArchive, *hosttest.Host) {
	t.Helper()
	ch, h := newTestChannel(nil)
	janus, _ := newTestAttachment(ch)
	room := newTestRoom(vars)
	room.ref.Config.Plugin = janus.cfg.Plugin
	a := &fakeArchive{t: t}
	if archived {
		recordings, err := archive.ParsePattern(archive.DefaultRecordingPattern)
		require.NoError(t, err)
		jobs, err := archive.ParsePattern(archive.DefaultJobPattern)
		require.NoError(t, err)
		a.archive, err = archive.Open(archive.Config{ArchivePath: t.TempDir(), Recordings: recordings, JobPath: t.TempDir(), Jobs: jobs})
		require.NoError(t, err)
	}
	r := &recorder{channel: ch, janus: janus, room: room, archive: a}
	r.tell = func(action string) { a.done = append(a.done, action) }
	return r, a, h
}

func TestRecorderAtJanus(t *testing.T) {
	r, a, h := newTestRecorder(t, config.Variables{}, true)
	words, err := r.record(t.Context(), true, "")
	require.NoError(t, err)
	require.NotEmpty(t, words)
	require.Equal(t, words, h.Sessions["leg"].Vars[host.VarArchiveFile])
	_, err = r.record(t.Context(), false, "")
	require.NoError(t, err)
	require.Equal(t, []string{"begin participant", "recording", "started", "stopped-recording", "finish"}, a.done)
}

func TestRecorderWithoutArchive(t *testing.T) {
	r, a, _ := newTestRecorder(t, config.Variables{}, false)
	words, err := r.record(t.Context(), true, "mine")
	require.NoError(t, err)
	require.Empty(t, words)
	require.Equal(t, "mine", r.room.vars.UserRecordFile)
	r.over(true)
	require.Equal(t, []string{"recording"}, a.done)
}

func TestRecorderThatJanusRefuses(t *testing.T) {
	r, a, _ := newTestRecorder(t, config.Variables{}, true)
	r.janus.handle.(*fakeHandle).err = errDestroyed
	_, err := r.record(t.Context(), true, "")
	require.ErrorIs(t, err, errDestroyed)
	require.Equal(t, []string{"begin participant", "drop"}, a.done)
}

func TestRecorderOnTheSwitch(t *testing.T) {
	r, a, h := newTestRecorder(t, config.Variables{Archive: config.ArchiveLocal}, true)
	_, err := r.record(t.Context(), false, "")
	require.EqualError(t, err, "the call is not recorded")
	ready := false
	r.ready = func() bool { return ready }
	r.hereIfDue()
	require.Empty(t, a.done, "the call has no media yet")
	ready = true
	r.hereIfDue()
	r.hereIfDue()
	r.hereOver()
	require.Equal(t, []string{"begin local", "started", "recording", "finish"}, a.done)
	require.Len(t, h.Sessions["leg"].Progress, 2, "record, record stop")
}
