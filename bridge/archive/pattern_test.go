// SPDX-License-Identifier: MPL-2.0

package archive

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPatterns(t *testing.T) {
	v := Values{ID: "1234", Time: 1700000000000001, Rand: 42, Plugin: "janus.plugin.audiobridge", Type: "audio"}
	for pattern, name := range map[string]string{
		DefaultRecordingPattern:       "rec-1234-1700000000000001-audio",
		DefaultJobPattern:             "job-" + v.MD5(),
		"#{plugin}_#{rand}":           "janus.plugin.audiobridge_42",
		"call of #{time}#{id}#{type}": "call of 17000000000000011234audio",
	} {
		p, err := ParsePattern(pattern)
		require.NoError(t, err, pattern)
		require.Equal(t, name, p.Expand(v))
		require.Equal(t, pattern, p.String())
	}
	require.Len(t, v.MD5(), 32)
}

// Each refusal names what is wrong and what would be right.
func TestPatternsThatCannotBe(t *testing.T) {
	for pattern, words := range map[string][]string{
		"rec-#{user}-#{time}": {`#{user}`, "want one of #{id} #{time} #{rand} #{md5} #{plugin} #{type}"},
		"a/../#{time}":        {"/../", "want a file name"},
		"a/#{time}":           {"slash", "archive-path"},
		"rec-#{time":          {"not closed"},
		"rec-#{id}-#{type}":   {"all files alike", "#{time} #{rand} #{md5}"},
		".rec-#{time}":        {"dot"},
		"":                    {"empty"},
		"rec\n#{time}":        {"control character"},
		"rec-#{}-#{time}":     {"unknown #{}"},
	} {
		_, err := ParsePattern(pattern)
		require.Error(t, err, pattern)
		for _, word := range words {
			require.Contains(t, err.Error(), word)
		}
	}
}

// The id of a room is what somebody has dialled: it leads nowhere.
func TestNoIDLeadsOutOfTheFolder(t *testing.T) {
	p, err := ParsePattern("#{id}-#{time}")
	require.NoError(t, err)
	require.Equal(t, "%2E.%2F..%2Fetc%2Fpasswd-1", p.Expand(Values{ID: "../../etc/passwd", Time: 1}))
	require.Equal(t, "a%20b%24%28x%29%00-1", p.Expand(Values{ID: "a b$(x)\x00", Time: 1}))
	long := p.Expand(Values{ID: strings.Repeat("r", 300), Time: 1})
	require.Len(t, long, 32+2)
	require.NotEqual(t, long, p.Expand(Values{ID: strings.Repeat("r", 301), Time: 1}))
}

func FuzzPattern(f *testing.F) {
	f.Add(DefaultRecordingPattern, "1234")
	f.Add("#{#{time}}", "..")
	f.Add("%#{md5}", ".\xff/")
	f.Fuzz(func(t *testing.T, pattern, id string) {
		p, err := ParsePattern(pattern)
		if err != nil {
			return
		}
		name := p.Expand(Values{ID: id, Time: 1, Plugin: "p", Type: audioType})
		if name == "" || strings.HasPrefix(name, ".") || strings.ContainsAny(name, "/\x00\n") {
			t.Errorf("%q with %q is %q", pattern, id, name)
		}
	})
}
