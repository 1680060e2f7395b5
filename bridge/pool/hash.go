// SPDX-License-Identifier: MPL-2.0

package pool

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"
)

// Weighted is a server as the hash sees it.
type Weighted struct {
	Name   string
	Weight float64 // its share of the rooms; 0 or less: it gets none
}

// Rank returns the names of the servers that get rooms, in the order in which a room of a pool
// prefers them: weighted rendezvous hashing. Whoever has the same names and weights gets the same
// order, and a server that comes or goes moves no room but its own.
func Rank(pool, room string, servers []Weighted) []string {
	type scored struct {
		name  string
		score float64
	}
	var all []scored
	for _, s := range servers {
		if s.Weight > 0 {
			all = append(all, scored{s.Name, score(pool, room, s)})
		}
	}
	slices.SortFunc(all, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.name, b.name))
	})
	names := make([]string, 0, len(all))
	for _, s := range all {
		names = append(names, s.name)
	}
	return names
}

// score takes the first 53 bits of a SHA-256 as a number between 0 and 1, neither included.
func score(pool, room string, s Weighted) float64 {
	sum := sha256.Sum256([]byte(pool + "\x00" + s.Name + "\x00" + room))
	u := (float64(binary.BigEndian.Uint64(sum[:])>>11) + 0.5) / (1 << 53)
	return -s.Weight / math.Log(u)
}
