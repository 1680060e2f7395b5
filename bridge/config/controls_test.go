// SPDX-License-Identifier: MPL-2.0

package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseControls(t *testing.T) {
	cfg, problems, err := ParseConfig(`<configuration><settings><param name="join-sound" value=" x.wav "/></settings><caller-controls>
		<group name="a"><control action="Mute" digits="0"/><control action="energy up" digits="9"/><control action="mute" digits="x"/>
		<control action="mute" digits=""/><control action="hangup" digits="0"/><control action="execute_application" digits="5"/>
		<control action="mute" digits="*#d"/></group>
		<group name="a"/><group name="none"/><group/><group name="default"/>
		</caller-controls><server name="s"><param name="url" value="http://h/janus"/></server></configuration>`)
	require.NoError(t, err)
	require.Equal(t, []Control{{"0", "mute", ""}, {"*#D", "mute", ""}}, cfg.Controls["a"])
	require.Empty(t, cfg.Controls["default"], "the configuration's own")
	require.Equal(t, "x.wav", cfg.Sounds["join-sound"])
	var texts []string
	for _, p := range problems {
		texts = append(texts, p.Text)
	}
	all := strings.Join(texts, "\n")
	require.Len(t, problems, 8, all)
	for _, words := range []string{
		`group "a": control "energy up" is ignored: there is no such action, want one of: count, deaf,`, `digits "x" are not keys`, `digits "" are not keys`,
		`control "hangup" is ignored: digits 0 are taken by "mute"`, `control "execute_application" is ignored: it needs data`,
		`group "a" is configured twice`, "group number 3 is ignored", "group number 4 is ignored",
	} {
		require.Contains(t, all, words)
	}
}
