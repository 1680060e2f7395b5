// SPDX-License-Identifier: MPL-2.0

// Package mediapeer is a Janus without a mixer, for measuring: the API is
// janustest's, and the media is a light peer of our own for each call. A peer
// talks: it sends a numbered frame every 20 ms; or it echoes: it sends back what
// it gets. And it listens: frames are numbered, so what became of each one that
// some other peer sent is known: lost, late, and by how much ([Stream]).
//
// It is light, so that some hundred legs on a small machine are limited by the
// switch and not by this: ICE is the little that the controlled side needs
// (RFC 8445), DTLS and SRTP are pion's, one UDP socket serves all peers with one
// receive and one send call for many packets, and arrival is the kernel's
// timestamp, not the time at which we come to look.
package mediapeer
