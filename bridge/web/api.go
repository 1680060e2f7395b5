// SPDX-License-Identifier: MPL-2.0

package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"unicode"

	"mod_janus/bridge/config"
	"mod_janus/bridge/console"
	"mod_janus/bridge/host"
)

// api has everything served that the page needs.
func (w *Web) api() {
	get := func(pattern string, command ...string) {
		w.Handle("GET "+pattern, View, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.serveCommand(rw, r, command) }))
	}
	get("/api/calls", "calls")
	get("/api/calls/{uuid}", "calls", "{uuid}")
	get("/api/rooms/{server}", "rooms", "{server}")
	get("/api/room/{server}/{room}", "participants", "{server}", "{room}")
	get("/api/info/{server}/{uuid}", "admin", "{server}", "info", "{uuid}")
	get("/api/pools", "pools")
	get("/api/pool/{pool}", "pool", "{pool}")
	for pattern, serve := range map[string]http.HandlerFunc{
		"GET /api/where/{pool}/{room}": w.serveWhere,

		"GET /api/servers": func(rw http.ResponseWriter, _ *http.Request) { answer(rw, http.StatusOK, w.env.Hub.now.servers()) },
		"GET /api/stream":  w.serveStream, "POST /api/stream/{id}": w.serveShown,
	} {
		w.Handle(pattern, View, serve)
	}
	for pattern, serve := range map[string]http.HandlerFunc{
		"POST /api/command": w.serveAction, "POST /api/rooms/{server}/{room}/audio": w.serveJoin,
		"PATCH /api/audio/{id}": w.serveMute, "DELETE /api/audio/{id}": w.serveLeave,
	} {
		w.Handle(pattern, Operate, serve)
	}
}

// serveCommand answers with the output of a command of the console, of which some words are of the
// path.
func (w *Web) serveCommand(rw http.ResponseWriter, r *http.Request, command []string) {
	var line []string
	for _, word := range command {
		if name, ok := strings.CutPrefix(word, "{"); ok {
			word = r.PathValue(strings.TrimSuffix(name, "}"))
			if word == "" || config.CheckText(word) != nil || strings.ContainsFunc(word, unicode.IsSpace) {
				refuse(rw, http.StatusBadRequest, fmt.Sprintf("%q is empty, or has spaces or control characters", word))
				return
			}
		}
		line = append(line, word)
	}
	text := w.env.Hub.now.Command(strings.Join(line, " ") + " as json")
	if why, wrong := strings.CutPrefix(text, "-ERR "); wrong {
		refuse(rw, http.StatusBadGateway, strings.TrimSpace(why))
		return
	}
	answer(rw, http.StatusOK, json.RawMessage(text))
}

// result is how an action went.
type result struct {
	OK   bool            `json:"ok"`
	Text string          `json:"text"`           // what the console prints after +OK or -ERR
	Data json.RawMessage `json:"data,omitempty"` // what it prints as JSON
}

// serveAction is POST /api/command.
func (w *Web) serveAction(rw http.ResponseWriter, r *http.Request) {
	var command console.Remote
	if !readJSON(rw, r, &command) {
		return
	}
	output, err := w.env.Hub.now.Run(command)
	if err != nil {
		refuse(rw, http.StatusBadRequest, err.Error())
		return
	}
	output = strings.TrimSpace(output)
	done := result{OK: !strings.HasPrefix(output, "-ERR")}
	if json.Valid([]byte(output)) && done.OK {
		done.Data = json.RawMessage(output)
	} else {
		done.Text = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(output, "-ERR"), "+OK"))
	}
	outcome := "done"
	if !done.OK {
		outcome = done.Text
	}
	w.note(r, "%s: %s", command, outcome)
	answer(rw, http.StatusOK, done)
}

// note logs what a user has done.
func (w *Web) note(r *http.Request, format string, args ...any) {
	w.logf(host.LevelNotice, "HTTP: %s: %s", visitorOf(r).name, fmt.Sprintf(format, args...))
}

// hasType tells whether the body of a request is of this type; otherwise it answers.
func hasType(rw http.ResponseWriter, r *http.Request, wanted string) bool {
	given, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil && given == wanted {
		return true
	}
	refuse(rw, http.StatusUnsupportedMediaType, "want Content-Type: "+wanted)
	return false
}

// readJSON reads the body of a request; otherwise it answers.
func readJSON(rw http.ResponseWriter, r *http.Request, into any) bool {
	if !hasType(rw, r, "application/json") {
		return false
	}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		return true
	}
	status := http.StatusBadRequest
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		status = http.StatusRequestEntityTooLarge
	}
	refuse(rw, status, "the body is not what is wanted: "+err.Error())
	return false
}
