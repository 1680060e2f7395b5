// SPDX-License-Identifier: MPL-2.0

package web

import (
	"net/http"
	"time"
)

// healthPatience is how long a healthy engine takes at most to answer.
const healthPatience = 2 * time.Second

// unloading is why nothing begins any more.
const unloading = "the module is being unloaded"

// healthz tells whether the module is loaded and its engine answers.
func (w *Web) healthz(rw http.ResponseWriter, _ *http.Request) {
	answered := make(chan struct{})
	w.env.Work.Go("a health check", func() {
		defer close(answered)
		w.env.Alive()
	})
	limit := time.NewTimer(healthPatience)
	defer limit.Stop()
	select {
	case <-answered:
		answer(rw, http.StatusOK, struct {
			Healthy bool   `json:"healthy"`
			Version string `json:"version"`
		}{true, w.env.Version})
	case <-limit.C:
		refuse(rw, http.StatusServiceUnavailable, "the engine does not answer")
	}
}

// readyz tells whether calls can be placed.
func (w *Web) readyz(rw http.ResponseWriter, _ *http.Request) {
	reasons := w.env.Unready()
	if w.stopping.Load() {
		reasons = []string{unloading}
	}
	status := http.StatusOK
	if len(reasons) > 0 {
		status = http.StatusServiceUnavailable
	}
	answer(rw, status, struct {
		Ready   bool     `json:"ready"`
		Reasons []string `json:"reasons,omitempty"`
	}{len(reasons) == 0, reasons})
}
