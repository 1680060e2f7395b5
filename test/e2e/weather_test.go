// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// weather is what lies between a switch and the API of a real Janus: fair, or
// with faults at random, or one and the same.
type weather struct {
	over context.Context // ends with the test

	mu     sync.Mutex
	random *rand.Rand
	chance float64 // of a fault, at each message
	always string  // the one fault; "" for any
	met    map[string]int
}

func newWeather(t *testing.T, seed uint64) *weather {
	t.Helper()
	return &weather{over: t.Context(), random: rand.New(rand.NewPCG(seed, 0)), met: map[string]int{}} // #nosec G404 -- no secret
}

// set makes it foul with this chance, by one fault or by any; 0 makes it fair.
func (w *weather) set(chance float64, always string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.chance, w.always = chance, always
}

// pick draws what befalls the next message; "" is nothing.
func (w *weather) pick(faults []string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	fault := faults[w.random.IntN(len(faults))]
	if w.random.Float64() >= w.chance {
		return ""
	}
	if w.always != "" {
		fault = w.always
	}
	w.met[fault]++
	return fault
}

// faults are those that were met, and how often.
func (w *weather) faults() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.met)
}

// wait passes some of the limit; false if the other end has gone meanwhile.
func (w *weather) wait(ctx context.Context, limit time.Duration) bool {
	w.mu.Lock()
	d := time.Duration(w.random.Int64N(int64(limit)))
	w.mu.Unlock()
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
	case <-w.over.Done():
	}
	return false
}

// hang waits until the other end gives up.
func (w *weather) hang(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-w.over.Done():
	}
}

// What may befall a request of the REST API and its answer.
const (
	slow        = "slow"        // up to 1.5 s late, on the way there
	slowAnswer  = "slow answer" // ... on the way back: over REST, an event before its ack
	lost        = "lost"        // not delivered, and nothing comes back: a half-open connection
	unanswered  = "unanswered"  // delivered, and nothing comes back
	reset       = "reset"       // not delivered
	resetAfter  = "reset after" // delivered
	failed      = "500"
	cutShort    = "cut"         // half of the answer, and a reset
	halfJSON    = "half JSON"   // half of the answer, as if it were the whole
	doubled     = "doubled"     // the answer of a WebSocket, or each event of a poll, twice
	transaction = "transaction" // that of another request
	wrongID     = "wrong id"    // of session and sender
)

var restFaults = []string{
	slow, slowAnswer, lost, unanswered, reset, resetAfter, failed, cutShort, halfJSON, doubled, transaction, wrongID,
}

// rest is the URL at which the REST API of a Janus is met through the weather.
func (w *weather) rest(t *testing.T, target string) string {
	t.Helper()
	proxy := before(t, target)
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		fault := w.pick(restFaults)
		if !w.there(fault, out, r) {
			return
		}
		r.Body, r.ContentLength = bodyOf(text)
		answer := httptest.NewRecorder()
		proxy.ServeHTTP(answer, r)
		w.back(fault, out, r, answer)
	}))
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	return server.URL + "/janus"
}

// there does what befalls a request; true: it is delivered.
func (w *weather) there(fault string, out http.ResponseWriter, r *http.Request) bool {
	switch fault {
	case slow:
		return w.wait(r.Context(), 1500*time.Millisecond)
	case lost:
		w.hang(r.Context())
		return false
	case reset:
		panic(http.ErrAbortHandler)
	case failed:
		http.Error(out, "out of order", http.StatusInternalServerError)
		return false
	}
	return true
}

// back does what befalls its answer.
func (w *weather) back(fault string, out http.ResponseWriter, r *http.Request, answer *httptest.ResponseRecorder) {
	text := answer.Body.Bytes()
	switch fault {
	case slowAnswer:
		w.wait(r.Context(), 1500*time.Millisecond)
	case unanswered:
		w.hang(r.Context())
		return
	case resetAfter:
		panic(http.ErrAbortHandler)
	case cutShort:
		out.Header().Set("Content-Length", strconv.Itoa(len(text)))
		_, _ = out.Write(text[:len(text)/2])
		_ = http.NewResponseController(out).Flush()
		panic(http.ErrAbortHandler)
	case halfJSON:
		text = text[:len(text)/2]
	case doubled:
		text = twice(text)
	case transaction, wrongID:
		text = distort(fault, text)
	}
	out.Header().Set("Content-Type", "application/json")
	out.WriteHeader(answer.Code)
	_, _ = out.Write(text)
}

// twice has each event of a poll come twice; what is no poll stays.
func twice(text []byte) []byte {
	var events, all []json.RawMessage
	if json.Unmarshal(text, &events) != nil {
		return text
	}
	for _, event := range events {
		all = append(all, event, event)
	}
	return marshal(all)
}

// distort gives an answer, or each event of a poll, other ids.
func distort(fault string, text []byte) []byte {
	var events []map[string]json.RawMessage
	if json.Unmarshal(text, &events) != nil {
		events = make([]map[string]json.RawMessage, 1)
		if json.Unmarshal(text, &events[0]) != nil {
			return text
		}
	}
	for _, event := range events {
		switch {
		case fault == transaction && event["transaction"] != nil:
			event["transaction"] = json.RawMessage(`"nobody's"`)
		case fault == wrongID && event["sender"] != nil:
			event["sender"] = json.RawMessage(`4711`)
		case fault == wrongID && event["session_id"] != nil:
			event["session_id"] = json.RawMessage(`4711`)
		}
	}
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")) {
		return marshal(events)
	}
	return marshal(events[0])
}

func marshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

// overWS is a ws:// URL for an http:// one.
func overWS(url string) string { return "ws" + strings.TrimPrefix(url, "http") }
