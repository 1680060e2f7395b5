// SPDX-License-Identifier: MPL-2.0

package store_test

import (
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"mod_janus/bridge/host"
	"mod_janus/bridge/pool/store"
	"mod_janus/test/lab"
)

// What the lab has started is waited for by a goroutine of its own until it has ended.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// startRedis starts a Redis that ends with the test.
func startRedis(t *testing.T, cfg lab.RedisConfig) *lab.Redis {
	t.Helper()
	if err := lab.FindRedis(); err != nil {
		if os.Getenv("CI") != "" {
			require.NoError(t, err)
		}
		t.Skip(err)
	}
	r, err := lab.StartRedis(t.TempDir(), cfg)
	require.NoError(t, err)
	t.Cleanup(r.Kill)
	return r
}

// lines are what stores have logged.
type lines struct {
	mu   sync.Mutex
	text []string // level and text
}

var levels = map[host.Level]string{host.LevelWarning: "WARNING ", host.LevelNotice: "NOTICE ", host.LevelInfo: "INFO "}

func (l *lines) log(level host.Level, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, levels[level]+text)
}

// with are the lines that have a text in them.
func (l *lines) with(text string) (found []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.text {
		if strings.Contains(line, text) {
			found = append(found, line)
		}
	}
	return found
}

// open opens a store of pool eu for a switch, until the test ends.
func open(t *testing.T, address, name string, change ...func(*store.Options)) (*store.Store, *lines) {
	t.Helper()
	l := &lines{}
	o := store.Options{Address: address, Pool: "eu", Switch: name, Log: l.log}
	for _, c := range change {
		c(&o)
	}
	s, err := store.Open(o)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s, l
}

// eventually waits for what the background of a store does, at most twice its pause.
func eventually(t *testing.T, met func() bool, words ...any) {
	t.Helper()
	require.Eventually(t, met, 15*time.Second, 10*time.Millisecond, words...)
}

// up waits until a store is in use.
func up(t *testing.T, s *store.Store) {
	t.Helper()
	eventually(t, func() bool { return s.State() == "up" }, "up")
}
