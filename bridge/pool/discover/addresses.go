// SPDX-License-Identifier: MPL-2.0

package discover

import (
	"cmp"
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"mod_janus/bridge/config"
	"mod_janus/janusclient"
)

// askAtOnce bounds how many addresses are asked for their server-name at the same time.
const askAtOnce = 32

// addresses finds the servers at the addresses of a name. Each says its server-name itself; those
// that are known and connected are not asked again.
func (w *Watcher) addresses(ctx, limited context.Context) ([]Server, error) {
	ips, err := w.env.Resolver.LookupNetIP(limited, "ip", w.cfg.Name)
	if err != nil {
		return nil, err
	}
	if len(ips) == 0 {
		return nil, errNothing
	}
	addresses := w.bounded(ips)
	w.forget(append([]string{tooMany}, addresses...))
	w.askAll(ctx, addresses)
	var found []Server
	for _, address := range addresses {
		name := w.names[address]
		if name != "" && w.failing(name) {
			w.names[address], name = "", "" // it is asked again
		}
		if name == "" {
			continue
		}
		if i := slices.IndexFunc(found, func(s Server) bool { return s.Name == name }); i >= 0 {
			if sameFamily(found[i].Address, address) {
				w.say(address, "twice", "%s: %s and %s both have the server-name %q; only the first one is used", w.cfg.Text, found[i].Address, address, name)
			}
			continue
		}
		found = append(found, Server{name, address})
	}
	slices.SortFunc(found, func(a, b Server) int { return strings.Compare(a.Name, b.Name) })
	return found, nil
}

// bounded are the addresses with their port: those that are servers already first, then IPv4
// before IPv6, and not too many.
func (w *Watcher) bounded(ips []netip.Addr) []string {
	known := func(a netip.Addr) int {
		if w.names[net.JoinHostPort(a.String(), w.cfg.Port)] != "" {
			return 0
		}
		return 1
	}
	sorted := make([]netip.Addr, len(ips))
	for i, ip := range ips {
		sorted[i] = ip.Unmap()
	}
	slices.SortFunc(sorted, func(a, b netip.Addr) int {
		return cmp.Or(cmp.Compare(known(a), known(b)), cmp.Compare(a.BitLen(), b.BitLen()), a.Compare(b))
	})
	sorted = slices.Compact(sorted)
	if len(sorted) > maxServers {
		w.say(tooMany, "bound", "%s: %d addresses; only %d are used", w.cfg.Text, len(sorted), maxServers)
		sorted = sorted[:maxServers]
	}
	addresses := make([]string, len(sorted))
	for i, ip := range sorted {
		addresses[i] = net.JoinHostPort(ip.String(), w.cfg.Port)
	}
	return addresses
}

func sameFamily(a, b string) bool { return strings.HasPrefix(a, "[") == strings.HasPrefix(b, "[") }

// askAll asks at once all addresses that are not known to be those of connected servers, or where
// somebody is in doubt all of them. One that does not answer stays what it was.
func (w *Watcher) askAll(ctx context.Context, addresses []string) {
	type answer struct {
		address, name string
		err           error
	}
	var wanted []string
	for _, address := range addresses {
		name := w.names[address]
		if up, _ := w.env.Health(name); name == "" || !up || w.doubted {
			wanted = append(wanted, address)
		}
	}
	answers := make([]answer, len(wanted))
	turns := make(chan struct{}, askAtOnce)
	var asking sync.WaitGroup
	for i, address := range wanted {
		turns <- struct{}{}
		asking.Go(func() {
			defer func() { <-turns }()
			limited, cancel := context.WithTimeout(ctx, config.NameLimit)
			defer cancel()
			name, err := w.env.Ask(limited, address)
			answers[i] = answer{address, name, err}
		})
	}
	asking.Wait()
	for _, a := range answers {
		switch {
		case ctx.Err() != nil:
			return
		case a.err != nil:
			w.say(a.address, "silent", "%s: at %s is no Janus that answers: %s", w.cfg.Text, a.address, a.err)
		case a.name == janusclient.DefaultServerName || a.name == "":
			w.names[a.address] = ""
			w.say(a.address, "default", "%s: the Janus at %s has the default server-name %q and is not used; want server_name in its janus.jcfg",
				w.cfg.Text, a.address, a.name)
		case !config.IsServerName(a.name):
			w.names[a.address] = ""
			w.say(a.address, "name", "%s: the Janus at %s has the server-name %q, which cannot be the name of a server: want letters, digits, - and .",
				w.cfg.Text, a.address, a.name)
		default:
			w.names[a.address] = a.name
			delete(w.said, a.address)
		}
	}
}

// failing tells whether a server is in the DNS, and cannot be connected any more.
func (w *Watcher) failing(name string) bool {
	if w.cfg.FailMax == 0 {
		return false
	}
	up, failures := w.env.Health(name)
	return !up && failures >= w.cfg.FailMax
}
