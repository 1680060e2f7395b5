// SPDX-License-Identifier: MPL-2.0

package server

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// reader is a leg that reads its copies of what Janus says when it is asked to.
type reader struct{ Leg }

// What a leg does to itself is told once, however late the others read what Janus says of it.
func TestNewsOfALegItself(t *testing.T) {
	var (
		n     News
		told  []string
		heard []*Bulletin
		other = &reader{}
	)
	tell := func(b *Bulletin, action string) {
		n.Tell(b, "1234", "7", action, func() { told = append(told, action) })
	}
	says := func(muted bool) {
		said := fmt.Sprintf(`{"audiobridge":"event","room":1234,"participants":[{"id":7,"display":"p","muted":%t}]}`, muted)
		heard = append(heard, n.Read(other, audiobridge.Plugin, janusclient.PluginEvent{Plugin: audiobridge.Plugin, Data: json.RawMessage(said)}))
	}
	says(true)
	tell(nil, "muted")
	says(false)
	tell(nil, "unmuted")
	tell(heard[0], "muted")
	tell(heard[1], "unmuted")
	require.Equal(t, []string{"muted", "unmuted"}, told, "by the leg, before the other has read of it")

	told = nil
	says(true)
	tell(heard[2], "muted")
	tell(nil, "muted")
	require.Equal(t, []string{"muted"}, told, "by the other, before the leg has its answer")

	told = nil // the other leaves: Janus tells nobody
	tell(nil, "unmuted")
	tell(nil, "muted")
	tell(nil, "unmuted")
	require.Equal(t, []string{"unmuted", "muted", "unmuted"}, told)
	n.forget("1234")
	require.Zero(t, n.count())
}
