// SPDX-License-Identifier: MPL-2.0

package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"mod_janus/bridge/background"
	"mod_janus/bridge/console"
	"mod_janus/bridge/host"
)

const (
	mostPages  = 100                   // streams at once
	mostEvents = 4096                  // of the switch that wait for the hub
	gathering  = 40 * time.Millisecond // in which events become one message
)

// Hub is the switch, and what pages hear of: it passes the events that are fired on to the switch
// and, while there are pages, to their streams.
type Hub struct {
	host.Host
	now  now
	work *background.Group

	mu      sync.Mutex
	streams map[*stream]struct{}
	events  []host.Event // not told yet
	missed  bool         // some were dropped: pages have to begin anew
	running bool
	wake    chan struct{} // holds a token when there are events
}

// NewHub makes the hub of a switch.
func NewHub(to host.Host) *Hub {
	return &Hub{Host: to, streams: make(map[*stream]struct{}), wake: make(chan struct{}, 1)}
}

// Fire sends an event to the switch, and has pages told of it. It does not wait.
func (h *Hub) Fire(event host.Event) {
	h.Host.Fire(event)
	switch event.Subclass {
	case host.EventDTMF, host.EventRaw, host.EventArchive:
		return // keys may be PINs, and pages have no use for the others
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case len(h.streams) == 0:
		return
	case len(h.events) >= mostEvents:
		h.missed = true
	default:
		h.events = append(h.events, event)
	}
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// add enters a stream; false: there are too many.
func (h *Hub) add(s *stream) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.streams) >= mostPages {
		return false
	}
	h.streams[s] = struct{}{}
	if !h.running {
		h.running = true
		h.work.Go("the events of pages", func() {
			for !h.work.Guard("the events of pages", h.run) { // whatever has panicked is told to nobody
			}
		})
	}
	return true
}

// remove takes a stream out. The hub's goroutine ends with the last one.
func (h *Hub) remove(s *stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.streams, s)
	if len(h.streams) == 0 {
		select {
		case h.wake <- struct{}{}:
		default:
		}
	}
}

// named is the stream of a page.
func (h *Hub) named(id string) *stream {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.streams {
		if s.id == id {
			return s
		}
	}
	return nil
}

// run tells the streams of events as long as there are streams.
func (h *Hub) run() {
	for {
		<-h.wake
		time.Sleep(gathering)
		events, streams, missed := h.take()
		if streams == nil {
			return
		}
		messages := h.write(events)
		for _, s := range streams {
			if missed {
				s.end()
				continue
			}
			s.tell(messages)
		}
	}
}

// take takes what is to be told, and to whom; nobody: the hub's goroutine ends.
func (h *Hub) take() (events []host.Event, streams []*stream, missed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.streams) == 0 {
		h.running, h.events = false, nil
		return nil, nil, false
	}
	events, missed = h.events, h.missed
	h.events, h.missed = nil, false
	for s := range h.streams {
		streams = append(streams, s)
	}
	return events, streams, missed
}

// message is an event as streams send it.
type message struct {
	room string // server/room; only pages that show this room hear of it; "" is for all
	text []byte
}

// write makes messages of events. What was fired is told as it was, and beside it how the call or
// the server is now.
func (h *Hub) write(events []host.Event) (messages []message) {
	calls := make(map[string]bool)
	servers := make(map[string]bool)
	for _, event := range events {
		told := map[string]any{"uuid": event.UUID}
		for _, header := range event.Headers {
			if name := headerNames[header[0]]; name != "" {
				told[name] = header[1]
			}
		}
		m := message{}
		if event.Subclass == host.EventParticipant {
			m.room = fmt.Sprintf("%v/%v", told["server"], told["room"])
		}
		if name, _ := told["server"].(string); event.Subclass == host.EventServer {
			servers[name] = true
		}
		if event.Subclass == host.EventCall {
			calls[event.UUID] = true
		}
		m.text = sse(eventNames[event.Subclass], told)
		messages = append(messages, m)
	}
	for uuid := range calls {
		what := map[string]any{"uuid": uuid, "row": nil}
		if leg := h.now.Leg(uuid); leg != nil {
			what["row"] = console.CallNow(leg)
		}
		messages = append(messages, message{text: sse("row", what)})
	}
	if len(calls) > 0 || len(servers) > 0 {
		messages = append(messages, message{text: sse("servers", h.now.servers())})
	}
	return messages
}

// headerNames are the members of a message, by the headers of events.
var headerNames = map[string]string{
	host.HeaderAction: "action", host.HeaderServer: "server", host.HeaderRoom: "room", host.HeaderReason: "reason",
	host.HeaderOldRoom: "oldRoom", host.HeaderPool: "pool", host.HeaderOldServer: "oldServer", host.HeaderCalls: "calls", host.HeaderParticipantID: "id", host.HeaderParticipantDisplay: "display",
	host.HeaderReceiving: "receiving", host.HeaderReceiver: "receiver", host.HeaderUplink: "uplink", host.HeaderLost: "lost",
}

// eventNames are the names of messages, by the subclasses of events.
var eventNames = map[string]string{
	host.EventCall: "call", host.EventParticipant: "participant", host.EventServer: "server", host.EventMedia: "media", host.EventSlowLink: "slowlink",
	host.EventPool: "pool",
}

// sse is a server-sent event.
func sse(name string, what any) []byte {
	text, err := json.Marshal(what) // maps of strings and numbers always marshal
	if err != nil {
		return nil
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "event: %s\ndata: %s\n\n", name, text)
	return out.Bytes()
}
