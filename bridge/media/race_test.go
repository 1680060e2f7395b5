// SPDX-License-Identifier: MPL-2.0

//go:build race

package media

// raceDetector empties sync.Pools at random, so that what uses one allocates.
const raceDetector = true
