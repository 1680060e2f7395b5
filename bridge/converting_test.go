// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/bridge/host/hosttest"
)

// converter makes a shell script that stands in for janus-pp-rec: $5 is what it is to write.
func converter(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pp-rec")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o600))
	require.NoError(t, os.Chmod(path, 0o700)) // #nosec G302 -- it is run
	return path
}

// converting gives the lab an archive that makes Opus by this program.
func (l *lab) converting(f folders, program string) {
	l.t.Helper()
	xml := strings.Replace(f.xml, "</archive>", `<param name="convert" value="opus"/><param name="convert-program" value="`+program+`"/></archive>`, 1)
	l.host.Mu.Lock()
	_, server, _ := strings.Cut(l.host.XML, "<server")
	l.host.XML = "<configuration>" + xml + "<server" + server
	l.host.Mu.Unlock()
	require.Contains(l.t, l.engine.Command("reload"), "+OK")
}

// writeOpusMJR writes what Janus leaves of a caller with Opus.
func writeOpusMJR(t *testing.T, path string) {
	t.Helper()
	header := `{"t":"a","c":"opus"}`
	require.NoError(t, os.WriteFile(path, []byte("MJR00002\x00"+string(rune(len(header)))+header+"MEET\x00\x00\x00\x01\x00\x03abc"), 0o600))
}

// oggFile is the smallest whole file: two pages, and the last page is marked as the last.
func oggFile(t *testing.T) string {
	t.Helper()
	page := func(flags, granule, number byte) string {
		return "OggS\x00" + string([]byte{flags, granule, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, number, 0, 0, 0, 0, 0, 0, 0, 1, 2}) + "xy"
	}
	path := filepath.Join(t.TempDir(), "x.opus")
	require.NoError(t, os.WriteFile(path, []byte(page(2, 0, 0)+page(4, 100, 1)), 0o600))
	return path
}

// recordedCall has a call be recorded and end; the path is that of the recording.
func (l *lab) recordedCall() (source string) {
	l.t.Helper()
	c, uuid := l.call("demo/x@1234", map[string]string{"janus-use-existing-room": "true", "janus-user-record": "true"})
	l.up(uuid)
	source = l.host.Variable(uuid, host.VarArchiveFile)
	writeOpusMJR(l.t, source)
	l.end(c, host.CauseNormalClearing)
	return source
}

// An unload does not wait for a conversion: the program is ended, the recording has no job yet, and
// the next load makes the job.
func TestUnloadEndsAConversion(t *testing.T) {
	l := newLab(t, "")
	f := newFolders(t)
	began := filepath.Join(t.TempDir(), "began")
	l.converting(f, converter(t, `: > `+began+`; sleep 600`))
	source := l.recordedCall()
	l.eventually("it is being converted", func() bool { _, err := os.Stat(began); return err == nil })
	require.Equal(t, "+OK 0 begun, 0 waiting, 0 done already\n", l.engine.Command("convert "+f.recordings), "it is under way")
	before := time.Now()
	require.Zero(t, l.engine.Stop(hosttest.Patience))
	require.Less(t, time.Since(before), config.ConvertLimit/10)
	require.True(t, l.host.Logged("Archive: "+source+" is not converted yet: the next load goes on with it"))
	left, err := os.ReadDir(f.jobs)
	require.NoError(t, err)
	require.Len(t, left, 1)
	require.True(t, strings.HasPrefix(left[0].Name(), ".open-"))
	files, err := os.ReadDir(f.recordings)
	require.NoError(t, err)
	require.Len(t, files, 1, "nothing half made is left")

	old := time.Now().Add(-70 * time.Second) // longer than Janus keeps a session
	require.NoError(t, os.Chtimes(source, old, old))
	next := newLab(t, "")
	next.converting(f, converter(t, `cp `+oggFile(t)+` "$5"`))
	result := strings.TrimSuffix(source, ".mjr") + ".opus"
	next.archived("converted", result)
	require.Contains(t, next.archived("finished", result).Body, `"source":"`+source+`"`)
	require.Equal(t, source, f.job(t, result).Recording.Source)
}

// A command converts files one after the other. What was asked for is not begun twice, and an
// unload ends the command.
func TestConvertByCommand(t *testing.T) {
	l := newLab(t, "")
	require.Equal(t, "-ERR nothing is archived: janus.conf has no <archive> that can be used\n", l.engine.Command("convert x.mjr"))
	f := newFolders(t)
	gate := filepath.Join(t.TempDir(), "gate")
	l.converting(f, converter(t, `while [ ! -e `+gate+` ]; do sleep 0.02; done; cp `+oggFile(t)+` "$5"`))
	for _, name := range []string{"a", "b c"} {
		writeOpusMJR(t, filepath.Join(f.recordings, name+".mjr"))
	}
	for line, want := range map[string]string{
		"convert": "-ERR usage: janus convert <file|folder> [wav|opus] [as json]\n", "convert a.mjr mp3": "-ERR usage: janus convert <file|folder> [wav|opus] [as json]\n",
		"convert 'a": "-ERR a quote is not closed\n", "convert ../a.mjr": "-ERR " + filepath.Dir(f.recordings) + "/a.mjr is not in the archive-path " + f.recordings + "\n",
	} {
		require.Equal(t, want, l.engine.Command(line), line)
	}
	require.Equal(t, "+OK 1 begun, 0 waiting, 0 done already\n", l.engine.Command("convert 'b c.mjr' opus"))
	require.Equal(t, `{"result":"ok","begun":1,"waiting":1,"done":0}`+"\n", l.engine.Command("convert . as json"))
	require.Equal(t, "+OK 0 begun, 2 waiting, 0 done already\n", l.engine.Command("convert ."))
	require.NoError(t, os.WriteFile(gate, nil, 0o600))
	for _, name := range []string{"a", "b c"} {
		l.archived("converted", filepath.Join(f.recordings, name+".opus"))
	}
	require.Equal(t, "+OK 0 begun, 0 waiting, 2 done already\n", l.engine.Command("convert ."))
	require.NoError(t, os.Remove(gate))
	for _, name := range []string{"d", "e", "f", "g"} {
		writeOpusMJR(t, filepath.Join(f.recordings, name+".mjr"))
	}
	require.Equal(t, "+OK 4 begun, 0 waiting, 2 done already\n", l.engine.Command("convert ."))
	require.Zero(t, l.engine.Stop(hosttest.Patience))
	require.Regexp(t, `janus convert is ended: [34] of 4 files are not converted`, strings.Join(l.host.Lines, "\n"))
	files, err := filepath.Glob(filepath.Join(f.recordings, "*.opus"))
	require.NoError(t, err)
	require.Len(t, files, 2)
}
