// SPDX-License-Identifier: MPL-2.0

// Package pool finds, among several Janus, the one on which a room is mixed. A room lives on
// exactly one server of its pool. Janus itself says where a room is; the hash says where a room
// that does not exist yet is made; a [Store], where there is one, decides between switches that
// make one at the same time.
package pool
