// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/test/lab"
)

// sql changes a file of SQLite, as an operator would.
func sql(t *testing.T, file, format string, args ...any) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "sqlite3", file, fmt.Sprintf(format, args...)).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// table is the table as OpenSIPS has it, with params of ours.
const table = `CREATE TABLE janus (id INTEGER PRIMARY KEY, janus_id TEXT NOT NULL, janus_url TEXT NOT NULL, rtp_ip TEXT, "codec-string" TEXT, tls_ca_file TEXT)`

// row is the statement that adds a server.
func row(name string) string {
	ca := ""
	if lab.Trust(janus) != "" {
		ca = janus.Certs.CA
	}
	return fmt.Sprintf(`INSERT INTO janus VALUES (NULL, '%s', '%s', '%s', NULL, '%s');`, name, janus.URL, lab.Address(), ca)
}

// fromDatabase is a configuration with server demo and a database.
func fromDatabase(dsn string) string {
	return strings.Replace(lab.ConfOf(janus, ""), "<settings/>", "<settings>"+param("db-dsn", dsn)+"</settings>", 1)
}

// Servers of a database are there at load, and come, change and go at a
// reload; a call on one of them stays up through a database that fails.
func TestServersFromDatabase(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "janus.db")
	sql(t, file, "%s; %s %s", table, row("first"), row("demo"))
	s, err := startSwitch(filepath.Join(dir, "switch"), fromDatabase("sqlite://"+file))
	require.NoError(t, err)
	defer s.Stop()
	logged(t, s, `\[ERR\].*server "demo" is ignored: janus.conf has one of this name`)
	uuids := []string{originate(t, s, "%sjanus/first/First@1234 &park()", existing), originate(t, s, "%sjanus/demo/Demo@1234 &park()", existing)}
	a := ask(t, janus)
	eventually(t, "both are in the room", func() bool { return a.ready(janusclient.NumberID(1234), 2) })

	sql(t, file, `%s UPDATE janus SET "codec-string" = 'PCMU' WHERE janus_id = 'first'; DELETE FROM janus WHERE janus_id = 'demo'`, row("second"))
	require.Equal(t, "+OK\nadded|second\nchanged|first\nremoved|", api(t, s, "janus reload"))
	changed := originate(t, s, "%sjanus/first/changed@1234 &park()", existing)
	require.Equal(t, "PCMU", api(t, s, "uuid_getvar %s janus_codec", changed))
	uuids = append(uuids, changed, originate(t, s, "%sjanus/second/Second@1234 &park()", existing))

	sql(t, file, "ALTER TABLE janus RENAME TO other")
	out := api(t, s, "janus reload")
	require.Regexp(t, `^-ERR table janus of the database "`+file+`" cannot be read: .*no such table: janus.*; its servers stay as they were, janus.conf is applied
added\|
changed\|
removed\|$`, out)
	sql(t, file, "ALTER TABLE other RENAME TO janus; DELETE FROM janus WHERE janus_id = 'second'")
	require.Equal(t, "+OK\nadded|\nchanged|\nremoved|second", api(t, s, "janus reload"))
	eventually(t, "calls go on", func() bool { return a.ready(janusclient.NumberID(1234), 4) })
	hangup(t, s, uuids...)
	a.empty(janusclient.NumberID(1234))
}

// A database that is down at load leaves the servers of janus.conf at work, and
// is tried again at a reload.
func TestDatabaseDownAtLoad(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "later", "janus.db")
	s, err := startSwitch(filepath.Join(dir, "switch"), fromDatabase("sqlite://"+file))
	require.NoError(t, err)
	defer s.Stop()
	logged(t, s, `\[ERR\].*table janus of the database "`+file+`" cannot be read: it cannot be opened or connected to`)
	uuid := originate(t, s, "%sjanus/demo/Demo@1234 &park()", existing)
	require.Contains(t, api(t, s, "janus reload"), "-ERR table janus of the database ")

	require.NoError(t, os.Mkdir(filepath.Dir(file), 0o700))
	sql(t, file, "%s; %s", table, row("later"))
	require.Equal(t, "+OK\nadded|later\nchanged|\nremoved|", api(t, s, "janus reload"))
	hangup(t, s, uuid, originate(t, s, "%sjanus/later/Later@1234 &park()", existing))

	require.NoError(t, os.WriteFile(filepath.Join(dir, "text"), []byte(strings.Repeat("no database ", 100)), 0o600))
	for dsn, why := range map[string]string{
		"sqlite://" + dir + "/text":                 "file is not a database|cannot be opened",
		"sqlite://" + dir + "/empty.db":             "no such table: janus",
		"pgsql://host=127.0.0.1 password=unuttered": "the switch has no database driver for pgsql:// loaded",
		"nosuch:user:unuttered":                     "cannot be opened or connected to",
	} {
		rewrite(t, filepath.Join(dir, "switch"), "sqlite://"+file, dsn)
		require.Regexp(t, `^-ERR table janus of the database .*(`+why+`).*; its servers stay as they were`, api(t, s, "janus reload"))
		require.Contains(t, api(t, s, "janus list"), "later|true|")
		rewrite(t, filepath.Join(dir, "switch"), dsn, "sqlite://"+file)
	}
	require.NotContains(t, s.Log(), "unuttered")
}
