// SPDX-License-Identifier: MPL-2.0

package store

import "github.com/redis/go-redis/v9"

// keys are the names of what is kept for a pool. The pool's name is their hash tag, so that a
// Cluster keeps them on one node, where scripts can use them together.
type keys string

func keysOf(pool string) keys { return keys("janus:{" + pool + "}:") }

func (k keys) room(room string) string   { return string(k) + "room:" + room }
func (k keys) view(name string) string   { return string(k) + "view:" + name }
func (k keys) load(name string) string   { return string(k) + "load:" + name }
func (k keys) loadBy(name string) string { return string(k) + "load-by:" + name }
func (k keys) switches() string          { return string(k) + "switches" }
func (k keys) loads() string             { return string(k) + "loads" }
func (k keys) cordon() string            { return string(k) + "cordon" }
func (k keys) epoch() string             { return string(k) + "epoch" }
func (k keys) probe() string             { return string(k) + "probe" }
func (k keys) events() string            { return string(k) + "events" }

// claim gives a room that is free, or whose server is `from`, a server and a new epoch. A room of
// another server stays as it is, and its lease begins anew.
//
// Keys: the room, the last epoch. Arguments: server, from, switch, lease in ms, channel, room, URL.
var claim = redis.NewScript(`
local held = redis.call('HMGET', KEYS[1], 'server', 'epoch')
if held[1] and held[1] ~= ARGV[2] then
	redis.call('PEXPIRE', KEYS[1], ARGV[4])
	return {held[1], tonumber(held[2]) or 0, 0}
end
local epoch = redis.call('INCR', KEYS[2])
redis.call('HSET', KEYS[1], 'server', ARGV[1], 'epoch', epoch, 'by', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
local action = 'placed'
if ARGV[2] ~= '' then action = 'moved' end
redis.call('PUBLISH', ARGV[5], cjson.encode({action = action, room = ARGV[6], server = ARGV[1],
	from = ARGV[2], epoch = epoch, by = ARGV[3], url = ARGV[7]}))
return {ARGV[1], epoch, 1}
`)

// renew begins leases anew, and sets those again that were lost. Where another server stands, the
// higher epoch counts; 0 is the epoch of who has placed the room without Redis.
//
// Keys: the last epoch, the rooms. Arguments: switch, lease in ms, then server and epoch of each.
var renew = redis.NewScript(`
local answer = {}
for i = 2, #KEYS do
	local server, epoch = ARGV[2 * i - 1], tonumber(ARGV[2 * i])
	local held = redis.pcall('HMGET', KEYS[i], 'server', 'epoch')
	if held.err then
		answer[#answer + 1], answer[#answer + 2] = '', 0
	else
		local current, at = held[1], tonumber(held[2]) or 0
		if not current or current ~= server and epoch > at then
			if epoch == 0 then
				epoch = redis.call('INCR', KEYS[1])
			elseif epoch > (tonumber(redis.call('GET', KEYS[1])) or 0) then
				redis.call('SET', KEYS[1], epoch)
			end
			redis.call('HSET', KEYS[i], 'server', server, 'epoch', epoch, 'by', ARGV[1])
			current, at = server, epoch
		end
		if current == server then
			redis.call('PEXPIRE', KEYS[i], ARGV[2])
		end
		answer[#answer + 1], answer[#answer + 2] = current, at
	end
end
return answer
`)

// release forgets a room whose server and epoch are still those of the caller.
//
// Keys: the room. Arguments: server, epoch, switch, channel, room.
var release = redis.NewScript(`
local held = redis.call('HMGET', KEYS[1], 'server', 'epoch')
if held[1] ~= ARGV[1] or held[2] ~= ARGV[2] then
	return 0
end
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[4], cjson.encode({action = 'released', room = ARGV[5], server = ARGV[1],
	epoch = tonumber(ARGV[2]), by = ARGV[3]}))
return 1
`)

// cordon keeps new rooms from a server, or lets them to it again.
//
// Keys: the cordoned servers. Arguments: server, 1 or 0, who, switch, channel.
var cordon = redis.NewScript(`
local changed
if ARGV[2] == '1' then
	local at = tonumber(redis.call('TIME')[1])
	changed = redis.call('HSET', KEYS[1], ARGV[1], cjson.encode({by = ARGV[3], at = at}))
else
	changed = redis.call('HDEL', KEYS[1], ARGV[1])
end
if changed == 1 then
	local action = 'uncordoned'
	if ARGV[2] == '1' then action = 'cordoned' end
	redis.call('PUBLISH', ARGV[5], cjson.encode({action = action, server = ARGV[1], by = ARGV[4]}))
end
return changed
`)
