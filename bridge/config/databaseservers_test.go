// SPDX-License-Identifier: MPL-2.0

package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDatabaseSettings(t *testing.T) {
	for value, want := range map[string]string{
		"": `"" is not the name of a table`, "x; DROP TABLE janus": "is not the name of a table", `"quoted"`: "is not the name of a table",
		"1a": "is not the name of a table", "a.b.c": "is not the name of a table", strings.Repeat("a", 64): "is not the name of a table",
	} {
		cfg, problems := parseText(t, `<configuration><settings><param name="db-table" value="`+strings.ReplaceAll(value, `"`, "&quot;")+`"/></settings>`+`<server name="demo"><param name="url" value="http://a/"/></server>`+`</configuration>`)
		require.Contains(t, problems, "settings: param db-table: ")
		require.Contains(t, problems, want)
		require.Equal(t, DefaultTable, cfg.Database.Table)
	}
	for dsn, want := range map[string]string{
		"sqlite:///var/lib/janus.db": "/var/lib/janus.db", "janus": "janus", "pgsql://user:pw@h/db": "pgsql://...", "odbc://x:y:pw": "odbc://...", "x:y:pw": "x:...",
	} {
		require.Equal(t, `table janus of the database "`+want+`"`, Database{dsn, DefaultTable}.String())
	}
}
