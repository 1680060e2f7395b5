// SPDX-License-Identifier: MPL-2.0

package web

import (
	"errors"
	"net/http"
	"strings"

	"mod_janus/bridge/console"
	"mod_janus/bridge/failure"
)

// where is what a web application needs to bring a browser into a room of a pool.
type where struct {
	Server string `json:"server"`
	URL    string `json:"url"`    // of Janus, for browsers; "" where none is configured
	State  string `json:"state"`  // of the server
	Exists bool   `json:"exists"` // false: the room would be made there
	Epoch  uint64 `json:"epoch"`  // of the claim in the store; 0 without one
}

// roomWord writes a room as the console takes it, which reads "%" and "@" as dial strings do.
var roomWord = strings.NewReplacer("%", "%25", "@", "%40")

// serveWhere is GET /api/where/<pool>/<room>.
func (w *Web) serveWhere(rw http.ResponseWriter, r *http.Request) {
	at, err := w.env.Console.Where(r.Context(), r.PathValue("pool"), roomWord.Replace(r.PathValue("room")))
	var noPool console.NoPoolError
	var noRoom console.RoomNameError
	switch {
	case errors.As(err, &noPool):
		refuse(rw, http.StatusNotFound, failure.Reason(err))
	case errors.As(err, &noRoom):
		refuse(rw, http.StatusBadRequest, failure.Reason(err))
	case err != nil:
		refuse(rw, http.StatusServiceUnavailable, failure.Reason(err))
	default:
		answer(rw, http.StatusOK, where{at.Server, at.URL, at.State, at.Exists, at.Epoch})
	}
}
