// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"fmt"
	"strconv"

	"mod_janus/bridge/pool"
)

// Lookup implements pool.Store.
func (s *Store) Lookup(ctx context.Context, room string) (held pool.Claim, err error) {
	err = s.request(ctx, func(ctx context.Context) error {
		values, err := s.client.HMGet(ctx, s.keys.room(room), "server", "epoch").Result()
		if err == nil {
			held = claimOf(values)
		}
		return err
	})
	return held, err
}

// Claim implements pool.Store. A claim that was sent twice, since the answer was lost, is not New.
func (s *Store) Claim(ctx context.Context, room, want, from string) (held pool.Claim, err error) {
	err = s.request(ctx, func(ctx context.Context) error {
		answer, err := claim.Run(ctx, s.client, []string{s.keys.room(room), s.keys.epoch()},
			want, from, s.name, s.lease.Milliseconds(), s.keys.events(), room, s.publicURL(want)).Slice()
		if err != nil {
			return err
		}
		if len(answer) != 3 {
			return fmt.Errorf("the script claim answered %d values, want 3", len(answer))
		}
		held = claimOf(answer)
		held.New = answer[2] == int64(1)
		return nil
	})
	return held, err
}

// claimOf reads server and epoch as Redis answers them.
func claimOf(values []any) (held pool.Claim) {
	held.Server, _ = values[0].(string)
	switch epoch := values[1].(type) {
	case int64:
		held.Epoch = uint64(max(epoch, 0))
	case string:
		held.Epoch, _ = strconv.ParseUint(epoch, 10, 64)
	}
	return held
}

// renewedAtOnce bounds how long one script keeps Redis from everything else.
const renewedAtOnce = 100

// Renew implements pool.Store. Each hundred rooms are one request.
func (s *Store) Renew(ctx context.Context, rooms []pool.Held) ([]pool.Claim, error) {
	all := make([]pool.Claim, 0, len(rooms))
	for len(rooms) > 0 {
		some := rooms[:min(len(rooms), renewedAtOnce)]
		rooms = rooms[len(some):]
		now, err := s.renew(ctx, some)
		if err != nil {
			return nil, err
		}
		all = append(all, now...)
	}
	return all, nil
}

func (s *Store) renew(ctx context.Context, rooms []pool.Held) (now []pool.Claim, err error) {
	names, args := []string{s.keys.epoch()}, []any{s.name, s.lease.Milliseconds()}
	for _, r := range rooms {
		names = append(names, s.keys.room(r.Room))
		args = append(args, r.Server, r.Epoch)
	}
	err = s.request(ctx, func(ctx context.Context) error {
		answer, err := renew.Run(ctx, s.client, names, args...).Slice()
		if err != nil {
			return err
		}
		if len(answer) != 2*len(rooms) {
			return fmt.Errorf("the script renew answered %d values, want %d", len(answer), 2*len(rooms))
		}
		for i := range rooms {
			now = append(now, claimOf(answer[2*i:2*i+2]))
		}
		return nil
	})
	return now, err
}

// Release implements pool.Store.
func (s *Store) Release(ctx context.Context, room string, held pool.Claim) error {
	return s.request(ctx, func(ctx context.Context) error {
		return release.Run(ctx, s.client, []string{s.keys.room(room)}, held.Server, held.Epoch, s.name, s.keys.events(), room).Err()
	})
}
