// SPDX-License-Identifier: MPL-2.0

package web

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/background"
	"mod_janus/bridge/host"
	"mod_janus/bridge/host/hosttest"
)

// listening is a page of a hub that takes nothing; done is closed when it is dropped.
func listening(t *testing.T, h *Hub) (s *stream, done <-chan struct{}) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s = &stream{queue: make(chan []byte, mostWaiting), end: cancel}
	require.NoError(t, s.show(&shown{}))
	require.True(t, h.add(s))
	return s, ctx.Done()
}

func newTestHub(t *testing.T) *Hub {
	t.Helper()
	h := NewHub(hosttest.New(""))
	h.work = background.NewGroup(h.Host)
	t.Cleanup(h.work.Wait)
	return h
}

// A page that takes nothing is dropped, and the others go on.
func TestSlowPage(t *testing.T) {
	h := newTestHub(t)
	slow, dropped := listening(t, h)
	quick, _ := listening(t, h)
	defer h.remove(slow)
	defer h.remove(quick)
	for range mostWaiting {
		slow.queue <- nil
	}
	h.Fire(host.Event{Subclass: host.EventMedia, UUID: "last"})
	<-dropped
	require.Contains(t, string(<-quick.queue), "event: media\ndata: {")
}

// What comes faster than pages can be told is not kept: they begin anew.
func TestTooManyEvents(t *testing.T) {
	h := newTestHub(t)
	s, dropped := listening(t, h)
	defer h.remove(s)
	for range 2 * mostEvents {
		h.Fire(host.Event{Subclass: host.EventMedia})
	}
	<-dropped
}

// Without pages an event costs nothing, keys are told to no page, and the hub's goroutine ends with
// the last page.
func TestHubWithoutPages(t *testing.T) {
	h := newTestHub(t)
	h.Fire(host.Event{Subclass: host.EventMedia})
	require.Empty(t, h.events)
	for range 3 {
		s, _ := listening(t, h)
		h.Fire(host.Event{Subclass: host.EventDTMF, Headers: [][2]string{{host.HeaderDTMFDigit, "7"}}})
		require.Empty(t, h.events)
		h.remove(s)
		h.work.Wait()
		require.False(t, h.running)
	}
	require.Len(t, h.Host.(*hosttest.Host).Events, 4, "the switch has heard all")
}

// An event for pages of one room reaches no other page.
func TestRoomsOfPages(t *testing.T) {
	h := newTestHub(t)
	here, _ := listening(t, h)
	there, _ := listening(t, h)
	require.NoError(t, here.show(&shown{Room: "demo/1"}))
	require.NoError(t, there.show(&shown{Room: "demo/2"}))
	h.Fire(host.Event{Subclass: host.EventParticipant, Headers: [][2]string{{host.HeaderServer, "demo"}, {host.HeaderRoom, "1"}, {host.HeaderAction, "talking"}}})
	text := string(<-here.queue)
	require.True(t, strings.HasPrefix(text, "event: participant\n"), text)
	require.Contains(t, text, `"action":"talking"`)
	require.Empty(t, there.queue)
	h.remove(here)
	h.remove(there)
}
