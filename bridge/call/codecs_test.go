// SPDX-License-Identifier: MPL-2.0

package call

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
	"mod_janus/bridge/media"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/audioroom"
)

func TestCodecChoice(t *testing.T) {
	both := []media.Codec{media.Opus, media.PCMU}
	for name, tt := range map[string]struct {
		plugin string
		vars   config.Variables
		aCodec string
		known  []string // that the switch knows; nil for all
		want   string   // or why there is none
	}{
		"codec-string":              {want: "opus, PCMU"},
		"one asked for":             {vars: config.Variables{Codec: "PCMA"}, want: "PCMA"},
		"one that nobody has":       {vars: config.Variables{Codec: "G729"}, want: "opus, PCMU"},
		"that of the A-leg":         {vars: config.Variables{BridgedCodec: true}, aCodec: "PCMU", want: "PCMU, opus"},
		"no Opus":                   {known: []string{"PCMA"}, want: "PCMA"},
		"nothing":                   {known: []string{"G729"}, want: "the switch has no codec of opus, PCMU loaded"},
		"audioroom":                 {plugin: audioroom.Plugin, want: "opus"},
		"audioroom and a wrong one": {plugin: audioroom.Plugin, vars: config.Variables{Codec: "PCMU"}, want: "plugin " + audioroom.Plugin + " has no codec but Opus"},
	} {
		t.Run(name, func(t *testing.T) {
			ch, h := newTestChannel(nil)
			h.Codecs = tt.known
			cfg := config.ServerConfig{Plugin: audiobridge.Plugin, Codecs: both}
			if tt.plugin != "" {
				cfg.Plugin = tt.plugin
			}
			choice := codecChoice{ch, &cfg, &tt.vars, "", tt.aCodec, new(sync.Once)}
			codecs, err := choice.offered()
			if err != nil {
				require.EqualError(t, err, tt.want)
				return
			}
			require.Equal(t, tt.want, codecNames(codecs))
		})
	}
}
