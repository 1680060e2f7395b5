// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/bridge/host/hosttest"
)

// readServers asks the database and reads what it answers.
func readServers(db config.Database, fake *hosttest.Host) ([]config.ServerConfig, []config.Problem, error) {
	rows, err := fake.Query(db.DSN, "")
	if err != nil {
		return nil, nil, err
	}
	return db.Servers(rows)
}

// withDatabase starts an engine whose janus.conf has these servers, and a
// database that answers with what *rows says, or with *err.
func withDatabase(t *testing.T, servers string, rows *host.Rows, err *error) (*Engine, *hosttest.Host) {
	t.Helper()
	fake := hosttest.New(`<configuration><settings><param name="db-dsn" value="pgsql://fake=db password=hush"/>` +
		`<param name="db-table" value="conf.janus"/></settings>` + servers + `</configuration>`)
	fake.Database = func(dsn, sql string) (host.Rows, error) {
		require.Equal(t, "pgsql://fake=db password=hush", dsn)
		require.Equal(t, "SELECT * FROM conf.janus", sql)
		fake.Mu.Lock()
		defer fake.Mu.Unlock()
		return *rows, *err
	}
	engine, started := Start(fake)
	require.NoError(t, started)
	t.Cleanup(func() {
		require.Zero(t, engine.Stop(hosttest.Patience))
		require.False(t, fake.Logged("hush"), "%s", fake.Lines)
	})
	return engine, fake
}

const ofXML = `<server name="demo"><param name="url" value="http://127.0.0.1:1/janus"/></server>`

func janusRow(id, name, url string) []string { return []string{id, name, url} }

var openSIPSColumns = []string{"id", "janus_id", "janus_url"}

// Servers of the database stand beside those of janus.conf, in the order of
// their ids; a name in both is janus.conf's, and an error.
func TestServersFromDatabase(t *testing.T) {
	rows := host.Rows{Columns: openSIPSColumns, Values: [][]string{
		janusRow("10", "ten", "http://127.0.0.1:1/janus"), janusRow("9", "nine   ", "janusws://127.0.0.1:1/janus"),
		janusRow("1", "demo", "http://127.0.0.2:1/janus"), janusRow("2", "", "http://127.0.0.1:1/"), janusRow("3", "nine", "ws://127.0.0.1:1/"),
		janusRow("4", "no", ""), janusRow("5", "ftp", "ftp://u:hush@127.0.0.1/"),
	}}
	var none error
	engine, fake := withDatabase(t, ofXML, &rows, &none)
	require.Regexp(t, `\ndemo\|false\|.*\nnine\|true\|.*\nten\|true\|`, engine.Command("list"))
	require.Contains(t, engine.Command("server demo"), "127.0.0.1")
	require.Contains(t, engine.Command("server nine"), "url|ws://127.0.0.1:1/")
	for _, words := range [][]string{
		{"3 ", `table conf.janus of the database "pgsql://..."`, `server "demo" is ignored: janus.conf has one of this name`},
		{"3 ", "row number 2 has no janus_id"}, {"3 ", `server "nine" is configured twice`},
		{"3 ", `server "no" is ignored`}, {"4 ", `server "ftp": param url: its scheme is "ftp"`},
	} {
		require.True(t, fake.Logged(words...), "%q in %s", words, strings.Join(fake.Lines, "\n"))
	}
}

// Every param is a column, with a hyphen or an underscore, and NULL its default.
func TestColumnsOfDatabase(t *testing.T) {
	db := config.Database{DSN: "x", Table: config.DefaultTable}
	fake := hosttest.New("")
	fake.Database = func(string, string) (host.Rows, error) {
		return host.Rows{
			Columns: []string{"JANUS_ID", "janus_url", "codec-string", "cmd_timeout", "enabled", "apply_candidate_acl", "secret", "colour", "ping_interval"},
			Values: [][]string{
				{"a", "januswss://127.0.0.1:1/", "PCMA,opus", "1500", "", "one,two", " s ", "red", "x"},
				{"b", "ws://127.0.0.1:1/", "", "", "false", "", "", "", ""},
			},
		}, nil
	}
	servers, problems, err := readServers(db, fake)
	require.NoError(t, err)
	require.Equal(t, []config.Problem{
		config.Warning(`column "colour" is no param of a server and is ignored`),
		config.Warning(`server "a": param ping-interval: "x" is not a number of seconds above 0; the default stands`),
	}, problems)
	want, other := config.DefaultServer("a"), config.DefaultServer("b")
	want.URL, want.Secret, want.Enabled, want.CmdTimeout = "wss://127.0.0.1:1/", "s", true, 1500*time.Millisecond
	want.CandidateACLs = []string{"one", "two"}
	require.NoError(t, config.SetCodecs(&want, "PCMA,opus"))
	want.Source, other.Source = "database", "database"
	other.URL = "ws://127.0.0.1:1/"
	require.Equal(t, []config.ServerConfig{want, other}, servers)

	fake.Database = func(string, string) (host.Rows, error) {
		return host.Rows{Columns: []string{"id", "name"}, Values: [][]string{{"1", "x"}}}, nil
	}
	_, _, err = readServers(db, fake)
	require.EqualError(t, err, "want columns janus_id and janus_url, there are id, name")
}

