// SPDX-License-Identifier: MPL-2.0

// Package impair is a bad network for tests: it loses, delays, reorders and
// doubles packets, the same ones each time for the same seed.
//
// Kernels without netem are common, and netem has no seed. So the impairment is
// done here, in two layers:
//
//   - A [Channel] is one direction of a network in whatever time its caller
//     keeps. It is told of a packet and says when, and how often, that packet
//     arrives. It sends nothing, so an hour of traffic takes a moment.
//   - A [Relay] is a UDP relay on real sockets, with a Channel in each
//     direction. What talks to it takes it for the far end.
//
// The decisions depend on the seed and on the order of packets alone. Each kind
// of impairment draws from a generator of its own, so that which packets are
// lost does not change when, say, jitter is added.
package impair
