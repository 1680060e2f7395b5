// SPDX-License-Identifier: MPL-2.0

package call

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFiguresWithoutMedia(t *testing.T) {
	var f figures
	_, ok := f.stats()
	require.False(t, ok)
	f.setFinals(func(name, _ string) { require.Fail(t, "a call without media has no figures", name) })
	f.stops.Add(2)
	require.Equal(t, MediaFigures{Stops: 2}, f.now())
}