// A database that is down at load leaves the servers of janus.conf; a reload
// tries again. When it is down at a reload its servers stay, calls and all.
func TestDatabaseDown(t *testing.T) {
	rows, err := host.Rows{}, errors.New("connection refused")
	engine, fake := withDatabase(t, ofXML, &rows, &err)
	fail := func(now error, found ...[]string) {
		fake.Mu.Lock()
		defer fake.Mu.Unlock()
		err, rows = now, host.Rows{Columns: openSIPSColumns, Values: found}
	}
	require.Equal(t, []string{"demo"}, engine.Servers())
	require.True(t, fake.Logged("3 ", `table conf.janus of the database "pgsql://..." cannot be read: connection refused; the 0 servers`))

	fail(nil, janusRow("1", "a", "ws://127.0.0.1:1/"), janusRow("2", "b", "ws://127.0.0.1:1/"))
	require.Equal(t, "+OK\nadded|a,b\nchanged|\nremoved|\n", engine.Command("reload"))

	fail(errors.New("connection reset"))
	fake.Mu.Lock()
	fake.XML = strings.Replace(fake.XML, `name="demo"`, `name="other"`, 1)
	fake.Mu.Unlock()
	const down = `-ERR table conf.janus of the database "pgsql://..." cannot be read: connection reset; its servers stay as they were, janus.conf is applied` + "\n"
	require.Equal(t, down+"added|other\nchanged|\nremoved|demo\n", engine.Command("reload"))
	require.Equal(t, []string{"a", "b", "other"}, engine.Servers())
	require.Equal(t, down+`{"added":[],"changed":[],"removed":[]}`+"\n", engine.Command("reload as json"))

	fail(nil, janusRow("2", "b", "ws://127.0.0.1:2/"))
	require.Equal(t, "+OK\nadded|\nchanged|b\nremoved|a\n", engine.Command("reload"))
	fail(nil)
	require.Equal(t, "+OK\nadded|\nchanged|\nremoved|b\n", engine.Command("reload"))
}

// A database that does not answer keeps neither the module from loading nor
// its servers from coming later.
func TestDatabaseSlow(t *testing.T) {
	fake := hosttest.New(`<configuration><settings><param name="db-dsn" value="janus"/></settings>` + ofXML + `</configuration>`)
	answer := make(chan struct{})
	fake.Database = func(_, sql string) (host.Rows, error) {
		require.Equal(t, "SELECT * FROM janus", sql)
		<-answer
		return host.Rows{Columns: openSIPSColumns, Values: [][]string{janusRow("1", "late", "ws://127.0.0.1:1/")}}, nil
	}
	engine, err := Start(fake)
	require.NoError(t, err)
	require.True(t, fake.Logged("4 ", `table janus of the database "janus" does not answer yet`))
	require.Equal(t, []string{"demo"}, engine.Servers())
	close(answer)
	require.Eventually(t, func() bool { return len(engine.Servers()) == 2 }, hosttest.Patience, time.Millisecond)
	require.Zero(t, engine.Stop(hosttest.Patience))
}

// A database that hangs holds up neither a reload, for longer than its limit, nor
// an unload; its servers stay, and are asked for again when it has come to.
func TestDatabaseHangs(t *testing.T) {
	fake := hosttest.New(`<configuration><settings><param name="db-dsn" value="janus"/></settings>` + ofXML + `</configuration>`)
	hang := make(chan struct{})
	var asked atomic.Int32
	fake.Database = func(string, string) (host.Rows, error) {
		if asked.Add(1) == 2 {
			<-hang
		}
		return host.Rows{Columns: openSIPSColumns, Values: [][]string{janusRow("1", fmt.Sprintf("db%d", asked.Load()), "ws://127.0.0.1:1/")}}, nil
	}
	engine, err := Start(fake)
	require.NoError(t, err)
	require.Equal(t, []string{"db1", "demo"}, engine.Servers())
	engine.databaseLimit = 50 * time.Millisecond
	for range 2 {
		began := time.Now()
		require.Regexp(t, `^-ERR table janus of the database "janus" cannot be read: it has not answered for \d+s; its servers stay as they were`, engine.Command("reload"))
		require.Less(t, time.Since(began), hosttest.Patience)
		require.Equal(t, []string{"db1", "demo"}, engine.Servers())
	}
	require.EqualValues(t, 2, asked.Load(), "no second query beside one that hangs")
	close(hang)
	require.Eventually(t, func() bool { return strings.HasPrefix(engine.Command("reload"), "+OK") }, hosttest.Patience, 5*time.Millisecond)
	require.Contains(t, []string{"db2", "db3"}, engine.Servers()[0], "the answer to the one that hung, or a new one")

	hang = make(chan struct{})
	asked.Store(1)
	require.Contains(t, engine.Command("reload"), "-ERR ")
	began := time.Now()
	require.Zero(t, engine.Stop(hosttest.Patience))
	require.Less(t, time.Since(began), hosttest.Patience)
	close(hang)
}

// One that hangs at load is taken in when it answers, unless a reload was first.
func TestDatabaseHangsAtLoad(t *testing.T) {
	fake := hosttest.New(`<configuration><settings><param name="db-dsn" value="janus"/></settings>` + ofXML + `</configuration>`)
	hang := make(chan struct{})
	fake.Database = func(string, string) (host.Rows, error) {
		<-hang
		return host.Rows{}, errors.New("gone away")
	}
	engine, err := Start(fake)
	require.NoError(t, err)
	engine.databaseLimit = 50 * time.Millisecond
	require.Contains(t, engine.Command("reload"), "it has not answered for")
	require.Zero(t, engine.Stop(hosttest.Patience))
	close(hang)
}

// A row may have several URLs, with spaces between.
func TestSeveralURLsInARow(t *testing.T) {
	rows := host.Rows{Columns: openSIPSColumns, Values: [][]string{janusRow("1", "demo", "http://127.0.0.1:1/janus  janusws://127.0.0.1:2/ ")}}
	engine, _ := withDatabase(t, "", &rows, new(error))
	require.Equal(t, []string{"http://127.0.0.1:1/janus", "ws://127.0.0.1:2/"}, engine.server("demo").Config().URLs())
}
