// SPDX-License-Identifier: MPL-2.0

// Package lab starts real parts for tests, demo and benchmark: a Janus of its
// own ([StartJanus]), a switch with the module in it ([StartSwitch]: minihost
// or FreeSWITCH), and it makes and measures sound.
//
// A real Janus takes no loopback candidates. Run what uses this package under
// scripts/netns, which makes a network namespace with an address that is none.
package lab
