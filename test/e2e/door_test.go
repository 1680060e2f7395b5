// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// door stands before a real Janus's REST API and can hold requests back, or
// let candidates lead nowhere.
type door struct {
	URL string

	mu      sync.Mutex
	hold    string // requests that have this in them wait
	opened  chan struct{}
	polls   map[*http.Request]context.CancelFunc
	waiting int
	nowhere bool
}

// nobody is an address at which nobody is (RFC 5737).
const nobody = "192.0.2.1"

func newDoor(t *testing.T, j *realjanus.Janus) *door {
	t.Helper()
	d := &door{opened: make(chan struct{}), polls: map[*http.Request]context.CancelFunc{}}
	proxy := before(t, j.HTTP)
	proxy.ModifyResponse = func(r *http.Response) error {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		text = d.mislead(text)
		r.Body, r.ContentLength = bodyOf(text)
		r.Header.Set("Content-Length", strconv.Itoa(len(text)))
		return nil
	}
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, err error) {
		http.Error(w, err.Error(), http.StatusNotFound)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil || !d.pass(r, text) {
			http.Error(w, "the door is shut", http.StatusServiceUnavailable)
			return
		}
		text = d.mislead(text)
		r.Body, r.ContentLength = bodyOf(text)
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		d.mu.Lock()
		d.polls[r] = cancel
		d.mu.Unlock()
		defer func() {
			d.mu.Lock()
			defer d.mu.Unlock()
			delete(d.polls, r)
		}()
		proxy.ServeHTTP(w, r.WithContext(ctx))
	}))
	t.Cleanup(server.Close)
	t.Cleanup(d.open)
	d.URL = server.URL + "/janus"
	return d
}

// pass waits as long as the request is held; false if its sender has gone.
func (d *door) pass(r *http.Request, text []byte) bool {
	d.mu.Lock()
	opened, held := d.opened, d.hold != "" && bytes.Contains(text, []byte(d.hold))
	if held {
		d.waiting++
	}
	d.mu.Unlock()
	if !held {
		return true
	}
	select {
	case <-opened:
		return true
	case <-r.Context().Done():
		return false
	}
}

// mislead writes nobody's address in place of the one on which candidates meet.
func (d *door) mislead(text []byte) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.nowhere {
		return text
	}
	return []byte(strings.ReplaceAll(string(text), " "+lab.Address()+" ", " "+nobody+" "))
}

// shut holds what has these words in it, from now on.
func (d *door) shut(words string, nowhere bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hold, d.nowhere, d.waiting = words, nowhere, 0
}

// open lets everything through, what waits as well.
func (d *door) open() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hold, d.nowhere = "", false
	close(d.opened)
	d.opened = make(chan struct{})
}

// forget answers the polls of a session that wait with 404: a Janus whose Admin
// API destroys a session lets them wait to their end.
func (d *door) forget(session uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for r, cancel := range d.polls {
		if strings.Contains(r.URL.Path, strconv.FormatUint(session, 10)) {
			cancel()
		}
	}
}

// held counts the requests that came since it was shut.
func (d *door) held() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.waiting
}
