// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/server"
)

// How long it takes to find the place of a room among many servers is written down, where
// MOD_JANUS_POOL says how many servers: each look asks all of them.
func TestPoolScale(t *testing.T) {
	servers, err := strconv.Atoi(os.Getenv("MOD_JANUS_POOL"))
	if err != nil {
		t.Skip("MOD_JANUS_POOL says how many servers to measure with")
	}
	p := newPoolLab(t, servers, "", nil)
	const rooms = 1000
	pool := p.engine.poolNamed("eu")
	began := time.Now()
	for i := range rooms {
		dial, err := config.ParseDialString(fmt.Sprintf("eu/x@%d", 100000+i))
		if err == nil {
			_, err = pool.Find(t.Context(), server.Sought{Room: dial})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d servers: %s a room, %d questions", servers, time.Since(began)/rooms, servers*rooms)
}
