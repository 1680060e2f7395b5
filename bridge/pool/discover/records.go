// SPDX-License-Identifier: MPL-2.0

package discover

import (
	"cmp"
	"context"
	"net"
	"slices"
	"strconv"
	"strings"

	"mod_janus/bridge/config"
)

// maxServers bounds what is taken from one answer of the DNS.
const maxServers = 500

// tooMany stands for all addresses in what the log was told.
const tooMany = "*"

// records finds the servers of SRV records (RFC 2782): the first label of the target is the name,
// as Kubernetes has it for the pods of a headless service. Priority and weight are constants
// there, and not looked at.
func (w *Watcher) records(ctx context.Context) ([]Server, error) {
	_, records, err := w.env.Resolver.LookupSRV(ctx, "", "", w.cfg.Name)
	if err != nil && len(records) == 0 { // with records the error is for some that are not valid
		return nil, err
	}
	records = slices.DeleteFunc(slices.Clone(records), func(r *net.SRV) bool { return r.Port == 0 || r.Target == "." || r.Target == "" })
	if len(records) == 0 {
		return nil, errNothing
	}
	slices.SortFunc(records, func(a, b *net.SRV) int {
		return cmp.Or(strings.Compare(a.Target, b.Target), cmp.Compare(a.Port, b.Port))
	})
	if len(records) > maxServers {
		w.say(tooMany, "bound", "%s: %d records; only the first %d in the order of their targets are used", w.cfg.Text, len(records), maxServers)
		records = records[:maxServers]
	}
	var found []Server
	still := []string{tooMany}
	for _, r := range records {
		target := strings.TrimSuffix(r.Target, ".")
		address := net.JoinHostPort(target, strconv.Itoa(int(r.Port)))
		name, _, _ := strings.Cut(target, ".")
		still = append(still, address)
		i := slices.IndexFunc(found, func(s Server) bool { return s.Name == name })
		switch {
		case !config.IsServerName(name):
			w.say(address, "name", "%s: the target %q cannot be the name of a server", w.cfg.Text, target)
		case i >= 0 && found[i].Address != address:
			w.say(address, "twice", "%s: %s and %s would both be server %q; the first one is used", w.cfg.Text, found[i].Address, address, name)
		case i < 0:
			delete(w.said, address)
			found = append(found, Server{name, address})
		}
	}
	w.forget(still)
	return found, nil
}
