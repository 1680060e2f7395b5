// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"encoding/json"

	"mod_janus/bridge/pool"
)

// message is a change as it stands in the channel, where a web application reads it too.
type message struct {
	Action string `json:"action"`
	Room   string `json:"room,omitempty"`
	Server string `json:"server"`
	From   string `json:"from,omitempty"`
	Epoch  uint64 `json:"epoch,omitempty"`
	By     string `json:"by"`
	URL    string `json:"url,omitempty"`
}

// Publish implements pool.Store. By is this switch.
func (s *Store) Publish(ctx context.Context, change pool.Change) error {
	change.By = s.name
	text, err := json.Marshal(message(change))
	if err != nil {
		return err
	}
	return s.request(ctx, func(ctx context.Context) error { return s.client.Publish(ctx, s.keys.events(), text).Err() })
}

// Watch implements pool.Store. What happens while there is no connection is not told.
func (s *Store) Watch(ctx context.Context, told func(pool.Change)) {
	subscription := s.client.Subscribe(ctx, s.keys.events())
	defer subscription.Close()
	messages := subscription.Channel()
	for {
		select {
		case received, open := <-messages:
			if !open {
				return
			}
			var m message
			if json.Unmarshal([]byte(received.Payload), &m) == nil {
				told(pool.Change(m))
			}
		case <-ctx.Done():
			return
		}
	}
}
