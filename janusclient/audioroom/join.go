// SPDX-License-Identifier: MPL-2.0

package audioroom

import (
	"context"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// Join enters a room, which is made if it does not exist. With an offer it
// returns the SDP answer too; without, nil. Of r the plugin knows Room, ID (a
// number), Display, Muted and Quality (1 to 10), and passes over the rest.
//
// Should "joined" and the JSEP answer come as two events of the transaction, in
// either order, Join waits for both, within the client's CmdTimeout each.
func (h *Handle) Join(ctx context.Context, r audiobridge.JoinRequest, offer *janusclient.JSEP) (*audiobridge.Joined, *janusclient.JSEP, error) {
	b, err := body("join", r)
	if err != nil {
		return nil, nil, err
	}
	exchange, err := h.Start(ctx, b, offer)
	if err != nil {
		return nil, nil, err
	}
	defer exchange.Close()
	var joined *audiobridge.Joined
	var answer *janusclient.JSEP
	for joined == nil || offer != nil && answer == nil {
		reply, err := exchange.Next(ctx)
		if err != nil {
			return joined, answer, err
		}
		event, err := ParseEvent(reply.Data)
		if err != nil {
			return joined, answer, err
		}
		if j, ok := event.(audiobridge.Joined); ok {
			joined = &j
		}
		if reply.JSEP != nil {
			answer = reply.JSEP
		}
	}
	return joined, answer, nil
}
