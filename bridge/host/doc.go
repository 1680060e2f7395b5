// SPDX-License-Identifier: MPL-2.0

// Package host is the switch as the engine sees it: the functions that include/janus_host.h hands
// over, hangup causes, and the switch's log.
package host
