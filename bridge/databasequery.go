// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
)

// query is one statement on a database. Nothing can interrupt it: a database that
// hangs costs this goroutine and a thread of the switch, until it answers or its
// driver gives up. Nobody waits for it longer than he wants to.
type query struct {
	began time.Time
	done  chan struct{} // closed when rows and err are there
	rows  host.Rows
	err   error
}

// query asks the database for its servers, unless a query from before is under way
// there. The caller holds e.reloading.
func (e *Engine) query(db config.Database) *query {
	if db.DSN == "" {
		return nil
	}
	if q := e.queries[db]; q != nil && !q.over() {
		return q
	}
	q := &query{began: time.Now(), done: make(chan struct{})}
	if e.queries == nil {
		e.queries = make(map[config.Database]*query)
	}
	e.queries[db] = q
	go e.work.Guard("the database", func() {
		defer close(q.done)
		q.err = errQueryPanicked
		q.rows, q.err = e.host.Query(db.DSN, "SELECT * FROM "+db.Table)
	})
	return q
}

var errQueryPanicked = errors.New("internal error, see the log")

func (q *query) over() bool {
	select {
	case <-q.done:
		return true
	default:
		return false
	}
}

// answered waits for the answer, as long as limit.
func (q *query) answered(ctx context.Context, limit time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	select {
	case <-q.done:
		return true
	case <-ctx.Done():
		return q.over()
	}
}

// wait returns the answer.
func (q *query) wait(ctx context.Context, limit time.Duration) (host.Rows, error) {
	if !q.answered(ctx, limit) {
		return host.Rows{}, fmt.Errorf("it has not answered for %s", time.Since(q.began).Round(time.Second))
	}
	return q.rows, q.err
}

// applyLate takes in the servers of a database that did not answer at load, once it
// does.
func (e *Engine) applyLate(cfg config.Config, asked *query) {
	select {
	case <-asked.done:
	case <-e.ctx.Done():
		return
	}
	e.reloading.Lock()
	defer e.reloading.Unlock()
	if e.reloaded {
		return
	}
	if e.addDatabase(&cfg, asked, 0) == nil {
		e.apply(cfg)
	}
}
