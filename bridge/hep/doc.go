// SPDX-License-Identifier: MPL-2.0

// Package hep sends RTCP reports to a capture server such as Homer, in packets of the Homer
// Encapsulation Protocol, version 3 (HEP3 Network Protocol Specification, sipcapture.org).
//
// A report is sent as JSON with the protocol type 5, in the fields that heplify and rtpengine
// use: that is what Homer draws its charts from. Nothing here knows Janus or a switch.
package hep
