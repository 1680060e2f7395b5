// SPDX-License-Identifier: MPL-2.0

package audiobridge

import (
	"context"

	"mod_janus/janusclient"
)

// Join enters a room. With an offer it returns the SDP answer too (with
// GenerateOffer, the plugin's offer); without, nil.
//
// Janus 1.1.2, tried, and its source as of 2026, read: "joined" and the JSEP
// answer come in one event, after an ack. Should another version, or a relative
// of the plugin, send them as two events of the transaction, in either order,
// Join waits for both, within the client's CmdTimeout each.
func (h *Handle) Join(ctx context.Context, r JoinRequest, offer *janusclient.JSEP) (*Joined, *janusclient.JSEP, error) {
	body, err := janusclient.RequestBody("join", r)
	if err != nil {
		return nil, nil, err
	}
	exchange, err := h.Start(ctx, body, offer)
	if err != nil {
		return nil, nil, err
	}
	defer exchange.Close()
	var joined *Joined
	var jsep *janusclient.JSEP
	negotiated := offer != nil || r.GenerateOffer != nil && *r.GenerateOffer
	for joined == nil || negotiated && jsep == nil {
		reply, err := exchange.Next(ctx)
		if err != nil {
			return joined, jsep, err
		}
		event, err := ParseEvent(reply.Data)
		if err != nil {
			return joined, jsep, err
		}
		if j, ok := event.(Joined); ok {
			joined = &j
		}
		if reply.JSEP != nil {
			jsep = reply.JSEP
		}
	}
	return joined, jsep, nil
}
