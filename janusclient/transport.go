// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"context"
	"time"
)

// address says whom a request is for: the server (both 0), a session, or a
// handle.
type address struct{ session, handle uint64 }

// transport carries messages to one Janus: rest, or ws, where answers and events
// share one connection.
type transport interface {
	// roundTrip sends a request and returns its immediate answer (success, ack,
	// error, server_info), whose transaction is the request's. Failures are
	// *TransportError, or ctx's own error.
	roundTrip(ctx context.Context, to address, request map[string]any) (*message, error)
	// send is roundTrip for a request in somebody's own words: what it makes in
	// Janus is no concern of the transport.
	send(ctx context.Context, to address, request map[string]any) (*message, error)
	// listen delivers what Janus sends to a session, until ctx ends or the
	// listener was told that the session is lost.
	listen(ctx context.Context, session uint64, to listener)
	// close frees connections. No session listens any more.
	close()
}

// listener is a session as its transport sees it. All methods but lost are called
// from within listen, one at a time.
type listener interface {
	deliver(*message)
	state(up bool, err error)
	// measured tells how long Janus took to answer a keepalive of the transport.
	measured(time.Duration)
	// regained tells that the session was claimed on a new connection, of that
	// number: what Janus sent on those before, and did not arrive, is lost. It
	// must not block.
	regained(connection uint64)
	// probe asks Janus whether the session still exists.
	probe(ctx context.Context) error
	// admit waits until no claim is under way, and returns a channel that the
	// next claim closes when it is done. A claim makes Janus serve a new queue
	// of events: a poll that began before it waits on the old one for nothing.
	// It returns nil if ctx ended first.
	admit(ctx context.Context) (rewound <-chan struct{})
	lost(err error)
}
