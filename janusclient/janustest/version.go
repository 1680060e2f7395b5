// SPDX-License-Identifier: MPL-2.0

package janustest

import (
	"encoding/json"
	"fmt"
	"regexp"

	"mod_janus/janusclient"
)

// ordinaryVersion is that of the Janus which the fake follows.
const ordinaryVersion = "1.1.2"

// WithVersion makes the server a Janus of another version. One before 0.7.2
// waits for the end of the candidates before it connects; one before 0.2 writes
// booleans as strings.
func WithVersion(version string) Option { return func(s *Server) { s.version = version } }

// before tells whether the server is of an earlier version.
func (s *Server) before(version string) bool {
	info := janusclient.Info{VersionString: s.version}
	return info.Before(version)
}

// boolean is b as this version writes it.
func (s *Server) boolean(b bool) any {
	if s.before("0.2") {
		return fmt.Sprint(b)
	}
	return b
}

// versionNumber is the version as the number that /info has.
func (s *Server) versionNumber() int {
	var major, minor, patch int
	_, _ = fmt.Sscanf(s.version, "%d.%d.%d", &major, &minor, &patch)
	if major == 0 {
		return 10*minor + patch
	}
	return 1000*major + 100*minor + patch
}

// takesOffer notes whether the handle waits for more candidates than the offer
// has: an old Janus does until it is told that there are none.
func (s *Server) takesOffer(h *handle, jsep *janusclient.JSEP) {
	h.waits = s.before("0.7.2") && (jsep.Trickle == nil || *jsep.Trickle)
}

// takesCandidate ends the wait at the end of the candidates. s.mu is held.
func (s *Server) takesCandidate(in *incoming, h *handle) {
	if !completed(in.fields["candidate"]) || !h.waits {
		return
	}
	h.waits = false
	if h.negotiated && s.autoUp {
		s.webRTCUp(h)
	}
}

// completed tells whether a candidate is the end of them: an object that says so, or null.
func completed(candidate json.RawMessage) bool {
	var c struct {
		Completed bool `json:"completed"`
	}
	return string(candidate) == "null" || json.Unmarshal(candidate, &c) == nil && c.Completed
}

var icePassword = regexp.MustCompile(`(a=ice-pwd:)[^\r\n]*`)

// unreachable is an answer with which no connection comes about: a handle that
// waits for candidates answers no connectivity check.
func unreachable(sdp string) string {
	return icePassword.ReplaceAllString(sdp, "${1}thisPasswordIsOfNobody00")
}
