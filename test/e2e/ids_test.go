// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// Forty calls at once at a server that nobody has dialled yet find out together
// which kind of ids it has: none of them is lost, in each of 20 rounds. There
// room 0 is a room like any other.
func TestKindOfIDsIsFoundOutAtOnce(t *testing.T) {
	const rounds, calls = 20, 40
	dir := t.TempDir()
	j, err := realjanus.Start(dir, realjanus.Config{StringIDs: true})
	require.NoError(t, err)
	defer j.Kill()
	conf := lab.ConfOf(j, "")
	for round := range rounds {
		conf = withServer(conf, serverXML(fmt.Sprintf("fresh%d", round), j.URL, lab.Trust(j)+param("cmd-timeout", "20000"))) // a busy machine is slow
	}
	s, err := startSwitch(filepath.Join(dir, "switch"), conf)
	require.NoError(t, err)
	defer s.Stop()
	for round := range rounds {
		commands := slices.Repeat([]string{fmt.Sprintf("originate %sjanus/fresh%d/x@1234 &park()", existing, round)}, calls)
		jobs, err := s.Burst(commands)
		require.NoError(t, err)
		for _, job := range jobs {
			uuid, ok := strings.CutPrefix(strings.TrimSpace(job.Output), "+OK ")
			require.True(t, ok, "round %d: %s", round, job.Output)
			api(t, s, "uuid_kill %s", uuid)
		}
		gone(t, s)
	}
	for _, room := range []string{"0", "9223372036854775808"} {
		uuid := originate(t, s, "janus/demo/x@%s &park()", room)
		require.Len(t, ask(t, j).participants(janusclient.StringID(room)), 1)
		hangup(t, s, uuid)
	}
}

// Where ids are numbers no leg makes room 0, nor one that Janus cannot read, and
// no leg is moved there.
func TestRoomsThatAreNoNumbers(t *testing.T) {
	uuid := originate(t, sw, "%sjanus/demo/x@1234 &park()", existing)
	before := api(t, sw, "janus rooms demo")
	for _, room := range []string{"0", "9223372036854775808", "lobby"} {
		line := requireFailure(t, sw, "INVALID_NUMBER_FORMAT", "janus/demo/x@%s &park()", room)
		require.Contains(t, line, "its rooms are numbers from 1 to 9223372036854775807")
		for _, command := range []string{"janus move " + uuid + " " + room, "janus room demo " + room + " create"} {
			require.Contains(t, api(t, sw, "%s", command), "-ERR room ", command)
		}
	}
	require.Equal(t, before, api(t, sw, "janus rooms demo"))
	hangup(t, sw, uuid)
}
