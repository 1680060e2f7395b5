// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/background"
	"mod_janus/bridge/host"
	"mod_janus/bridge/host/hosttest"
)

// A panic in what serves a server is logged, and the server is served again.
func TestPanicInAServer(t *testing.T) {
	var once atomic.Bool
	hosttest.PanicAt.Store(&once)
	before := background.Panics()
	defer hosttest.PanicAt.Store(nil)
	l := newLab(t, "")
	l.eventually("the panic", once.Load)
	c, uuid := l.call("demo/MyName@1234", existing)
	l.up(uuid)
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
	require.InDelta(t, before+1, l.series()["panics_total"], 0)
	l.host.Mu.Lock()
	defer l.host.Mu.Unlock()
	require.Contains(t, strings.Join(l.host.Lines, "\n"), "Internal error in server demo: a panic of the test")
}
