// SPDX-License-Identifier: MPL-2.0

package call

import (
	"strings"
	"unicode"

	"mod_janus/bridge/config"
)

// caller is whom a leg stands for, as the switch says it.
type caller struct {
	name, number         string
	hideName, hideNumber bool // the caller's privacy
}

// msgDisplay: the leg stands for another caller now.
type msgDisplay struct{ caller }

// Display takes whom the session is to show, after a transfer above all.
func (c *Call) Display(name, number string, hideName, hideNumber bool) {
	c.post(msgDisplay{caller{name, number, hideName, hideNumber}})
}

// placeholders are what FreeSWITCH says for a name or number that it does not know.
var placeholders = map[string]bool{"": true, "_undef_": true, "UNKNOWN": true, "Outbound Call": true, "0000000000": true}

// shown is the name for the room, "" for none. A number that stands in place of
// the name is hidden with the number.
func (who caller) shown() string {
	if placeholders[who.name] || who.hideName || (who.hideNumber && who.name == who.number) {
		return ""
	}
	return config.CutDisplay(clean(who.name))
}

// clean makes a caller's name, which nobody here has typed, one that Janus takes.
func clean(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, "\uFFFD"))
}

// callIDOf is the SIP Call-ID of a session, "" where it has none that Janus could
// take.
func (e *Env) callIDOf(uuid string) string {
	if uuid == "" {
		return ""
	}
	id := e.Host.Variable(uuid, "sip_call_id")
	if len(id) > config.MaxDisplay || config.CheckText(id) != nil {
		return ""
	}
	return id
}
