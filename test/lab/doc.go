// SPDX-License-Identifier: MPL-2.0

// Package lab starts real parts for tests, demo and benchmark: a switch with the
// module in it ([StartSwitch]: minihost or FreeSWITCH), SIP phones and browsers,
// and it makes and measures sound. Package realjanus starts the Janus.
//
// A real Janus takes no loopback candidates. Run what uses this package under
// scripts/netns, which makes a network namespace with an address that is none.
package lab
