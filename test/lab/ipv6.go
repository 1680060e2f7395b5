// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"os"

	"mod_janus/janusclient/realjanus"
)

// The addresses of a network that has IPv6 alone (documentation net, RFC 3849).
const (
	IPv6Here  = "2001:db8::1" // this process's
	IPv6Janus = "2001:db8::2" // of the namespace that NewIPv6 makes
)

// NewIPv6 makes a namespace that has no IPv4 but loopback, and a link from here to it. This process
// must be in a namespace of its own, as under scripts/netns. The link goes with the namespace.
func NewIPv6() (*realjanus.Namespace, error) {
	if os.Getenv("MOD_JANUS_ICE_IP") == "" {
		return nil, realjanus.ErrNoNamespace
	}
	n, err := realjanus.NewNamespace()
	if err != nil {
		return nil, err
	}
	var here *realjanus.Namespace
	// nodad: an address that is tentative cannot be bound yet
	err = here.RunAll(
		"ip link add six-near type veth peer name six-far netns "+n.PID(),
		"ip address add "+IPv6Here+"/64 dev six-near nodad",
		"ip link set six-near up",
	)
	if err == nil {
		err = n.RunAll(
			"ip address add "+IPv6Janus+"/64 dev six-far nodad",
			"ip link set six-far up",
		)
	}
	if err != nil {
		n.Close()
		return nil, err
	}
	return n, nil
}
