// SPDX-License-Identifier: MPL-2.0

package pool

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// five are the servers of the published vectors.
var five = []Weighted{{"j1", 1}, {"j2", 1}, {"j3", 2}, {"j4", 1}, {"j5", 1}}

// The order of the servers is published: whoever computes it must find the same.
func TestRankVectors(t *testing.T) {
	require.Equal(t, []string{"j2", "j3", "j1", "j4", "j5"}, Rank("eu", "1234", five))
	require.Equal(t, []string{"j3", "j2", "j4", "j1", "j5"}, Rank("eu", "board", five))
	require.Empty(t, Rank("eu", "1234", []Weighted{{"j1", 0}}))
	require.Empty(t, Rank("eu", "1234", nil))
}

// Rooms are shared out by weight, and a server that goes or changes its weight moves only its own.
func TestRankMovesNoOtherRoom(t *testing.T) {
	const rooms = 20000
	without := append(append([]Weighted{}, five[:2]...), five[3:]...)
	heavier := append([]Weighted{}, five...)
	heavier[2].Weight = 3
	count := map[string]int{}
	for i := range rooms {
		room := fmt.Sprint(i)
		first := Rank("eu", room, five)
		count[first[0]]++
		if first[0] == "j3" {
			require.Equal(t, first[1], Rank("eu", room, without)[0])
		} else {
			require.Equal(t, first[0], Rank("eu", room, without)[0])
		}
		if now := Rank("eu", room, heavier)[0]; now != first[0] {
			require.Equal(t, "j3", now)
		}
	}
	for _, s := range five {
		share := s.Weight / 6
		require.InDelta(t, rooms*share, count[s.Name], 3*math.Sqrt(rooms*share*(1-share)), s.Name)
	}
}

// The JavaScript of the manual finds the same order.
func TestRankInJavaScript(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node to run the JavaScript of docs/scale-out.md with")
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "scale-out.md"))
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(page), "```js\n")
	require.True(t, found)
	script, _, found := strings.Cut(rest, "```")
	require.True(t, found)
	script += `
const servers = {j1: 1, j2: 1, j3: 2, j4: 1, j5: 1}, all = {}
for (let i = 0; i < 300; i++) all[i] = rank("eu", String(i), servers)
all.board = rank("eu", "board", servers)
console.log(JSON.stringify(all))`
	file := filepath.Join(t.TempDir(), "rank.mjs")
	require.NoError(t, os.WriteFile(file, []byte(script), 0o600))
	out, err := exec.CommandContext(t.Context(), node, file).CombinedOutput()
	require.NoError(t, err, "%s", out)
	var theirs map[string][]string
	require.NoError(t, json.Unmarshal(out, &theirs), "%s", out)
	require.Len(t, theirs, 301)
	for room, order := range theirs {
		require.Equal(t, order, Rank("eu", room, five), room)
	}
}
