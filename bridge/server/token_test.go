// SPDX-License-Identifier: MPL-2.0

package server

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// A room whose realm has changed is entered, and what is remembered is bounded.
func TestRealmsAreForgotten(t *testing.T) {
	var r roomRealms
	r.proven("1", coreRealm)
	require.Equal(t, []string{coreRealm, "p"}, r.order("1", "p"))
	r.proven("1", "p")
	require.Equal(t, []string{"p", coreRealm}, r.order("1", "p"))
	for i := range 3 * manyRooms {
		r.proven(fmt.Sprint(i), coreRealm)
		require.LessOrEqual(t, len(r.core), manyRooms)
	}
}
