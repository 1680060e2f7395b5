// SPDX-License-Identifier: MPL-2.0

package background

import "sync/atomic"

var panics atomic.Uint64

// Panicked counts a panic that somebody has caught.
func Panicked() { panics.Add(1) }

// Panics is how many panics were caught since the program began.
func Panics() uint64 { return panics.Load() }
