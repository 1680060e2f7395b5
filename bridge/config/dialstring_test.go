// SPDX-License-Identifier: MPL-2.0

package config

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
)

func TestParseDialString(t *testing.T) {
	for in, want := range map[string]DialString{
		"demo/MyName@1234":            {Server: "demo", Display: "MyName", Room: janusclient.NumberID(1234)},
		"demo/@1234":                  {Server: "demo", Room: janusclient.NumberID(1234)},
		"demo/a/b@c@5":                {Server: "demo", Display: "a/b@c", Room: janusclient.NumberID(5)},
		"demo/M%C3%BCller%40x@7":      {Server: "demo", Display: "Müller@x", Room: janusclient.NumberID(7)},
		"demo/100%@7":                 {Server: "demo", Display: "100%", Room: janusclient.NumberID(7)},
		`demo/"O'Neil"@7`:             {Server: "demo", Display: `"O'Neil"`, Room: janusclient.NumberID(7)},
		"demo/x@1":                    {Server: "demo", Display: "x", Room: janusclient.NumberID(1)},
		"demo/x@007":                  {Server: "demo", Display: "x", Room: janusclient.NumberID(7)},
		"demo/x@0":                    {Server: "demo", Display: "x", Room: janusclient.StringID("0")},
		"demo/x@000":                  {Server: "demo", Display: "x", Room: janusclient.StringID("000")},
		"demo/x@9223372036854775807":  {Server: "demo", Display: "x", Room: janusclient.NumberID(9223372036854775807)},
		"demo/x@9223372036854775808":  {Server: "demo", Display: "x", Room: janusclient.StringID("9223372036854775808")},
		"demo/x@18446744073709551615": {Server: "demo", Display: "x", Room: janusclient.StringID("18446744073709551615")},
		"demo/x@18446744073709551616": {Server: "demo", Display: "x", Room: janusclient.StringID("18446744073709551616")},
		"demo/x@9007199254740993":     {Server: "demo", Display: "x", Room: janusclient.NumberID(9007199254740993)},
		"demo/x@a-b%2Fc":              {Server: "demo", Display: "x", Room: janusclient.StringID("a-b/c")},
	} {
		got, err := ParseDialString(in)
		require.NoError(t, err, in)
		require.Equal(t, want.Server, got.Server, in)
		require.Equal(t, want.Display, got.Display, in)
		require.Equal(t, want.Room, got.Room, in)
	}
}

func TestParseDialStringRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"":              "empty dial string",
		"demo":          `no "/"`,
		"demo/MyName":   `no "@"`,
		"/MyName@1234":  "no server",
		"demo/MyName@":  "no room",
		"demo/a%00b@1":  "control character",
		"demo/a\nb@1":   "control character",
		"demo/a\xffb@1": "is not UTF-8",
		"demo/a@%ff":    "is not UTF-8",
		"demo/" + strings.Repeat("x", 10240) + "@1": "dial string of 10247 bytes",
	} {
		_, err := ParseDialString(in)
		require.ErrorContains(t, err, want, "%.40q", in)
	}
}

func FuzzParseDialString(f *testing.F) {
	for _, seed := range []string{"demo/MyName@1234", "demo/@%41", "a/b/c@d@e", "demo/100%@7", "/@", "%/%@%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		dial, err := ParseDialString(in)
		if err != nil {
			return
		}
		if dial.Server == "" || dial.Room.IsZero() || len(dial.Display) > MaxDisplay || !utf8.ValidString(dial.Display) {
			t.Fatalf("%q gave %+v", in, dial)
		}
	})
}
