// SPDX-License-Identifier: MPL-2.0

// Package discover finds servers in the DNS: those of SRV records, whose targets name them, or
// those at the addresses of a name, which say their own server-name.
package discover
