// SPDX-License-Identifier: MPL-2.0

package config

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// readThese reads variables from a map, and returns what is said of the values that cannot be used.
func readThese(set map[string]string) (v Variables, told string) {
	v = ReadVariables(func(name string) string { return set[name] }, func(name, value, want, instead string) {
		told += fmt.Sprintf("Variable %s: %q is not %s; %s\n", name, value, want, instead)
	})
	return v, told
}

// A time that is longer than the longest is the longest; what is no time is the
// default. Both are told.
func TestTimesOfVariables(t *testing.T) {
	for value, want := range map[string]struct {
		ttl, answer, rejoin time.Duration
		says                string
	}{
		"":                      {2 * time.Hour, 10 * time.Second, 30 * time.Second, ""},
		"86400":                 {24 * time.Hour, 86400 * time.Millisecond, 24 * time.Hour, ""},
		"86401":                 {24 * time.Hour, 86401 * time.Millisecond, 24 * time.Hour, `Variable janus-hmac-token-ttl: "86401" is not a whole number from 1 to 86400; 86400 is taken`},
		"3600001":               {24 * time.Hour, time.Hour, 24 * time.Hour, `Variable janus-answer-participant-timeout-ms: "3600001" is not a whole number from 1 to 3600000; 3600000 is taken`},
		"99999999999999999999":  {24 * time.Hour, time.Hour, 24 * time.Hour, "86400 is taken"},
		"0":                     {2 * time.Hour, 10 * time.Second, 30 * time.Second, "the default (7200) stands"},
		"-99999999999999999999": {2 * time.Hour, 10 * time.Second, 30 * time.Second, "the default (30) stands"},
		"1h":                    {2 * time.Hour, 10 * time.Second, 30 * time.Second, "the default (10000) stands"},
	} {
		v, told := readThese(map[string]string{"janus-hmac-token-ttl": value, "janus-answer-participant-timeout-ms": value, "janus-rejoin-timeout": value})
		require.Equal(t, want.ttl, v.TokenTTL, value)
		require.Equal(t, want.answer, v.AnswerTimeout, value)
		require.Equal(t, want.rejoin, v.RejoinTimeout, value)
		require.Contains(t, told, want.says)
		require.Equal(t, want.says == "", told == "", told)
	}
}

func TestValuesOfVariables(t *testing.T) {
	v, told := readThese(map[string]string{
		"janus-user-volume": " 150 ", "janus-start-muted": "yes", "janus-room-permanent": "off", "janus-room-sampling-rate": "16000",
		"janus-hold": "music", "janus-archive": "local", "janus-room-pin": "1234", "janus-rejoin": "false", "janus-user-group": " ",
	})
	require.Empty(t, told)
	require.Equal(t, 150, *v.UserVolume)
	require.True(t, v.StartMuted)
	require.False(t, *v.RoomPermanent)
	require.Equal(t, 16000, *v.RoomSamplingRate)
	require.Equal(t, HoldMusic, v.Hold)
	require.Equal(t, ArchiveLocal, v.Archive)
	require.Equal(t, "1234", v.RoomPIN)
	require.False(t, v.Rejoin)
	require.Empty(t, v.UserGroup)

	wrong := map[string]string{
		"janus-user-volume": `"1001" is not a whole number from 0 to 1000; the default stands`, "janus-start-muted": `"perhaps" is not true or false`,
		"janus-room-permanent": `"perhaps" is not true or false`, "janus-hold": `"off" is not one of mute, silence, music; the default (mute) stands`,
		"janus-room-sampling-rate": `"11025" is not one of 8000 12000 16000 24000 48000`, "janus-archive": `"here" is not janus or local; the default (janus) stands`,
	}
	set := map[string]string{}
	for name, says := range wrong {
		set[name], _, _ = strings.Cut(says[1:], `"`)
	}
	v, told = readThese(set)
	for name, says := range wrong {
		require.Contains(t, told, "Variable "+name+": "+says)
	}
	defaults, _ := readThese(nil)
	require.Equal(t, defaults, v)
}

// No name stands twice, and each variable has its line for the manual.
func TestAllVariables(t *testing.T) {
	seen := map[string]bool{}
	for _, variable := range AllVariables {
		require.False(t, seen[variable.Name], variable.Name)
		seen[variable.Name] = true
		require.NotEmpty(t, variable.Meaning, variable.Name)
		require.NotEmpty(t, variable.Default, variable.Name)
	}
	require.Equal(t, []string{"janus-room-pin", "janus-user-token", "janus-room-secret"}, SecretVariables())
}
