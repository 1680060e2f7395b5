// SPDX-License-Identifier: MPL-2.0

package audiobridge

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
)

func TestBooleansAsStrings(t *testing.T) {
	var p Participant
	require.NoError(t, json.Unmarshal([]byte(`{"id":7,"display":"x","setup":"true","muted":"false","talking":true}`), &p))
	require.Equal(t, Participant{ID: janusclient.NumberID(7), Display: "x", Setup: true, Talking: true}, p)
	var r Room
	require.NoError(t, json.Unmarshal([]byte(`{"room":"abc","record":"true","pin_required":false,"num_participants":3}`), &r))
	require.Equal(t, Room{Room: janusclient.StringID("abc"), Record: true, NumParticipants: 3}, r)
	require.Error(t, json.Unmarshal([]byte(`{"muted":"perhaps"}`), &p))
}
