// SPDX-License-Identifier: MPL-2.0

package lab

import "os"

// The addresses of a network that has IPv6 alone (documentation net, RFC 3849).
const (
	IPv6Here  = "2001:db8::1" // this process's
	IPv6Janus = "2001:db8::2" // of the namespace that NewIPv6 makes
)

// NewIPv6 makes a namespace that has no IPv4 but loopback, and a link from here to it. This process must be in a namespace of
// its own, as under scripts/netns. The link goes with the namespace.
func NewIPv6() (*Namespace, error) {
	if os.Getenv("MOD_JANUS_ICE_IP") == "" {
		return nil, errNoNamespace
	}
	n, err := NewNamespace()
	if err != nil {
		return nil, err
	}
	var here *Namespace
	// nodad: an address that is tentative cannot be bound yet
	err = here.runAll(
		"ip link add six-near type veth peer name six-far netns "+n.pid(),
		"ip address add "+IPv6Here+"/64 dev six-near nodad",
		"ip link set six-near up",
	)
	if err == nil {
		err = n.runAll(
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
