// SPDX-License-Identifier: MPL-2.0

package janusclient_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
)

func TestID(t *testing.T) {
	for text, wanted := range map[string]janusclient.ID{
		"1234":                 janusclient.NumberID(1234),
		"0":                    janusclient.NumberID(0),
		"9007199254740993":     janusclient.NumberID(1<<53 + 1),
		"18446744073709551615": janusclient.NumberID(math.MaxUint64),
		"18446744073709551616": janusclient.StringID("18446744073709551616"),
		"-1":                   janusclient.StringID("-1"),
		"1.5":                  janusclient.StringID("1.5"),
		"0x10":                 janusclient.StringID("0x10"),
		"d7f3-42":              janusclient.StringID("d7f3-42"),
		"Küche":                janusclient.StringID("Küche"),
	} {
		id, err := janusclient.ParseID(text)
		require.NoError(t, err)
		require.Equal(t, wanted, id)
		require.Equal(t, text, id.String())
		raw, err := json.Marshal(id)
		require.NoError(t, err)
		require.Equal(t, id.IsNumber(), raw[0] != '"')
		var back janusclient.ID
		require.NoError(t, json.Unmarshal(raw, &back))
		require.True(t, back == id, text)
	}
	for _, text := range []string{"", "\xff", "a\x00b"} {
		_, err := janusclient.ParseID(text)
		require.Error(t, err)
	}
	for _, raw := range []string{"-1", "1.0", "1e3", "18446744073709551616", "true", "{}", "[1]"} {
		var id janusclient.ID
		require.Error(t, json.Unmarshal([]byte(raw), &id), raw)
	}
	require.NotEqual(t, janusclient.NumberID(7), janusclient.StringID("7"))
	require.Equal(t, janusclient.NumberID(7).AsString(), janusclient.StringID("7"))
	number, ok := janusclient.StringID("7").AsNumber()
	require.True(t, ok)
	require.Equal(t, janusclient.NumberID(7), number)
	_, ok = janusclient.StringID("seven").AsNumber()
	require.False(t, ok)
	require.True(t, janusclient.ID{}.IsZero() && janusclient.StringID("").IsZero() && !janusclient.NumberID(0).IsZero())
}

func FuzzID(f *testing.F) {
	for _, seed := range []string{"1234", "18446744073709551616", `"x"`, "-1", "1e9", "null", `"\ud800"`, "Küche", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if id, err := janusclient.ParseID(text); err == nil {
			raw, err := json.Marshal(id)
			require.NoError(t, err)
			var back janusclient.ID
			require.NoError(t, json.Unmarshal(raw, &back))
			require.Equal(t, id, back)
		}
		var id janusclient.ID
		if json.Unmarshal([]byte(text), &id) == nil {
			raw, err := json.Marshal(id)
			require.NoError(t, err)
			var back janusclient.ID
			require.NoError(t, json.Unmarshal(raw, &back))
			require.Equal(t, id, back)
		}
	})
}

func TestMask(t *testing.T) {
	const message = `{"janus":"message","apisecret":"GEHEIM","token":"GEHEIM","body":{"pin":"GEHEIM","secret":"GEHEIM","room":9007199254740993,` +
		`"allowed":["GEHEIM"],"new_pin":"GEHEIM","nested":[{"admin_key":"GEHEIM","rtsp_pwd":"GEHEIM","srtpcrypto":"GEHEIM"}],"error":{"reason":"Token GEHEIM not found"},"api_secret":true,"display":"a<b"},` +
		`"jsep":{"sdp":"v=0\r\na=ice-ufrag:abcd\r\na=ice-pwd:GEHEIM\r\na=mid:0\r\n"}}`
	shown := janusclient.Mask([]byte(message))
	require.NotContains(t, shown, "GEHEIM")
	for _, kept := range []string{"9007199254740993", "a=ice-ufrag:abcd", "a=mid:0", `"api_secret":true`, "a<b"} {
		require.Contains(t, shown, kept)
	}
	for cut := range len(message) {
		require.NotContains(t, janusclient.Mask([]byte(message[:cut])), "GEHEIM", "cut at %d", cut)
	}
	for _, text := range []string{
		"GET /janus/1?apisecret=GEHEIM&token=GEHEIM", "http://me:GEHEIM@host/janus", "<a href=\"?token=GEHEIM\">",
	} {
		require.NotContains(t, janusclient.Mask([]byte(text)), "GEHEIM", text)
	}
	require.Less(t, len(janusclient.Mask([]byte(strings.Repeat("x", 1<<20)))), 1000)
	require.NotEmpty(t, janusclient.Mask([]byte(strings.Repeat("[", 1<<20))))
}

func FuzzMask(f *testing.F) {
	f.Add(`{"pin":"x"}`)
	f.Add(`{"pin":`)
	f.Add("a=ice-pwd:x")
	f.Fuzz(func(_ *testing.T, text string) { janusclient.Mask([]byte(text)) })
}
