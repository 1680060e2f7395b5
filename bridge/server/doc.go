// SPDX-License-Identifier: MPL-2.0

// Package server is one Janus as the engine sees it: the connection and its session, tokens, the
// kind of room ids, the rooms that legs of ours are in, what is recorded there, and the Admin API.
// A server knows a leg only as the interface Leg, and the engine only as what Env holds.
//
// Server is put together of types with their own fields: Connection (Run connects, Await and Regain
// wait for the session), Legs, Rooms, News (what Janus tells each leg of a room is told once),
// Archives, PendingDetaches, Playing and Draining. RoomRef names a room whose kind of id is not
// known yet.
package server
