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
	copies  copies // of the goroutine of the poll
	down    bool   // told so to the listener
	lost    bool   // the session is
}

// listen implements transport. After each fault it waits, asks Janus whether
// the session still exists, and polls again.
func (t *rest) listen(ctx context.Context, session uint64, to listener) {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval = 100*time.Millisecond, time.Second
	p := &poller{rest: t, session: session, to: to, backoff: b}
	for ctx.Err() == nil {
		err := p.poll(ctx)
		switch {
		case ctx.Err() != nil || p.lost:
			return
		case err == nil:
			p.up()
		case !p.recover(ctx, err):
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

// poll makes one long poll, and delivers what comes as soon as it is here. It
// ends early when the session was claimed.
func (p *poller) poll(parent context.Context) error {
	ctx, cancel := context.WithTimeoutCause(parent, p.rest.cfg.PollTimeout, ErrTimeout)
	defer cancel()
	rewound := p.to.admit(ctx)
	arrived, ended, answered := make(chan []*message), make(chan error, 1), make(chan struct{})
	go func() {
		defer rescue(&p.rest.cfg, "a poll", func(err error) { ended <- err })
		ended <- p.exchange(ctx, func() { close(answered) }, func(batch []*message) { arrived <- batch })
	}()
	var held <-chan time.Time
	if p.down {
		timer := time.NewTimer(upAfter)
		defer timer.Stop()
		held = timer.C
	}
	over := false // a claim has made the poll pointless
	for {
		select {
		case batch := <-arrived: // always taken, or the exchange would not end
			for _, m := range batch {
				if parent.Err() == nil && !p.lost && !p.deliver(m) {
					cancel()
				}
			}
		case err := <-ended:
			if over {
				return nil
			}
			return err
		case <-held:
			p.up()
			held = nil
		case <-rewound:
			over, rewound = true, nil
			select {
			case <-answered: // what is on its way counts, unless it has got stuck
				defer time.AfterFunc(upAfter, cancel).Stop()
			default:
				cancel()
			}
		}
	}
}

// deliver hands a message on; false if it says that the session is lost.
func (p *poller) deliver(m *message) bool {
	if refusal := m.refusal("poll"); hasCode(refusal, CodeSessionNotFound) {
		p.lost = true
		p.to.lost(refusal)
		return false
	}
	p.to.deliver(m)
	return true
}

// exchange is the HTTP request of a poll (manual: "Long-poll requests"). rid
// keeps caches from answering in Janus's place.
func (p *poller) exchange(ctx context.Context, answered func(), take func([]*message)) error {
	t := p.rest
	target := t.endpoint(address{session: p.session})
	query := target.Query()
	query.Set("maxev", strconv.Itoa(t.cfg.MaxEvents))
	query.Set("rid", strconv.FormatInt(time.Now().UnixMilli(), 10))
	if t.cfg.Secret != "" {
		query.Set("apisecret", t.cfg.Secret)
	}
	if token := t.cfg.token(); token != "" {
		query.Set("token", token)
	}
	target.RawQuery = query.Encode()
	response, err := t.open(ctx, "poll", http.MethodGet, target, nil)
	if err == nil {
		defer response.Body.Close()
		answered()
		if response.StatusCode == http.StatusOK {
			err = p.events(target, response, take)
		} else {
			_, err = t.whole("poll", target, response)
		}
	}
	if err != nil && errors.Is(context.Cause(ctx), ErrTimeout) {
		return callError(ctx, "poll", t.cfg.PollTimeout)
	}
	return err
}

// events takes the messages of a poll one by one: what is wrong with one, or with
// the end, does not take the others with it. Those that have come together are given
// to take together.
func (p *poller) events(target *url.URL, response *http.Response, take func([]*message)) error {
	t := p.rest
	var bad error
	var size int64
	var batch []*message
	fault := func(what string, err error) *TransportError { return t.fault("poll", target, what, err) }
	add := func(m *message, text []byte) {
		if m.fault == nil {
			t.cfg.debug("recv", text)
		}
		m.connection = t.connection.Load()
		batch = append(batch, m)
	}
	give := func() {
		if len(batch) > 0 {
			take(batch)
			batch = nil
		}
	}
	s := &splitter{limit: t.cfg.MaxMessageSize, pauses: give}
	s.take = func(in *intake) {
		size += in.size
		m, err := in.message(fault)
		var large *TransportError
		switch {
		case errors.As(err, &large):
			bad = large
		case err != nil:
			bad = fault(strange(in.kept), err)
		default:
			add(m, in.kept)
			p.copies.learn(m)
		}
	}
	s.known = func(text []byte) (end int) {
		m, length, end := p.copies.element(text)
		if m == nil || int64(length) > t.cfg.MaxMessageSize {
			return 0
		}
		size += int64(length)
		add(m, text[:length])
		return end
	}
	err := s.read(response.Body)
	give()
	switch {
	case errors.Is(err, errTrailing):
		return fault("an answer that is not a Janus message", err)
	case err != nil:
		return t.cut("poll", target, response, size, err)
	}
	return bad
}
