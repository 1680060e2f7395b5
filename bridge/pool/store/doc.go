// SPDX-License-Identifier: MPL-2.0

// Package store keeps in Redis what several switches agree on about a pool of Janus servers: on
// which server each room is, which servers each switch can see, which servers get no new rooms, and
// how busy the servers are.
//
// A room's server is a lease: it is claimed and taken over by scripts that Redis runs one at a
// time, is renewed by the switches that have legs in the room, and ends by itself. An epoch, which
// no two claims of a pool share, tells an old claim from a new one. All times are counted by Redis,
// so that the clocks of the switches may differ.
//
// No call waits long for Redis: a Turn bounds what one call spends here, and after a failure nobody
// asks again until a probe, which no call waits for, has shown that Redis can be used.
package store
