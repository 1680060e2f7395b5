// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"

	"mod_janus/bridge/failure"
	"mod_janus/janusclient/audiobridge"
)

// inquiry is a question to Janus whether the participant is still in its room,
// and what follows if it is.
type inquiry struct {
	why  string         // it is asked
	lost *failure.Error // media has failed for good; nil: it has only ceased
}

// inquiries are the questions of a call to Janus. They belong to the call's
// goroutine.
type inquiries struct {
	janus      *attachment
	background func(what string, work func()) // runs work in a goroutine of the engine
	post       func(msg any)                  // puts a message in the call's mailbox

	attachment int // that Janus is asked about; 0 for none
}

// ask asks that, without waiting. The request is one that changes nothing,
// and whose answer comes by the same connection as the events: those that Janus has
// sent before it are here before it.
func (q *inquiries) ask(about inquiry) {
	if q.janus.handle == nil || (q.attachment == q.janus.number && about.lost == nil) {
		return
	}
	q.attachment = q.janus.number
	handle, attachment, limit := q.janus.handle, q.janus.number, q.janus.cfg.CmdTimeout
	q.background("a question about a leg", func() {
		ctx, cancel := context.WithTimeout(q.janus.hung, limit)
		defer cancel()
		_, err := handle.Configure(ctx, audiobridge.ConfigureRequest{}, nil)
		q.post(msgInquired{attachment, about, err})
	})
}

// lost asks about media that has failed or ceased for good: what Janus says of
// the participant decides, or that Janus is away.
func (q *inquiries) lost(why *failure.Error) { q.ask(inquiry{why.Reason, why}) }
