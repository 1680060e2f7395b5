// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"fmt"
	"os"

	"mod_janus/janusclient/realjanus"
)

// The addresses of a NAT (documentation nets, RFC 5737, outside).
const (
	NATInside  = "10.98.1.2"    // this process's, and so the switch's
	NATOutside = "198.51.100.1" // what the outside sees of it
	NATJanus   = "198.51.100.2" // of the namespace Outside
	NATTurn    = "198.51.100.3" // of the namespace Outside as well

	natRouter = "10.98.1.1"
)

// NAT is a network address translator between this process and a network that
// is outside: what goes there comes from NATOutside and a port of its choice,
// and from there comes only what answers (RFC 4787: address and port dependent
// filtering, as Linux does it).
type NAT struct {
	Outside *realjanus.Namespace
	router  *realjanus.Namespace
}

// NewNAT makes one out of namespaces and nftables. This process must be in a
// namespace of its own, as under scripts/netns; one NAT at a time can be there.
func NewNAT() (*NAT, error) {
	if os.Getenv("MOD_JANUS_ICE_IP") == "" {
		return nil, realjanus.ErrNoNamespace
	}
	n := &NAT{}
	var err error
	if n.router, err = realjanus.NewNamespace(); err != nil {
		return nil, err
	}
	if n.Outside, err = realjanus.NewNamespace(); err != nil {
		n.router.Close()
		return nil, err
	}
	if err := n.connect(); err != nil {
		n.Close()
		return nil, fmt.Errorf("NAT: %w", err)
	}
	return n, nil
}

func (n *NAT) connect() error {
	var here *realjanus.Namespace
	if err := here.RunAll(
		"ip link add nat-near type veth peer name nat-in netns "+n.router.PID(),
		"ip address add "+NATInside+"/24 dev nat-near",
		"ip link set nat-near up",
	); err != nil {
		return err
	}
	if err := n.router.RunAll(
		"ip address add "+natRouter+"/24 dev nat-in",
		"ip link set nat-in up",
		"ip link add nat-out type veth peer name nat-far netns "+n.Outside.PID(),
		"ip address add "+NATOutside+"/24 dev nat-out",
		"ip link set nat-out up",
	); err != nil {
		return err
	}
	if err := n.router.Run("1", "tee", "/proc/sys/net/ipv4/ip_forward"); err != nil {
		return err
	}
	if err := n.Outside.RunAll(
		"ip address add "+NATJanus+"/24 dev nat-far",
		"ip address add "+NATTurn+"/24 dev nat-far",
		"ip link set nat-far up",
	); err != nil {
		return err
	}
	if err := here.RunAll("ip route add 198.51.100.0/24 via " + natRouter); err != nil {
		return err
	}
	return n.router.Run("table ip nat {\n"+
		"	chain out { type nat hook postrouting priority srcnat; oifname nat-out masquerade random; }\n"+
		"	chain blocked { type filter hook forward priority filter; }\n}\n", "nft", "-f", "-")
}

// Block lets no UDP through to an address outside. TCP passes.
func (n *NAT) Block(address string) error {
	return n.router.RunAll("nft add rule ip nat blocked ip daddr " + address + " meta l4proto udp drop")
}

// Close takes it away; what is outside should have ended.
func (n *NAT) Close() {
	var here *realjanus.Namespace
	_ = here.RunAll("ip link delete nat-near")
	n.Outside.Close()
	n.router.Close()
}
