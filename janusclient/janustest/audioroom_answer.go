// SPDX-License-Identifier: MPL-2.0

package janustest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// answer translates what the Server sends, one message or an array of them. What
// is not for the plugin, or cannot be read, stays as it is.
func (a *AudioRoomServer) answer(raw []byte) []byte {
	defer a.sweep()
	var batch []json.RawMessage
	if json.Unmarshal(raw, &batch) == nil {
		for i := range batch {
			batch[i] = a.message(batch[i])
		}
		return mustJSON(batch)
	}
	return a.message(raw)
}

// message translates one message.
func (a *AudioRoomServer) message(raw []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber() // ids are exact
	var message object
	if decoder.Decode(&message) != nil || message == nil {
		return raw
	}
	transaction, _ := message["transaction"].(string)
	a.lock.Lock()
	defer a.lock.Unlock()
	ticket := a.pending[transaction]
	if ticket == nil {
		ticket = &audioRoomTicket{}
	}
	if plugins, ok := message["plugins"].(object); ok {
		plugins[audioRoomName] = object{"name": "CM audioroom plugin", "version": 1, "version_string": "0.0.1"}
		return mustJSON(message)
	}
	if data, ok := message["data"].(object); ok && ticket.attach {
		a.handles[number(data["id"])] = true
	}
	handle := number(message["sender"])
	plugin, ok := message["plugindata"].(object)
	if !ok || !a.handles[handle] {
		return raw
	}
	if ticket.silent && message["janus"] == "event" {
		return mustJSON(object{"janus": "keepalive"})
	}
	plugin["plugin"] = audioRoomName
	if ticket.refusal != nil {
		plugin["data"] = ticket.refusal
		return mustJSON(message)
	}
	if data, ok := plugin["data"].(object); ok {
		plugin["data"] = a.data(data, ticket.request, handle)
	}
	return mustJSON(message)
}

// number reads an id that came as a number or a string.
func number(value any) uint64 {
	n, _ := strconv.ParseUint(fmt.Sprint(value), 10, 64)
	return n
}

// data translates what AudioBridge said. a.lock is held.
func (a *AudioRoomServer) data(data object, request string, handle uint64) object {
	kind := data["audiobridge"]
	delete(data, "audiobridge")
	data["audioroom"] = kind
	if reason, ok := data["error"].(string); ok {
		reason = strings.NewReplacer(otherwise, "", "(id", "(userid", "(room", "(id").Replace(reason)
		data["error"] = strings.Replace(reason, "Missing mandatory element", "Missing element", 1)
		return data
	}
	if request == "resetdecoder" {
		if a.whereabouts(handle) == nil {
			return object{"audioroom": "event", "error_code": audiobridge.CodeNotJoined, "error": "Can't reset (not in a room)"}
		}
		return object{"audioroom": "success"}
	}
	if id, there := data["id"]; there {
		data["userid"] = number(id)
		delete(data, "id")
	}
	if id, there := data["room"]; there {
		data["id"] = id
		delete(data, "room")
	}
	if data["result"] != nil {
		if r := a.whereabouts(handle); r != nil {
			data["id"] = r.id
		}
	}
	a.members(data)
	switch kind {
	case "joined", "roomchanged":
		if data["userid"] != nil {
			data["uid"] = uid(data["id"])
		}
	case "destroyed":
		delete(data, "permanent")
	case "left":
		a.left(data)
		return object{"audioroom": "event", "id": data["id"], "leaving": data["userid"]}
	}
	return data
}

// members translates what is inside of the data.
func (a *AudioRoomServer) members(data object) {
	for _, key := range []string{"leaving", "kicked"} {
		if id, there := data[key]; there {
			data[key] = number(id)
		}
	}
	if exists, there := data["exists"]; there {
		data["exists"] = fmt.Sprint(exists)
	}
	people, _ := data["participants"].([]any)
	for i := range people {
		p, _ := people[i].(object)
		told := object{"userid": number(p["id"]), "muted": fmt.Sprint(p["muted"])}
		if p["display"] != nil {
			told["display"] = p["display"]
		}
		people[i] = told
	}
	list, _ := data["list"].([]any)
	for i := range list {
		r, _ := list[i].(object)
		list[i] = object{
			"id": r["room"], "uid": uid(r["room"]), "description": r["description"],
			"sampling_rate": r["sampling_rate"], "record": "true", "num_participants": r["num_participants"],
		}
	}
}

// left keeps the room if it is empty now. a.lock is held.
func (a *AudioRoomServer) left(data object) {
	name, _ := data["id"].(string)
	id := janusclient.StringID(name)
	if a.leaves[id] > 0 {
		a.leaves[id]--
	}
	a.kept[id] = true
}

// uid stands for the plugin's random name of a room's life.
func uid(room any) string { return fmt.Sprintf("uid-of-%v", room) }
