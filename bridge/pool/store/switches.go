// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/redis/go-redis/v9"

	"mod_janus/bridge/config"
	"mod_janus/bridge/pool"
)

// What a report says of a server.
const (
	reportUp   = "up"
	reportDown = "down"
)

// Report implements pool.Store. A report counts for config.ViewLease.
func (s *Store) Report(ctx context.Context, up map[string]bool) error {
	return s.request(ctx, func(ctx context.Context) error {
		_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
			key := s.keys.view(s.name)
			p.Del(ctx, key)
			for server, seen := range up {
				word := reportDown
				if seen {
					word = reportUp
				}
				p.HSet(ctx, key, server, word)
			}
			p.PExpire(ctx, key, config.ViewLease)
			p.SAdd(ctx, s.keys.switches(), s.name)
			return nil
		})
		return err
	})
}

// unreport takes this switch's report back.
func (s *Store) unreport(ctx context.Context) error {
	return s.request(ctx, func(ctx context.Context) error {
		_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.Del(ctx, s.keys.view(s.name))
			p.SRem(ctx, s.keys.switches(), s.name)
			return nil
		})
		return err
	})
}

// Views implements pool.Store. Switches that report no more are forgotten.
func (s *Store) Views(ctx context.Context) (views map[string]map[string]bool, err error) {
	views = make(map[string]map[string]bool)
	err = s.request(ctx, func(ctx context.Context) error {
		reports, err := s.members(ctx, s.keys.switches(), s.keys.view)
		for name, report := range reports {
			if name == s.name {
				continue
			}
			views[name] = make(map[string]bool)
			for server, word := range report {
				views[name][server] = word == reportUp
			}
		}
		return err
	})
	return views, err
}

// members reads the hashes of the members of a set, and takes those out of the set whose hash has
// ended.
func (s *Store) members(ctx context.Context, set string, key func(string) string) (map[string]map[string]string, error) {
	names, err := s.client.SMembers(ctx, set).Result()
	if err != nil || len(names) == 0 {
		return nil, err
	}
	read := make([]*redis.MapStringStringCmd, len(names))
	if _, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, name := range names {
			read[i] = p.HGetAll(ctx, key(name))
		}
		return nil
	}); err != nil {
		return nil, err
	}
	hashes := make(map[string]map[string]string)
	var ended []any
	for i, name := range names {
		if hash := read[i].Val(); len(hash) > 0 {
			hashes[name] = hash
		} else {
			ended = append(ended, name)
		}
	}
	if len(ended) > 0 {
		err = s.client.SRem(ctx, set, ended...).Err()
	}
	return hashes, err
}

// cordoned is who keeps new rooms from a server, and since when.
type cordoned struct {
	By string `json:"by"`
	At int64  `json:"at"` // seconds since 1970 by Redis's clock
}

// Cordon implements pool.Store.
func (s *Store) Cordon(ctx context.Context, server, by string, on bool) error {
	word := 0
	if on {
		word = 1
	}
	return s.request(ctx, func(ctx context.Context) error {
		return cordon.Run(ctx, s.client, []string{s.keys.cordon()}, server, word, by, s.name, s.keys.events()).Err()
	})
}

// Cordoned implements pool.Store.
func (s *Store) Cordoned(ctx context.Context) (servers map[string]string, err error) {
	servers = make(map[string]string)
	err = s.request(ctx, func(ctx context.Context) error {
		all, err := s.client.HGetAll(ctx, s.keys.cordon()).Result()
		for server, text := range all {
			var c cordoned
			if json.Unmarshal([]byte(text), &c) != nil {
				c.By = text // which somebody has set by hand
			}
			servers[server] = c.By
		}
		return err
	})
	return servers, err
}

// MayAsk tells whether this switch is the one to ask a server for its load now: one switch is, for
// config.LoadTurn.
func (s *Store) MayAsk(ctx context.Context, server string) (mine bool, err error) {
	err = s.request(ctx, func(ctx context.Context) error {
		err := s.client.SetArgs(ctx, s.keys.loadBy(server), s.name, redis.SetArgs{Mode: "NX", TTL: config.LoadTurn}).Err()
		mine = err == nil
		if errors.Is(err, redis.Nil) {
			return nil
		}
		return err
	})
	return mine, err
}

// The two numbers of a load.
const (
	loadParticipants = "participants"
	loadRooms        = "rooms"
)

// Load implements pool.Store. A load counts for config.LoadLease.
func (s *Store) Load(ctx context.Context, server string, load pool.Load) error {
	return s.request(ctx, func(ctx context.Context) error {
		_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.HSet(ctx, s.keys.load(server), loadParticipants, load.Participants, loadRooms, load.Rooms)
			p.PExpire(ctx, s.keys.load(server), config.LoadLease)
			p.SAdd(ctx, s.keys.loads(), server)
			return nil
		})
		return err
	})
}

// Loads implements pool.Store.
func (s *Store) Loads(ctx context.Context) (loads map[string]pool.Load, err error) {
	loads = make(map[string]pool.Load)
	err = s.request(ctx, func(ctx context.Context) error {
		hashes, err := s.members(ctx, s.keys.loads(), s.keys.load)
		for server, hash := range hashes {
			var load pool.Load
			load.Participants, _ = strconv.Atoi(hash[loadParticipants])
			load.Rooms, _ = strconv.Atoi(hash[loadRooms])
			loads[server] = load
		}
		return err
	})
	return loads, err
}
