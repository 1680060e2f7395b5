// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// validOptions are those with nothing wrong.
func validOptions() options {
	return options{
		what: "cost", host: "minihost", rounds: 1, limit: time.Minute, span: time.Second, legs: 2, singles: 1, clicks: 1,
		rateFor: time.Minute, sizes: sizes{20, 100}, from: 2, most: 2,
	}
}

// What is wrong is named before anything is measured.
func TestOptionsAreChecked(t *testing.T) {
	require.NoError(t, validOptions().check())
	for want, spoil := range map[string]func(*options){
		"-what nonsense: want cost, delay, limit, quality or scale": func(o *options) { o.what = "nonsense" },
		"-host asterisk: want minihost or freeswitch":               func(o *options) { o.host = "asterisk" },
		"-rounds 0: want 1 at least":                                func(o *options) { o.rounds = 0 },
		"-limit 0s: want a time such as 30m":                        func(o *options) { o.limit = 0 },
		"-for -1s: want a time such as 10s":                         func(o *options) { o.span = -time.Second },
		"-legs 1: want 2 at least":                                  func(o *options) { o.legs = 1 },
		"-singles -1: want 0 at least":                              func(o *options) { o.singles = -1 },
		"-clicks 0: want 1 at least":                                func(o *options) { o.clicks = 0 },
		"-quiet -1: want percent of a core":                         func(o *options) { o.quiet = -1 },
		"-patience -1s: want a time such as 2m":                     func(o *options) { o.patience = -time.Second },
		"-long 2h0m0s: want a time up to an hour":                   func(o *options) { o.long = 2 * time.Hour },
		"-rate 1001: want 0 to 1000 calls a second":                 func(o *options) { o.rate = 1001 },
		"-rate-for 0s: want a time such as 1m":                      func(o *options) { o.rateFor = 0 },
		"-sizes 100,20: want numbers of legs that grow, 2 at least": func(o *options) { o.sizes = sizes{100, 20} },
		"-sizes : want numbers of legs that grow, 2 at least":       func(o *options) { o.sizes = nil },
		"-sizes 1: want numbers of legs that grow, 2 at least":      func(o *options) { o.sizes = sizes{1} },
		"-from 1: want 2 at least":                                  func(o *options) { o.from = 1 },
		"-most 10: want 20 at least, which is -from":                func(o *options) { o.from, o.most = 20, 10 },
	} {
		o := validOptions()
		spoil(&o)
		require.ErrorContains(t, run(o, nil), want)
	}
}

// Folders that are missing are made. One that cannot be made is an error at once.
func TestFoldersAreMade(t *testing.T) {
	dir := t.TempDir()
	o := validOptions()
	o.keep, o.json, o.chart = filepath.Join(dir, "keep"), filepath.Join(dir, "a", "b.json"), filepath.Join(dir, "c", "d.svg")
	require.NoError(t, o.check())
	for _, folder := range []string{"keep", "a", "c"} {
		info, err := os.Stat(filepath.Join(dir, folder))
		require.NoError(t, err)
		require.True(t, info.IsDir())
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	o.json = filepath.Join(dir, "file", "b.json")
	require.ErrorContains(t, o.check(), "-json: ")
}
