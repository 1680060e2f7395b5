// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Go has all processors while a call is set up, and one for each media loop
// afterwards.
func TestProcessors(t *testing.T) {
	l := newLab(t, "")
	var now atomic.Int32
	l.engine.Processors(func(n int) { now.Store(int32(n)) }) // #nosec G115 -- few
	all := int32(runtime.NumCPU())                           // #nosec G115 -- few
	require.Equal(t, all, now.Load())
	l.eventually("rest", func() bool { return now.Load() == 1 })
	c, uuid := l.call("demo/MyName@1234", existing)
	require.Equal(t, all, now.Load())
	l.up(uuid)
	require.Eventually(t, func() bool { return now.Load() == 1 }, 2*procsRest, 10*time.Millisecond, "a call that is up")
	l.end(c, CauseNormalClearing)
	l.clean(1)
	l.engine.procs.stop()
	require.Equal(t, all, now.Load())
}
