// SPDX-License-Identifier: MPL-2.0

package server

import (
	"slices"
	"sync"
)

// maxPlaying bounds the files that are remembered for a server.
const maxPlaying = 1000

// Playing are the files that play in rooms, begun here. One that has come to its end stays until
// its room's files are stopped, or so many others have begun.
type Playing struct {
	mu    sync.Mutex
	files []playedFile // oldest first
}

type playedFile struct{ room, id string }

// Add takes note of a file that plays in a room.
func (p *Playing) Add(room, id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.files = append(p.files, playedFile{room, id})
	p.files = slices.Delete(p.files, 0, max(0, len(p.files)-maxPlaying))
}

// Of returns the ids of the files of a room.
func (p *Playing) Of(room string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	ids := []string{}
	for _, file := range p.files {
		if file.room == room {
			ids = append(ids, file.id)
		}
	}
	return ids
}

// Remove takes note that files of a room do not play any more.
func (p *Playing) Remove(room string, ids ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.files = slices.DeleteFunc(p.files, func(file playedFile) bool {
		return file.room == room && slices.Contains(ids, file.id)
	})
}
