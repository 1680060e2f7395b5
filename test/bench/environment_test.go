// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient/janustest"
)

// What figures were measured in stands in the head of each table, and in the JSON.
func TestEnvironmentIsNamed(t *testing.T) {
	own, err := os.Executable()
	require.NoError(t, err)
	foreign := filepath.Join(t.TempDir(), "c.so")
	require.NoError(t, os.WriteFile(foreign, []byte("no program of Go"), 0o600))
	e := newEnvironment([]module{{name: "go", path: own}, {name: "c", path: foreign}})
	janus := janustest.NewServer()
	defer janus.Close()
	e.askSwitch("FreeSWITCH Version 1.11.2 (minihost)\n\n")
	require.Contains(t, e.String(), "FreeSWITCH Version 1.11.2 (minihost); media peers, no Janus; Linux ")
	require.NoError(t, e.askJanus(t.Context(), janus.URL))
	require.NotEmpty(t, e.Janus)
	require.Contains(t, e.String(), "; Janus "+e.Janus+"; ")
	require.Equal(t, "go: "+runtime.Version(), e.of("go"))
	require.Equal(t, "c: not of Go", e.of("c"))
	require.NotEqual(t, "unknown", e.Kernel)

	o := options{ctx: t.Context(), rounds: 1, env: e, json: filepath.Join(t.TempDir(), "figures.json")}
	measure := func(options, module) (figure, error) { return 1, nil }
	require.NoError(t, compare(o, []module{{name: "go"}}, measure, figureTable, noChart))
	text, err := os.ReadFile(o.json)
	require.NoError(t, err)
	var read report
	require.NoError(t, json.Unmarshal(text, &read))
	require.Equal(t, e, read.Environment)
}
