// SPDX-License-Identifier: MPL-2.0

// Package call is one leg, from dial to farewell. [New] enters a call that the switch asks for with
// a [Request]; it is run (joined, in a goroutine of its own), hung up and freed, in step with the
// session on the switch. A call knows the engine only as what [Env] holds.
//
//	dial ── attach ── create ── join with offer ── answer ── ICE, DTLS ── up ── leave ── detach
//
// One goroutine owns a [Call]'s state. What happens to the call (a hangup, a key, an event from
// Janus, a change of its media) is put in its mailbox and dealt with in order; no lock is held
// while the host is called. The state is in parts with their own fields, which know each other and
// not the call: channel (the session on the switch), attachment (the handle at Janus), room,
// roomMaking, roomLock, roster, participant, hold, keypad, recorder, legMedia with figures and
// codecChoice, lossReport, gate (when the session is answered),
// endings and inquiries (why the call ends).
//
// What others may have a leg do is an [Action], which [Call.Do] runs in the call's goroutine.
package call
