// SPDX-License-Identifier: MPL-2.0

package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"mod_janus/bridge/failure"
)

// printed is what a command prints.
type printed interface {
	text() string
	json() string
}

// show prints as text, or as JSON.
func show(what printed, asJSON bool) string {
	if asJSON {
		return what.json()
	}
	return what.text()
}

// done prints "+OK" and some words. JSON has fields in place of the words.
type done struct {
	words  string
	fields fields
}

func (d done) text() string { return strings.TrimSpace("+OK "+d.words) + "\n" }

func (d done) json() string { return append(fields{{"result", "ok"}}, d.fields...).json() }

// table is what a command prints: rows of columns, as text or as JSON.
type table struct {
	columns []string
	rows    [][]any
	single  bool // one row by nature: JSON is an object, not an array
}

func (t *table) add(row ...any) { t.rows = append(t.rows, row) }

// text is a line of names and a line for each row, separated by "|". In a
// value, "|", "%" and control characters are percent-encoded.
func (t table) text() string {
	var out strings.Builder
	out.WriteString(strings.Join(t.columns, "|"))
	out.WriteByte('\n')
	for _, row := range t.rows {
		for i, value := range row {
			if i > 0 {
				out.WriteByte('|')
			}
			out.WriteString(cell(value))
		}
		out.WriteByte('\n')
	}
	return out.String()
}

func cell(value any) string {
	if value == nil {
		return ""
	}
	var out strings.Builder
	for _, r := range fmt.Sprint(value) {
		if r < ' ' || r == 0x7f || r == '|' || r == '%' {
			fmt.Fprintf(&out, "%%%02X", r)
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// json is an array of objects, or one object.
func (t table) json() string {
	rows := make([]fields, 0, len(t.rows))
	for _, row := range t.rows {
		var object fields
		for i, value := range row {
			object.add(t.columns[i], value)
		}
		rows = append(rows, object)
	}
	if t.single && len(rows) == 1 {
		return marshal(rows[0])
	}
	return marshal(rows)
}

// fields is a JSON object whose members keep their order, or a line for each.
type fields []field

type field struct {
	name  string
	value any
}

func (f *fields) add(name string, value any) { *f = append(*f, field{name, value}) }

// MarshalJSON keeps the order.
func (f fields) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, member := range f {
		if i > 0 {
			out.WriteByte(',')
		}
		value, err := json.Marshal(member.value)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&out, "%q:%s", member.name, value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

func (f fields) text() string {
	var out strings.Builder
	for _, member := range f {
		fmt.Fprintf(&out, "%s|%s\n", member.name, cell(member.value))
	}
	return out.String()
}

func (f fields) json() string { return marshal(f) }

// marshal is JSON on one line. What commands print always marshals.
func marshal(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprintf("-ERR internal error: %s\n", err)
	}
	return string(text) + "\n"
}

// outcome is what a control prints.
func outcome(words string, err error) string {
	if err != nil {
		return "-ERR " + failure.Reason(err) + "\n"
	}
	return done{words: words}.text()
}

// microseconds since 1970, 0 for a time that has not come.
func microseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}
