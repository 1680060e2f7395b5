// SPDX-License-Identifier: MPL-2.0

// Package realjanus starts a real Janus for tests: Debian 12's 1.1.2 or the 1.4.1 of Debian's next
// release, each with the configuration that Debian ships, on ports of its own. It can also start
// coturn, the STUN and TURN server, and network namespaces for the processes to run in. What it
// starts ends with the process that started it.
package realjanus
