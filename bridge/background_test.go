// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/host"
)

// A panic in what serves a server is logged, and the server is served again.
func TestPanicInAServer(t *testing.T) {
	var once atomic.Bool
	panicAt.Store(&once)
	defer panicAt.Store(nil)
	l := newLab(t, "")
	l.eventually("the panic", once.Load)
	c, uuid := l.call("demo/MyName@1234", existing)
	l.up(uuid)
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
	l.host.mu.Lock()
	defer l.host.mu.Unlock()
	require.Contains(t, strings.Join(l.host.log, "\n"), "Internal error in server demo: a panic of the test")
}
