// SPDX-License-Identifier: MPL-2.0

package config

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mod_janus/bridge/host"
)

// Database names the table with servers: db-dsn and db-table of <settings>.
type Database struct {
	DSN   string // as the switch's database layer takes it, may hold a password; "" is none
	Table string // checked: it goes into SQL as it is
}

// DefaultTable is that of OpenSIPS's janus_db_table.
const DefaultTable = "janus"

// tableName is an identifier of SQL that needs no quotes, maybe with its schema.
var tableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62})?$`)

func (d *Database) setTable(v string) error {
	v = strings.TrimSpace(v)
	if !tableName.MatchString(v) {
		return fmt.Errorf("%q is not the name of a table, want letters, digits and _, or schema.table", v)
	}
	d.Table = v
	return nil
}

// String says which database it is, without what may be a password.
func (d Database) String() string {
	scheme, path, hasScheme := strings.Cut(d.DSN, "://")
	name, _, hasAccount := strings.Cut(d.DSN, ":") // name:user:password, of ODBC
	switch {
	case hasScheme && strings.EqualFold(scheme, "sqlite"):
		name = path
	case hasScheme:
		name = scheme + "://..."
	case hasAccount:
		name += ":..."
	}
	return fmt.Sprintf("table %s of the database %q", d.Table, name)
}

// Servers are those of the rows of the database, in the order of their ids.
// Problems are those of single rows and columns.
func (d Database) Servers(rows host.Rows) ([]ServerConfig, []Problem, error) {
	columns, problems, err := paramColumns(rows)
	if err != nil {
		return nil, nil, err
	}
	if id := slices.Index(columns, "id"); id >= 0 {
		slices.SortStableFunc(rows.Values, func(a, b []string) int {
			first, _ := strconv.ParseInt(a[id], 10, 64)
			second, _ := strconv.ParseInt(b[id], 10, 64)
			return cmp.Compare(first, second)
		})
	}
	var servers []ServerConfig
	names := make(map[string]bool)
	for i, row := range rows.Values {
		x := serverOfRow(columns, row)
		if x.Name == "" {
			problems = append(problems, Problem{host.LevelError, fmt.Sprintf("row number %d has no janus_id and is ignored", i+1)})
			continue
		}
		server, wrong := parseServer(x, i+1, names)
		problems = append(problems, wrong...)
		if server != nil {
			names[server.Name] = true
			server.Source = "database"
			servers = append(servers, *server)
		}
	}
	return servers, problems, nil
}

// paramColumns are the names of the params for the columns, "" for a column
// that is none.
func paramColumns(rows host.Rows) (columns []string, problems []Problem, err error) {
	for _, column := range rows.Columns {
		name := strings.ReplaceAll(strings.ToLower(column), "_", "-")
		if _, known := paramNamed(ServerParams, name); !known && name != "id" && name != "janus-id" && name != "janus-url" {
			problems = append(problems, Warning("column %q is no param of a server and is ignored", column))
			name = ""
		}
		columns = append(columns, name)
	}
	if len(rows.Values) > 0 && (!slices.Contains(columns, "janus-id") || !slices.Contains(columns, "janus-url")) {
		return nil, nil, fmt.Errorf("want columns janus_id and janus_url, there are %s", strings.Join(rows.Columns, ", "))
	}
	return columns, problems, nil
}

// openSIPS are its schemes of janus_url, and ours.
var openSIPS = strings.NewReplacer("janusws://", "ws://", "januswss://", "wss://")

// serverOfRow is a row as the <server> of janus.conf that it stands for. Who
// writes a row wants it connected: enabled is true unless its column says
// otherwise. Spaces at the ends of a value are those of a CHAR(n).
func serverOfRow(columns, row []string) xmlServer {
	x := xmlServer{Params: []XMLParam{{"enabled", "true"}}}
	for i, name := range columns {
		value := strings.TrimSpace(row[i])
		switch {
		case value == "", name == "", name == "id":
		case name == "janus-id":
			x.Name = value
		case name == "janus-url", name == "url":
			for _, address := range strings.Fields(value) {
				x.Params = append(x.Params, XMLParam{"url", address})
			}
		case name == "apply-candidate-acl", name == "rtp-ip":
			for _, list := range strings.Split(value, ",") {
				x.Params = append(x.Params, XMLParam{name, list})
			}
		default:
			x.Params = append(x.Params, XMLParam{name, value})
		}
	}
	return x
}
