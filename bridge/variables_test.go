// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
)

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
		host := newFakeHost("")
		uuid := "leg"
		host.session(uuid, map[string]string{"janus-hmac-token-ttl": value, "janus-answer-participant-timeout-ms": value, "janus-rejoin-timeout": value})
		c := &Call{engine: &Engine{host: host}, server: &server{}, cfg: &config.ServerConfig{}}
		c.uuid.Store(&uuid)
		require.Equal(t, want.ttl, c.duration("janus-hmac-token-ttl", time.Second, config.TokenTTL, config.LongestTokenTTL), value)
		require.Equal(t, want.answer, c.duration("janus-answer-participant-timeout-ms", time.Millisecond, config.AnswerTimeout, time.Hour), value)
		require.Equal(t, want.rejoin, c.duration("janus-rejoin-timeout", time.Second, config.RejoinTimeout, 24*time.Hour), value)
		require.True(t, host.logged(want.says) || want.says == "", value)
	}
}
