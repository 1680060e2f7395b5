// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"bufio"
	"fmt"
	"io"
	"net/textproto"
	"strings"
	"sync"
	"time"
)

// Events are those of a switch from Watch on, as they come in.
type Events struct {
	esl  *esl
	done chan struct{}

	mu  sync.Mutex
	all []textproto.MIMEHeader // headers percent-encoded, as the event socket sends them, and the Body, if any
}

// Watch subscribes to events: "CHANNEL_PROGRESS CUSTOM janus::call", say.
func (s *Switch) Watch(names string) (*Events, error) {
	e, err := dialESL(s.addr, s.password)
	if err != nil {
		return nil, err
	}
	reply, _, err := e.send("event plain "+names, eslPatience)
	if err == nil && !strings.HasPrefix(reply.Get("Reply-Text"), "+OK") {
		err = fmt.Errorf("event socket: %s", reply.Get("Reply-Text"))
	}
	if err != nil {
		e.close()
		return nil, err
	}
	w := &Events{esl: e, done: make(chan struct{})}
	_ = e.conn.SetDeadline(time.Time{})
	go w.run()
	return w, nil
}

func (w *Events) run() {
	defer close(w.done)
	for {
		header, body, err := w.esl.read()
		if err != nil {
			return
		}
		if header.Get("Content-Type") != "text/event-plain" {
			continue
		}
		text := bufio.NewReader(strings.NewReader(body))
		event, err := textproto.NewReader(text).ReadMIMEHeader()
		if err == nil {
			if rest, _ := io.ReadAll(text); len(rest) > 0 {
				event.Set("Body", string(rest))
			}
			w.mu.Lock()
			w.all = append(w.all, event)
			w.mu.Unlock()
		}
	}
}

// Find returns the events with all of these headers (name, value, name, value,
// ...), oldest first.
func (w *Events) Find(headers ...string) []textproto.MIMEHeader {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []textproto.MIMEHeader
	for _, event := range w.all {
		matches := true
		for i := 0; i+1 < len(headers); i += 2 {
			matches = matches && event.Get(headers[i]) == headers[i+1]
		}
		if matches {
			found = append(found, event)
		}
	}
	return found
}

// Close ends the subscription.
func (w *Events) Close() {
	w.esl.close()
	<-w.done
}
