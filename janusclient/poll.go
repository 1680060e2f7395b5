// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// upAfter is how long a poll must be held open by Janus, after a fault, to count
// as good: Janus sends nothing, not even headers, until it has events.
const upAfter = time.Second

// poller keeps one long poll open for one session.
type poller struct {
	rest    *rest
	session uint64
	to      listener
	backoff *backoff.ExponentialBackOff
	down    bool // told so to the listener
}

// listen implements transport. After each fault it waits, asks Janus whether
// the session still exists, and polls again.
func (t *rest) listen(ctx context.Context, session uint64, to listener) {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval = 100*time.Millisecond, time.Second
	p := &poller{rest: t, session: session, to: to, backoff: b}
	for ctx.Err() == nil {
		messages, err := p.poll(ctx)
		if ctx.Err() != nil {
			return
		}
		for _, m := range messages {
			if hasCode(m.refusal("poll"), CodeSessionNotFound) {
				to.lost(m.refusal("poll"))
				return
			}
			to.deliver(m)
		}
		if err == nil {
			p.up()
			continue
		}
		if !p.recover(ctx, err) {
			return
		}
	}
}

// recover waits until another poll makes sense; false if none ever will.
func (p *poller) recover(ctx context.Context, err error) bool {
	for err != nil {
		if hasCode(err, CodeSessionNotFound) {
			p.to.lost(err)
			return false
		}
		p.down = true
		p.to.state(false, err)
		if !pause(ctx, p.backoff.NextBackOff()) {
			return false
		}
		if err = p.to.probe(ctx); ctx.Err() != nil {
			return false
		}
	}
	return true
}

// up is told after every good poll.
func (p *poller) up() {
	p.backoff.Reset()
	if p.down {
		p.down = false
		p.to.state(true, nil)
	}
}

// batch is the outcome of one poll.
type batch struct {
	messages []*message
	err      error
}

// poll makes one long poll. It ends early when the session was claimed.
func (p *poller) poll(ctx context.Context) ([]*message, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, p.rest.cfg.PollTimeout, ErrTimeout)
	defer cancel()
	rewound := p.to.admit(ctx)
	answer := make(chan batch, 1)
	go func() {
		defer rescue(p.rest.cfg.Logger, "a poll", func(err error) { answer <- batch{err: err} })
		messages, err := p.exchange(ctx)
		answer <- batch{messages, err}
	}()
	var held <-chan time.Time
	if p.down {
		timer := time.NewTimer(upAfter)
		defer timer.Stop()
		held = timer.C
	}
	for {
		select {
		case b := <-answer:
			return b.messages, b.err
		case <-held:
			p.up()
			held = nil
		case <-rewound:
			cancel()
			// It may have been answered just now: then its events count.
			if b := <-answer; b.err == nil {
				return b.messages, nil
			}
			return nil, nil
		}
	}
}

// exchange is the HTTP request of a poll (manual: "Long-poll requests"). rid
// keeps caches from answering in Janus's place.
func (p *poller) exchange(ctx context.Context) ([]*message, error) {
	t := p.rest
	target := t.endpoint(address{session: p.session})
	query := url.Values{
		"maxev": {strconv.Itoa(t.cfg.MaxEvents)},
		"rid":   {strconv.FormatInt(time.Now().UnixMilli(), 10)},
	}
	if t.cfg.Secret != "" {
		query.Set("apisecret", t.cfg.Secret)
	}
	if token := t.cfg.token(); token != "" {
		query.Set("token", token)
	}
	target.RawQuery = query.Encode()
	raw, err := t.exchange(ctx, "poll", http.MethodGet, target, nil)
	if err != nil {
		if errors.Is(context.Cause(ctx), ErrTimeout) {
			return nil, callError(ctx, "poll", t.cfg.PollTimeout)
		}
		return nil, err
	}
	messages, err := parseBatch(raw)
	if err != nil {
		return messages, t.fault("poll", target, strange(raw), err)
	}
	return messages, nil
}
